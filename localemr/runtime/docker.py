"""The runtime on Docker Engine (20.10 or newer): an instance is a container, its journal the container's log.

The SDK is synchronous: its calls run in a small pool of threads. Streams (docker_streams.py) need no threads.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Callable, Collection, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any, TypeVar

import docker
import docker.errors

from localemr.runtime import docker_client, journal
from localemr.runtime.archives import tar
from localemr.runtime.base import (
    ENDED,
    LABEL,
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
    RuntimeDeferred,
)
from localemr.runtime.docker_client import APIClient, docker_errors
from localemr.runtime.docker_memory import HostMemory
from localemr.runtime.docker_network import Networks, address_for, subnet_of
from localemr.runtime.docker_streams import DockerStreams
from localemr.runtime.skew import Skew

T = TypeVar("T")
THREADS = 8
PREFIX = "localemr."
"""Annotations are labels with this prefix."""
CLUSTER, INSTANCE = "cluster", "instance"
METADATA_ADDRESS = "169.254.169.254"
"""Each container has it besides its own address, and alone reaches it there."""
AGAIN = "/var/lib/localemr/again"
STATES = {"created": MADE, "running": RUNNING, "paused": RUNNING, "restarting": RUNNING}
CHANGES = ["create", "start", "die", "destroy"]
WHOLE_LOG = {"max-size": "1000t", "max-file": "1", "compress": "false"}
"""The daemon's own log-opts count for each option that is not given here, and would cut the log. There is no value for
"unlimited" (20.10 refuses -1). What is lost all the same is requested again (runtime/journal.py)."""


class ImageGone(Exception):
    """The image of an instance was removed after `Images.ready` had returned it."""


class DockerRuntime:
    """See Runtime. Containers, networks and labels are named after the installation."""

    restarts = True

    def __init__(
        self,
        installation: str,
        images: Images,
        networks: Networks,
        own_container: str = "",
        memory_share: float = 1.0,
        connect: Callable[[], APIClient] = docker_client.connect,
        skew: Skew | None = None,
    ) -> None:
        """`own_container` is the controller's container, if any. `memory_share` is the share of the daemon's memory
        that all instances may take."""
        self._installation = installation
        self._images = images
        self._networks = networks
        self._own_container = own_container
        self._connect = connect
        self._skew = skew or Skew()
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="docker")
        self._lock = threading.Lock()
        self._client: APIClient | None = None
        self._streams = DockerStreams(docker_client.address)
        self._memory = HostMemory(installation, memory_share)
        self._cpus = 0
        self._whole: set[str] = set()
        """Instances that this process created and has not followed yet: their logs are read from the beginning."""

    # ---- the protocol

    async def ensure_cluster(
        self, cluster: str, annotations: Mapping[str, str], hosts: str, services: Collection[str]
    ) -> None:
        """See Runtime."""
        labels = self._labels({**annotations, CLUSTER: cluster})
        await self._call(lambda api: self._networks.ensure(api, self._name(cluster), labels, hosts, services))

    async def cluster(self, cluster: str, services: Collection[str]) -> ListedCluster | None:
        """See Runtime."""
        return await self._call(lambda api: self._networks.look(api, self._name(cluster), services))

    async def remove_cluster(self, cluster: str) -> None:
        """See Runtime."""
        self._images.release(cluster)
        await self._call(lambda api: self._networks.remove(api, self._name(cluster)))

    async def make(self, spec: InstanceSpec, files: Mapping[str, File]) -> None:
        """See Runtime."""
        image = await self._images.ready(spec)
        self._whole.add(spec.name)
        try:
            await self._call(lambda api: self._make(api, spec, image, files))
        except ImageGone as error:
            self._images.missing(image)
            raise RuntimeDeferred(self._skew.now(), message=str(error)) from error

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        """See Runtime."""
        await self._call(lambda api: api.put_archive(self._name(name), "/", tar(files)))

    async def start(self, name: str) -> None:
        """See Runtime."""
        await self._call(lambda api: self._start(api, name))

    async def instances(self, cluster: str | None = None) -> list[ListedInstance]:
        """See Runtime."""
        return await self._call(lambda api: self._list(api, cluster))

    async def remove(self, name: str) -> None:
        """See Runtime."""
        self._whole.discard(name)
        await self._call(lambda api: self._remove(api, name))

    def read(self, name: str, path: str, start: int = 0) -> AsyncIterator[bytes]:
        """See Runtime."""
        return self._streams.read(self._name(name), path, start)

    async def journal(self, name: str, since: int = 0) -> AsyncIterator[Entry]:
        """See Runtime."""
        whole = since == 0 and name in self._whole
        self._whole.discard(name)

        async def request(number: int) -> None:
            await self.send(name, {AGAIN: File(str(number))})

        async with self._streams.output(self._name(name), whole) as lines:
            async for entry in journal.entries(lines, request, since, whole, self._skew.to_controller):
                yield entry

    async def events(self) -> AsyncIterator[Event]:
        """See Runtime."""
        # One second earlier, so that no event between listing the instances and the first event is missed.
        since = self._skew.to_daemon(self._skew.now()) - 1
        services = set(self._networks.services.values())
        async with self._streams.events(since, {"type": ["container"], "event": CHANGES}) as changes:
            async for each in changes:
                labels = each["Actor"]["Attributes"]
                name = labels.get("name", "")
                if name in services:
                    yield Event(None, name, each["Action"])
                elif labels.get(LABEL) == self._installation and (cluster := labels.get(PREFIX + CLUSTER)):
                    yield Event(cluster, labels.get(PREFIX + INSTANCE, ""), each["Action"])

    async def capacity(self) -> Sequence[Machine]:
        """See Runtime: one machine, the daemon's, with the share of its memory that instances may take."""
        return await self._call(lambda api: (self._machine(api),))

    async def close(self) -> None:
        """See Runtime."""
        await self._images.close()
        await self._streams.close()
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()

    # ---- in threads

    async def _call(self, function: Callable[[APIClient], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: self._guarded(function))

    def _guarded(self, function: Callable[[APIClient], T]) -> T:
        """Connect on first use, because the daemon may be away, and call. The SDK's errors become the runtime's."""
        with docker_errors():
            with self._lock:
                if self._client is None:
                    self._client = self._connect()
            return function(self._client)

    def _machine(self, api: APIClient) -> Machine:
        found: dict[str, Any] = {}

        def daemon_time() -> float:
            found.update(api.info())
            return _time(found["SystemTime"])

        self._skew.measure(daemon_time)
        self._cpus = found["NCPU"]
        return Machine(self._memory.look(found), self._cpus)

    def _make(self, api: APIClient, spec: InstanceSpec, image: str, files: Mapping[str, File]) -> None:
        name, network = self._name(spec.name), self._name(spec.cluster)
        subnet = subnet_of(api.inspect_network(network))
        short = spec.host.partition(".")[0]
        endpoint = api.create_endpoint_config(
            ipv4_address=address_for(subnet, short), aliases=[spec.host, short], link_local_ips=[METADATA_ADDRESS]
        )
        cpus = min(spec.cpus, self._cpus or self._machine(api).cpus)
        host_config = api.create_host_config(
            **self._memory.limits(spec.memory_mb),
            nano_cpus=round(cpus * 1e9) or None,
            network_mode=network,
            # Docker's own names resolve only for running containers.
            extra_hosts={peer: address for peer in spec.peers if (address := address_for(subnet, peer))},
            port_bindings={port: ("127.0.0.1", None) for port in spec.ports},
            log_config=docker.types.LogConfig(type="json-file", config=WHOLE_LOG),
        )
        labels = self._labels({**spec.annotations, CLUSTER: spec.cluster, INSTANCE: spec.name})
        try:
            api.create_container(
                image,
                name=name,
                hostname=spec.host,
                labels=labels,
                environment=dict(spec.env),
                ports=list(spec.ports),
                host_config=host_config,
                networking_config=api.create_networking_config({network: endpoint}),
            )
        except docker.errors.ImageNotFound as error:
            raise ImageGone(f"the image {image} was removed") from error
        except docker.errors.APIError as error:
            if error.status_code != 409:  # it was created before
                raise
        api.put_archive(name, "/", tar(files))
        api.start(name)
        self._limit_memory(image, spec.cluster)

    def _start(self, api: APIClient, name: str) -> None:
        api.start(self._name(name))
        config = api.inspect_container(self._name(name))["Config"]
        self._limit_memory(config["Image"], config["Labels"][PREFIX + CLUSTER])

    def _limit_memory(self, image: str, cluster: str) -> None:
        """In a thread of its own: the instance does not wait for it."""
        self._pool.submit(self._guarded, lambda api: self._memory.limit_all(api, image, cluster))

    def _list(self, api: APIClient, cluster: str | None) -> list[ListedInstance]:
        if self._skew.stale:
            self._machine(api)
        required = self._labels({CLUSTER: cluster} if cluster else {})
        labels = [PREFIX + INSTANCE, *(f"{key}={value}" for key, value in required.items())]
        found = (self._listed(api, each) for each in api.containers(all=True, filters={"label": labels}))
        return [each for each in found if each is not None]

    def _listed(self, api: APIClient, each: Mapping[str, Any]) -> ListedInstance | None:
        state, code, ended = STATES.get(each["State"], ENDED), None, None
        if state == ENDED:
            try:
                detail = api.inspect_container(each["Id"])["State"]
            except docker.errors.NotFound:
                return None
            code, ended = detail["ExitCode"], self._skew.to_controller(_time(detail["FinishedAt"]))
        labels = {key.removeprefix(PREFIX): value for key, value in each["Labels"].items() if key.startswith(PREFIX)}
        cluster = labels[CLUSTER]
        networks = (each.get("NetworkSettings") or {}).get("Networks") or {}
        address = networks.get(self._name(cluster), {}).get("IPAddress") or None
        reach = self._reach(labels[INSTANCE], each["Ports"])
        killed = code is not None and code not in ORDERLY_EXITS
        return ListedInstance(labels[INSTANCE], cluster, state, labels, code, ended, address, reach, killed)

    def _reach(self, name: str, ports: list[Mapping[str, Any]]) -> dict[int, tuple[str, int]]:
        """A controller in a container is in the cluster's network. Otherwise it uses published ports of the host."""
        published = {each["PrivatePort"]: each["PublicPort"] for each in ports if "PublicPort" in each}
        if self._own_container:
            return {port: (self._name(name), port) for port in published}
        return {port: ("127.0.0.1", public) for port, public in published.items()}

    def _remove(self, api: APIClient, name: str) -> None:
        try:
            api.remove_container(self._name(name), force=True, v=True)
        except docker.errors.APIError as error:
            if error.status_code not in (404, 409):  # gone, or its removal is under way
                raise

    def _name(self, name: str) -> str:
        """The container's or network's name."""
        return f"localemr-{self._installation}-{name}"

    def _labels(self, annotations: Mapping[str, str]) -> dict[str, str]:
        return {LABEL: self._installation} | {PREFIX + key: value for key, value in annotations.items()}


def _time(text: str) -> float:
    """Epoch seconds. Docker writes nanoseconds without trailing zeros, and Z or an offset."""
    seconds, zone = (text[:-1], "+00:00") if text.endswith("Z") else (text[:-6], text[-6:])
    whole, _, fraction = seconds.partition(".")
    return datetime.fromisoformat(whole + zone).timestamp() + float(f"0.{fraction or 0}")
