"""Keeps the info files of instances true: sizes of groups change, and instances become ready, while they live."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from localemr.domain.model.observed import Observed
from localemr.domain.model.records import Instance, Records
from localemr.domain.model.states import InstanceState
from localemr.domain.node.info_files import info_files
from localemr.reconcile.act import Workshop
from localemr.runtime.base import File


class InfoFiles:
    """Writes what differs from what it wrote last; a controller that was started again writes everything once more."""

    def __init__(self, shop: Workshop) -> None:
        self._shop = shop
        self._written: dict[str, dict[str, Mapping[str, str]]] = {}
        self._complete: dict[str, object] = {}
        """What all files of a cluster showed when the last of them was written; nothing while one is missing."""

    def forget(self, cluster_id: str) -> None:
        """The cluster is gone."""
        self._written.pop(cluster_id, None)
        self._complete.pop(cluster_id, None)

    async def refresh(self, records: Records, seen: Observed) -> None:
        """Write where something changed. Raises RuntimeFailure; then the rest is written another time.

        Instances that are not ready yet have the files that they were made with.
        """
        cluster_id = records.cluster.id
        ready = {each.id: each for each in records.instances if _is_ready(each, seen)}
        shown = _shown(records), tuple(ready)
        if self._complete.get(cluster_id) == shown:
            return
        self._complete.pop(cluster_id, None)
        written = self._written.setdefault(cluster_id, {})
        for gone in written.keys() - ready:
            del written[gone]
        wanted = {name: info_files(records, each, self._shop.catalog) for name, each in ready.items()}
        changed = [name for name, texts in wanted.items() if written.get(name) != texts]

        async def write(name: str) -> None:
            before = written.get(name, {})
            files = {path: File(text) for path, text in wanted[name].items() if before.get(path) != text}
            await self._shop.runtime.write(self._shop.naming.container(name), files)
            written[name] = wanted[name]

        await asyncio.gather(*map(write, changed))
        self._complete[cluster_id] = shown


def _shown(records: Records) -> object:
    """All that info files depend on. Comparing it costs a hundredth of making them."""
    return records.cluster.spec, [group.spec for group in records.groups], records.instances


def _is_ready(instance: Instance, seen: Observed) -> bool:
    container = seen.instances.get(instance.id)
    return instance.status.state == InstanceState.RUNNING and container is not None and container.container == "running"
