"""Updates files of instances that change while these live: sizes of groups, states, addresses of members."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping

from localemr.domain.model.instructions import Instruction, RemoveInstance
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import Instance, Records
from localemr.domain.model.states import ENDED, ClusterState, InstanceState
from localemr.domain.node.instance_files import current_files, hosts_file
from localemr.reconcile.act import Tools
from localemr.runtime.base import File

AT_ONCE = 16
"""Instances that are written at the same time: their files are in memory meanwhile."""


class InfoFiles:
    """Writes files that differ from those written last. A restarted controller writes all files once more."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._written: dict[str, dict[str, Mapping[str, int]]] = {}
        """By cluster and instance, the paths of its files with hashes of their texts."""
        self._complete: dict[str, object] = {}
        """Inputs of a cluster's files when the last of them was written. Without an entry, files are missing."""

    def forget(self, cluster_id: str) -> None:
        """Drop a removed cluster."""
        self._written.pop(cluster_id, None)
        self._complete.pop(cluster_id, None)

    async def refresh(self, records: Records, seen: Observed, done: Iterable[Instruction]) -> None:
        """Write the files that changed. Raises RuntimeFailure; remaining files are then written in a later pass.

        Instances that are not ready have the files of their creation. Instances that `done` removed since the
        observation have none.
        """
        cluster_id = records.cluster.id
        if records.cluster.status.state in (ClusterState.TERMINATING, *ENDED):
            return
        removed = {each.instance_id for each in done if isinstance(each, RemoveInstance)}
        ready = {each.id: each for each in records.instances if each.id not in removed and _is_ready(each, seen)}
        shown = _shown(records), tuple(ready)
        if self._complete.get(cluster_id) == shown:
            return
        self._complete.pop(cluster_id, None)
        written = self._written.setdefault(cluster_id, {})
        for gone in written.keys() - ready:
            del written[gone]
        hosts = hosts_file(records)  # the same for all: a line for each instance, made once
        places = asyncio.Semaphore(AT_ONCE)

        async def write(instance: Instance) -> None:
            async with places:
                await write_now(instance)

        async def write_now(instance: Instance) -> None:
            await self._tools.turns.next()
            current, before = current_files(records, instance, hosts, self._tools.catalog), written.get(instance.id, {})
            if files := {path: File(text) for path, text in current.items() if before.get(path) != hash(text)}:
                await self._tools.runtime.send(instance.id, files)
            written[instance.id] = {path: hash(text) for path, text in current.items()}

        await asyncio.gather(*map(write, ready.values()))
        self._complete[cluster_id] = shown


def _shown(records: Records) -> object:
    """All inputs of the info files. Comparing them costs a hundredth of making the files."""
    cluster = records.cluster
    return cluster.spec, cluster.status.gateway, [group.spec for group in records.groups], records.instances


def _is_ready(instance: Instance, seen: Observed) -> bool:
    found = seen.instances.get(instance.id)
    return instance.status.state == InstanceState.RUNNING and found is not None and found.state == "running"
