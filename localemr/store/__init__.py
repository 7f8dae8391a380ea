"""The store: clusters, groups, instances, steps and events, and resources beside clusters, in SQLite."""

from localemr.store.resources import Resource
from localemr.store.store import Store, StoreFailure

__all__ = ["Resource", "Store", "StoreFailure"]
