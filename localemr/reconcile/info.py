"""Keeps the info files of instances true: sizes of groups change, and instances become ready, while they live."""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.info_files import info_files
from localemr.domain.observed import Observed
from localemr.domain.records import Records
from localemr.domain.states import InstanceState
from localemr.reconcile.act import Workshop
from localemr.runtime.base import File


class InfoFiles:
    """Writes what differs from what it wrote last; a controller that was started again writes everything once more."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._written: dict[str, dict[str, Mapping[str, str]]] = {}

    def forget(self, cluster_id: str) -> None:
        """The cluster is gone."""
        self._written.pop(cluster_id, None)

    async def refresh(self, records: Records, seen: Observed) -> None:
        """Write where something changed. Raises RuntimeFailure; then the rest is written another time.

        Instances that are not ready yet have the files that they were made with.
        """
        written = self._written.setdefault(records.cluster.id, {})
        for instance in records.instances:
            container = seen.instances.get(instance.id)
            if instance.status.state != InstanceState.RUNNING or not container or container.container != "running":
                written.pop(instance.id, None)
                continue
            texts = info_files(records, instance, self._shop.catalog)
            before = written.get(instance.id, {})
            if changed := {path: File(text) for path, text in texts.items() if before.get(path) != text}:
                await self._shop.runtime.write(self._shop.naming.container(instance.id), changed)
                written[instance.id] = texts
