"""The runtime on Kubernetes: an instance is a pod that never starts again, its journal the pod's log.

Pods and machines are read from watched copies; a pass costs the API server nothing. Clocks of machines are taken to
agree, as Kubernetes requires of them.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from lightkube.resources.core_v1 import Node, Pod, Secret, Service

from localemr.runtime import journal
from localemr.runtime.archives import tail, tar
from localemr.runtime.base import (
    ENDED,
    RUNNING,
    Entry,
    Event,
    File,
    Images,
    InstanceSpec,
    ListedCluster,
    ListedInstance,
    Machine,
    RuntimeDeferred,
    RuntimeFailure,
    RuntimeUnavailable,
)
from localemr.runtime.kubernetes import manifests, pods
from localemr.runtime.kubernetes.client import Client
from localemr.runtime.kubernetes.copies import Copies
from localemr.runtime.kubernetes.ends import Ends
from localemr.runtime.kubernetes.manifests import CLUSTER, INSTANCE, Namer, Sizes
from localemr.runtime.kubernetes.waiting import Patience, Waiting

SOON = 1.0
"""Seconds after which an instance that does not run yet is looked at again."""
AGAIN = "/var/lib/localemr/again"
UNPACK = ["/bin/sh", "-c", manifests.WAIT_AND_UNPACK]


@dataclass(frozen=True)
class Options:
    """Settings of the runtime.

    `sizes` are how much instances reserve, `patience` how long they wait for a machine and for their image.
    """

    sizes: Sizes = field(default_factory=Sizes)
    patience: Patience = field(default_factory=Patience)


class KubernetesRuntime:
    """See Runtime. Pods, Secrets and Services are named after the installation, in one namespace."""

    restarts = False

    def __init__(
        self,
        installation: str,
        images: Images,
        connect: Callable[[], Client],
        options: Options | None = None,
        now: Callable[[], float] = time.time,
    ) -> None:
        """`connect` makes the client on first use, in the event loop. Raises ValueError for an installation that no
        object can be named after."""
        self._namer = Namer(installation)
        self._images = images
        self._connect = connect
        self._options = options or Options()
        self._waiting = Waiting(self._options.patience)
        self._now = now
        self._client_: Client | None = None
        self._pods_: Copies[Pod] | None = None
        self._nodes_: Copies[Node] | None = None
        self._owners: dict[str, str] = {}
        """The uid of each cluster's Service."""
        self._whole: set[str] = set()
        """Instances that this process created and has not followed yet: their logs are read from the beginning."""
        self._first: dict[str, frozenset[str]] = {}
        """The paths of the files that each instance was created with, by this process."""
        self._listeners: set[asyncio.Queue[Event | RuntimeFailure]] = set()
        self._ends = Ends()

    # ---- the protocol

    async def ensure_cluster(
        self, cluster: str, annotations: Mapping[str, str], hosts: str, services: Collection[str]
    ) -> None:
        """See Runtime. Services are reached by name in the whole namespace; addresses are Kubernetes'."""
        made = await self._client.create_service(manifests.service(self._namer, cluster, annotations))
        self._owners[cluster] = _uid(made)

    async def cluster(self, cluster: str, services: Collection[str]) -> ListedCluster | None:
        """See Runtime. The Service is looked for once: after that its pods show that it is there."""
        if cluster not in self._owners:
            found = await self._client.find_service(self._namer.object(cluster))
            if found is None:
                return None
            self._owners[cluster] = _uid(found)
        return ListedCluster("")

    async def remove_cluster(self, cluster: str) -> None:
        """See Runtime. Kubernetes removes what the Service owns."""
        self._images.release(cluster)
        await self._client.delete(Service, self._namer.object(cluster))
        self._owners.pop(cluster, None)

    async def make(self, spec: InstanceSpec, files: Mapping[str, File]) -> None:
        """See Runtime. Raises RuntimeDeferred as long as no machine has room or the image cannot be had, at last with a
        code."""
        copies = await self._pods()
        image = await self._images.ready(spec)
        now = self._now()
        found = copies.get(self._namer.object(spec.name))
        if found is None:
            with self._waiting.for_quota(spec.name, now):
                found = await self._create(spec, image, files)
            if found is None:
                raise RuntimeDeferred(now + SOON, message=f"The pod of {spec.name} exists, and is about to be listed.")
            copies.put(found)
            self._first[spec.name] = frozenset(files)
        if (obstacle := pods.obstacle(found, now)) is not None:
            raise self._waiting.deferred(obstacle, now)
        if files.keys() <= self._first.get(spec.name, frozenset()):
            return
        if self._state(found) != RUNNING:
            raise RuntimeDeferred(now + SOON, message=f"{spec.name} has to run before further files are written.")
        await self.send(spec.name, files)

    async def _create(self, spec: InstanceSpec, image: str, files: Mapping[str, File]) -> Pod | None:
        if await self.cluster(spec.cluster, ()) is None:
            raise RuntimeFailure(f"{spec.cluster} has no Service")
        owner = self._owners[spec.cluster]
        await self._client.create_secret(manifests.secret(self._namer, spec, owner, files))
        try:
            made = await self._client.create_pod(manifests.pod(self._namer, spec, owner, image, self._options.sizes))
        except RuntimeUnavailable:
            raise  # the pod may exist: it needs its Secret
        except RuntimeFailure:
            await self._client.delete(Secret, self._namer.object(spec.name))
            raise
        if made is not None:
            self._whole.add(spec.name)
        return made

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        """See Runtime."""
        pod = self._namer.object(name)
        found = (await self._pods()).get(pod)
        if found is None or self._state(found) != RUNNING:
            raise RuntimeFailure(f"{name} does not run: nothing can be written into it")
        await self._ends.before(pod, self._client.write(pod, UNPACK, partial(tar, files)))

    async def start(self, name: str) -> None:
        """See Runtime: pods do not start again."""
        raise RuntimeFailure(f"{name} ended: an instance on Kubernetes does not start again")

    async def instances(self, cluster: str | None = None) -> list[ListedInstance]:
        """See Runtime."""
        copies, nodes = await self._pods(), await self._nodes()
        found = (each for each in copies.all() if cluster is None or _label(each, CLUSTER) == cluster)
        return [pods.listed(each, nodes.get(_machine_of(each))) for each in found]

    async def remove(self, name: str) -> None:
        """See Runtime."""
        self._whole.discard(name)
        self._first.pop(name, None)
        self._waiting.forget(name)
        pod, copies = self._namer.object(name), await self._pods()
        await self._client.delete(Pod, pod)
        copies.drop(pod)
        await self._client.delete(Secret, pod)

    async def read(self, name: str, path: str, start: int = 0) -> AsyncIterator[bytes]:
        """See Runtime: `tail` in the pod, whole."""
        pod = self._namer.object(name)
        found = await self._ends.before(pod, self._client.read(pod, tail(path, start)))
        if found is None:
            raise FileNotFoundError(path)
        yield found

    async def journal(self, name: str, since: int = 0) -> AsyncIterator[Entry]:
        """See Runtime. The kubelet rotates logs: what is missing is requested again (runtime/journal.py)."""
        pod = self._namer.object(name)
        found = (await self._pods()).get(pod)
        if found is None or self._state(found) == ENDED:
            return
        whole = since == 0 and name in self._whole
        self._whole.discard(name)

        async def request(number: int) -> None:
            await self.send(name, {AGAIN: File(str(number))})

        async with self._client.log(pod, whole) as lines:
            async for entry in journal.entries(lines, request, since, whole):
                yield entry

    async def events(self) -> AsyncIterator[Event]:
        """See Runtime."""
        queue: asyncio.Queue[Event | RuntimeFailure] = asyncio.Queue()
        self._listeners.add(queue)
        try:
            await self._pods()
            await self._nodes()
            while True:
                event = await queue.get()
                if isinstance(event, RuntimeFailure):
                    raise event
                yield event
        finally:
            self._listeners.discard(queue)

    async def capacity(self) -> Sequence[Machine]:
        """See Runtime: what each machine offers to all pods together, less what Kubernetes keeps."""
        found = [each for node in (await self._nodes()).all() if (each := pods.machine(node)) is not None]
        if not found:
            raise RuntimeUnavailable("Kubernetes has no machine that is ready and takes instances")
        return found

    async def close(self) -> None:
        """See Runtime."""
        await self._images.close()
        for copies in (self._pods_, self._nodes_):
            if copies is not None:
                await copies.close()
        if self._client_ is not None:
            await self._client_.close()

    # ---- the copies

    @property
    def _client(self) -> Client:
        if self._client_ is None:
            self._client_ = self._connect()
        return self._client_

    async def _pods(self) -> Copies[Pod]:
        if self._pods_ is None:
            labels = {**self._namer.labels(), INSTANCE: None}
            self._pods_ = Copies(self._client, Pod, labels, self._pod_changed, self._failed)
        await self._pods_.current()
        return self._pods_

    async def _nodes(self) -> Copies[Node]:
        if self._nodes_ is None:
            self._nodes_ = Copies(self._client, Node, None, self._node_changed, self._failed)
        await self._nodes_.current()
        return self._nodes_

    def _state(self, pod: Pod) -> str:
        return pods.state_of(pod, self._nodes_.get(_machine_of(pod)) if self._nodes_ else None)

    def _pod_changed(self, before: Pod | None, after: Pod | None) -> None:
        action = "destroy" if after is None else "create" if before is None else "change"
        if (pod := after or before) is not None:
            if pod.metadata and (after is None or self._state(pod) == ENDED):
                self._ends.end(pod.metadata.name or "")
            self._notify(Event(_label(pod, CLUSTER), _label(pod, INSTANCE), action))

    def _node_changed(self, before: Node | None, after: Node | None) -> None:
        """A machine that stops answering, or comes back, changes the instances on it."""
        node = after or before
        if node is None or (before and after and pods.is_ready(before) == pods.is_ready(after)):
            return
        name = node.metadata.name if node.metadata else None
        for pod in self._pods_.all() if self._pods_ else ():
            if _machine_of(pod) == name:
                self._pod_changed(pod, pod)

    def _failed(self, error: RuntimeFailure) -> None:
        for queue in self._listeners:
            queue.put_nowait(RuntimeUnavailable(str(error)))

    def _notify(self, event: Event) -> None:
        for queue in self._listeners:
            queue.put_nowait(event)


def connecting(namespace: str) -> Callable[[], Client]:
    """Connects by this process's configuration. `namespace` is used instead of the configuration's, unless empty."""
    return partial(Client, namespace=namespace)


def _machine_of(pod: Pod) -> str:
    return (pod.spec.nodeName if pod.spec else None) or ""


def _label(pod: Pod, name: str) -> str:
    labels: Mapping[str, str] = (pod.metadata.labels if pod.metadata else None) or {}
    return labels.get(name, "")


def _uid(made: Service) -> str:
    return (made.metadata.uid if made.metadata else None) or ""
