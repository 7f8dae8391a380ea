"""A runtime without machines: for tests, and for users who request it. Its nodes are in memory_node.py.

`behaviour`, or the run itself, determines how a run ends. Faults are injected with `kill`, `available` and `refuse`,
and by the methods of `nodes`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from ipaddress import ip_network

from localemr.clock import Clock, RealClock
from localemr.runtime import journal
from localemr.runtime.base import (
    MADE,
    ORDERLY_EXITS,
    RUNNING,
    Entry,
    Event,
    File,
    Images,
    InstanceSpec,
    ListedCluster,
    ListedInstance,
    Machine,
    RuntimeFailure,
    RuntimeUnavailable,
)
from localemr.runtime.labelled import Labelled
from localemr.runtime.memory_node import AGAIN, Behaviour, MemoryNode, Outcome, by_kind

__all__ = ["Behaviour", "MemoryRuntime", "Outcome", "by_kind"]

FIRST_ADDRESS = 10
CLUSTER = "cluster"


class MemoryRuntime:
    """See Runtime. Tests may read `nodes`: files, and the names of runs in the order of their start."""

    restarts = True

    def __init__(
        self,
        behaviour: Behaviour = by_kind,
        clock: Clock | None = None,
        skew: float = 0.0,
        images: Images | None = None,
    ) -> None:
        """The clocks of its nodes are ahead of the controller's by `skew` seconds. `images` are what nodes would be
        made from (None: nothing has to be prepared)."""
        self.behaviour = behaviour
        self.images = images
        self.available = True
        self.refuse: dict[str, str] = {}
        self.nodes = Labelled[MemoryNode]()
        self.made_clusters: dict[str, str] = {}
        self.detached: dict[str, set[str]] = {}
        """Services that a cluster does not reach until the next `ensure_cluster`."""
        self.machines: Sequence[Machine] = (Machine(1 << 30, 1 << 10),)
        self.clock = clock or RealClock()
        self.skew = skew
        self._addresses: dict[str, str] = {}
        self._changes: dict[str, asyncio.Event] = {}
        self._whole: set[str] = set()
        self._listeners: list[asyncio.Queue[Event]] = []

    # ---- for tests

    def kill(self, name: str, code: int = 137) -> None:
        """End an instance without a request."""
        self.nodes[name].kill(code)
        self._notify(self.nodes[name].spec, "die")

    def end_run(self, name: str, run: str, code: int = 0, note: str = "") -> None:
        """End a running run."""
        self.nodes[name].end_run(run, code, note)

    def reached(self, what: str) -> None:
        """A part of `make` was done. Tests override it to end the controller there."""

    # ---- the protocol

    async def ensure_cluster(
        self, cluster: str, annotations: Mapping[str, str], hosts: str, services: Collection[str]
    ) -> None:
        """See Runtime."""
        self._check("ensure_cluster")
        self.made_clusters.setdefault(cluster, hosts)
        self.detached.pop(cluster, None)

    async def cluster(self, cluster: str, services: Collection[str]) -> ListedCluster | None:
        """See Runtime. No traffic is routed: two clusters may have the same addresses."""
        self._check("cluster")
        if cluster not in self.made_clusters:
            return None
        gateway = ip_network(self.made_clusters[cluster]).network_address + 1
        return ListedCluster(str(gateway), frozenset(self.detached.get(cluster, set()) & set(services)))

    async def remove_cluster(self, cluster: str) -> None:
        """See Runtime."""
        self._check("remove_cluster")
        if self.images:
            self.images.release(cluster)
        self.made_clusters.pop(cluster, None)
        self.detached.pop(cluster, None)

    async def make(self, spec: InstanceSpec, files: Mapping[str, File]) -> None:
        """See Runtime."""
        self._check("make")
        if self.images:
            await self.images.ready(spec)
        if spec.name not in self.nodes:
            changed = self._changes[spec.name] = asyncio.Event()
            node = MemoryNode(spec, self.clock, self.skew, self._decide, changed.set)
            self.nodes.add(spec.name, {CLUSTER: spec.cluster}, node)
            self._addresses[spec.name] = self._address(spec)
            self._whole.add(spec.name)
            self.reached(f"creating {spec.name}")
        node = self.nodes[spec.name]
        node.write(files)
        self.reached(f"writing the first files of {spec.name}")
        if node.state == MADE:
            self._boot(node)

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        """See Runtime."""
        self._check("send")
        self._find(name).write(files)

    async def start(self, name: str) -> None:
        """See Runtime."""
        self._check("start")
        node = self._find(name)
        if node.state != RUNNING:
            self._boot(node)

    async def instances(self, cluster: str | None = None) -> list[ListedInstance]:
        """See Runtime."""
        self._check("instances")
        found = self.nodes.with_labels({CLUSTER: cluster}) if cluster else dict(self.nodes)
        return [self._listed(node) for node in found.values()]

    async def remove(self, name: str) -> None:
        """See Runtime."""
        self._check("remove")
        if node := self.nodes.pop(name):
            node.vanish()
            self._notify(node.spec, "destroy")
            del self._addresses[name], self._changes[name]
            self._whole.discard(name)

    async def read(self, name: str, path: str, start: int = 0) -> AsyncIterator[bytes]:
        """See Runtime. There are the files that were sent."""
        self._check("read")
        files = self._find(name).files
        if path not in files:
            raise FileNotFoundError(path)
        yield files[path].text.encode()[start:]

    async def journal(self, name: str, since: int = 0) -> AsyncIterator[Entry]:
        """See Runtime. Journals of instances that this process created are read from the beginning, others are
        replayed."""
        node, changed = self.nodes.get(name), self._changes.get(name)
        if node is None or changed is None:
            return  # removed
        whole = since == 0 and name in self._whole
        self._whole.discard(name)
        place = 0 if whole else node.log.end

        async def lines() -> AsyncIterator[str]:
            nonlocal place
            while True:
                found, place = node.log.read(place)
                for line in found:
                    yield line
                if place < node.log.end:
                    continue
                if node.state != RUNNING:
                    return
                changed.clear()
                await changed.wait()

        async def request(number: int) -> None:
            await self.send(name, {AGAIN: File(str(number))})

        async for entry in journal.entries(lines(), request, since, whole, lambda time: time - self.skew):
            yield entry

    async def events(self) -> AsyncIterator[Event]:
        """See Runtime."""
        queue: asyncio.Queue[Event] = asyncio.Queue()
        self._listeners.append(queue)
        try:
            while True:
                yield await queue.get()
        finally:
            self._listeners.remove(queue)

    async def capacity(self) -> Sequence[Machine]:
        """See Runtime."""
        self._check("capacity")
        return self.machines

    async def close(self) -> None:
        """See Runtime."""
        if self.images:
            await self.images.close()

    # ---- inside

    def _check(self, verb: str) -> None:
        if not self.available:
            raise RuntimeUnavailable("the runtime does not answer")
        if verb in self.refuse:
            raise RuntimeFailure(self.refuse[verb])

    def _find(self, name: str) -> MemoryNode:
        if name not in self.nodes:
            raise RuntimeFailure(f"no such instance: {name}")
        return self.nodes[name]

    def _decide(self, spec: InstanceSpec, run: Mapping[str, object]) -> Outcome:
        return self.behaviour(spec, run)

    def _boot(self, node: MemoryNode) -> None:
        node.boot()
        self._notify(node.spec, "start")

    def _listed(self, node: MemoryNode) -> ListedInstance:
        spec, ended = node.spec, node.ended
        return ListedInstance(
            spec.name,
            spec.cluster,
            node.state,
            spec.annotations,
            node.exit_code,
            None if ended is None else ended - self.skew,
            self._addresses[spec.name] if node.state == RUNNING else None,
            killed=node.exit_code is not None and node.exit_code not in ORDERLY_EXITS,
        )

    def _address(self, spec: InstanceSpec) -> str:
        """The next free address in the cluster's range."""
        taken = {self._addresses.get(name) for name in self.nodes.with_labels({CLUSTER: spec.cluster})}
        network = ip_network(self.made_clusters.get(spec.cluster, "192.0.2.0/24"))
        # One after the other: a list of all would take longer than the rest of `make`.
        hosts = (str(network.network_address + each) for each in range(FIRST_ADDRESS, network.num_addresses - 1))
        return next((each for each in hosts if each not in taken), "192.0.2.1")

    def _notify(self, spec: InstanceSpec, action: str) -> None:
        for queue in self._listeners:
            queue.put_nowait(Event(spec.cluster, spec.name, action))
