"""What is kept: clusters, groups, instances, steps and events, in SQLite."""

from localemr.store.store import Store, StoreFailure

__all__ = ["Store", "StoreFailure"]
