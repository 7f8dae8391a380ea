"""EMR's operations as functions: request dict in, response dict out. They read and write the store and nothing else."""

# Each fills the table.
from localemr.operations import clusters, instances, job_flows, policies, releases, steps, switches, tags  # noqa: F401
from localemr.operations.registry import OPERATIONS, Context, call

__all__ = ["OPERATIONS", "Context", "call"]
