"""EMR's operations as functions: request dict in, response dict out. They read and write the store and nothing else."""

from localemr.operations import clusters, groups, instances, steps, tags  # noqa: F401  (each fills the table)
from localemr.operations.registry import OPERATIONS, Context, call

__all__ = ["OPERATIONS", "Context", "call"]
