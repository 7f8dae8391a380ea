"""Clusters' events for EventBridge: the store's event log as EventBridge's documents. It knows no EventBridge."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from localemr.domain.decide.announced import announced
from localemr.domain.decide.announcement import About, Announced
from localemr.domain.model.fleets import units
from localemr.domain.model.records import Cluster, Event
from localemr.store import Store

BATCH = 100
"""Events of the log that are read at once."""
_NAMES = uuid.uuid5(uuid.NAMESPACE_DNS, "events.localemr")


class Announcing:
    """The events of a store. In their documents numbers of instances are those of the time when they are made."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def since(self, position: int | None) -> Iterator[tuple[int, tuple[dict[str, Any], ...]]]:
        """Positions in the log and the documents of events up to there, oldest first. None: the present end alone."""
        end = self._store.log.end()
        if position is None or position > end:
            yield end, ()
            return
        while rows := self._store.log.after(position, BATCH):
            documents = tuple(each for number, event in rows for each in self._documents(number, event))
            position = rows[-1][0]
            yield position, documents

    def _documents(self, number: int, event: Event) -> list[dict[str, Any]]:
        """The documents of an event; none when its cluster was deleted meanwhile."""
        if event.kind in ("instance", "scaling") or (cluster := self._store.cluster(event.cluster_id)) is None:
            return []
        found = announced(event, self._about(number, event, cluster))
        return [_document(f"{number} {event.at} {place}", event, each, cluster) for place, each in enumerate(found)]

    def _about(self, number: int, event: Event, cluster: Cluster) -> About:
        store, subject = self._store, event.subject
        if event.kind == "step":
            return About(cluster, step=store.step(cluster.id, subject))
        if event.kind in ("notice", "health"):
            return About(cluster, instance=store.instance(cluster.id, subject))
        group = next((each for each in store.groups(cluster.id) if each.id == subject), None)
        if event.kind not in ("group", "supply") or group is None:
            return About(cluster)
        running = units(group, store.running(cluster.id, subject))
        return About(cluster, group, running, before=store.log.before(number, event))


def _document(name: str, event: Event, found: Announced, cluster: Cluster) -> dict[str, Any]:
    """With an id that is the same each time the event is read."""
    return {
        "version": "0",
        "id": str(uuid.uuid5(_NAMES, f"{cluster.id} {name}")),
        "detail-type": found.detail_type,
        "source": found.source,
        "account": cluster.spec.account,
        "time": datetime.fromtimestamp(event.at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": cluster.spec.region,
        "resources": list(found.resources),
        "detail": dict(found.detail),
    }
