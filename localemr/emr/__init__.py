"""EMR's operations as functions: request dict in, response dict out. They read and write the store and nothing else."""

from localemr.emr import (  # noqa: F401  (each fills the table)
    app_uis,
    block_public_access,
    clusters,
    fleets,
    groups,
    instances,
    job_flows,
    notebooks,
    policies,
    releases,
    security_configurations,
    sessions,
    steps,
    studio_mappings,
    studios,
    switches,
    tags,
)
from localemr.emr.registry import OPERATIONS, Context
from localemr.emr.service import service

__all__ = ["OPERATIONS", "Context", "service"]
