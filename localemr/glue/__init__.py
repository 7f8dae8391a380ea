"""Glue's Data Catalog: its operations as functions, dict in, dict out, over a `Catalog`."""

from localemr.glue import (  # noqa: F401  (each fills the table)
    databases,
    functions,
    indexes,
    partition_batches,
    partitions,
    search,
    table_versions,
    tables,
)
from localemr.glue.catalog import Catalog
from localemr.glue.memory import MemoryCatalog
from localemr.glue.registry import OPERATIONS, Context
from localemr.glue.service import service
from localemr.glue.versions import Versions

__all__ = ["OPERATIONS", "Catalog", "Context", "MemoryCatalog", "Versions", "service"]
