"""The catalog in a Hive metastore: the one that Spark and Hive share."""

from localemr.glue.hive.catalog import HiveCatalog
from localemr.glue.hive.client import Metastore, answers

__all__ = ["HiveCatalog", "Metastore", "answers"]
