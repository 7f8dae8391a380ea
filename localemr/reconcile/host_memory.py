"""The host's memory that other clusters take: managed scaling leaves it to them."""

from __future__ import annotations

from collections.abc import Callable

from localemr.domain.model.catalog import Catalog
from localemr.domain.node.sizing import WORK_MB, idle_mb
from localemr.store import Store

LOOK_AGAIN = 5.0
"""Seconds for which the figures hold: a pass costs the same however many clusters there are."""


class HostMemory:
    """What each cluster that has not ended takes, idle and with a small job, in MiB."""

    def __init__(self, store: Store, catalog: Catalog, now: Callable[[], float]) -> None:
        self._store, self._catalog, self._now = store, catalog, now
        self._due = 0.0
        self._taken: dict[str, int] = {}
        self._total = 0

    def others_mb(self, cluster_id: str) -> int:
        """What the clusters besides this one take."""
        if self._now() >= self._due:
            self._taken = {each: self._taken_mb(each) for each in self._store.unfinished()}
            self._total = sum(self._taken.values())
            self._due = self._now() + LOOK_AGAIN
        return self._total - self._taken.get(cluster_id, 0)

    def _taken_mb(self, cluster_id: str) -> int:
        cluster = self._store.cluster(cluster_id)
        groups = [group.spec for group in self._store.groups(cluster_id)]
        return idle_mb(self._catalog, cluster, groups, alone=len(groups) == 1) + WORK_MB if cluster else 0
