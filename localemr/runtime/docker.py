"""The runtime on Docker Engine (20.10 or newer). The SDK is synchronous: this file alone has threads for it."""

from __future__ import annotations

import asyncio
import io
import tarfile
import threading
import time
from collections.abc import AsyncIterator, Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from ipaddress import ip_network
from typing import Any, TypeVar

import docker
import docker.errors

from localemr.runtime.base import Capacity, Container, ContainerSpec, Event, File, RuntimeFailure, RuntimeUnavailable
from localemr.runtime.docker_client import TIMEOUT, APIClient, connect, docker_errors
from localemr.runtime.streams import stream

T = TypeVar("T")
THREADS = 8
WHOLE_LOG = {"max-size": "1000t", "max-file": "1", "compress": "false"}
"""The log holds the history of the instance's runs, so it has to be readable, and whole. The daemon's own log-opts
count for each option that is not given here; there is no value for "unlimited" (20.10 refuses -1)."""
STATES = {"created": "created", "running": "running", "paused": "running", "restarting": "running"}


class DockerRuntime:
    """Containers of a Docker Engine, found as the docker command finds it (DOCKER_HOST and so on)."""

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(THREADS, thread_name_prefix="docker")
        self._lock = threading.Lock()
        self._client: APIClient | None = None
        self._capacity: Capacity | None = None

    @property
    def _api(self) -> APIClient:
        """The SDK's client, made on first use, since making it asks the daemon, which may be away."""
        with self._lock:
            if self._client is None:
                self._client = connect(TIMEOUT)
            return self._client

    async def _call(self, function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, lambda: _guard(function, *args, **kwargs))

    async def ensure_network(self, name: str, labels: Mapping[str, str], pool: str, attach: Mapping[str, str]) -> str:
        """See Runtime. Docker refuses overlapping subnets: the first free one of the pool is found by trying."""
        return await self._call(self._ensure_network, name, labels, pool, attach)

    def _ensure_network(self, name: str, labels: Mapping[str, str], pool: str, attach: Mapping[str, str]) -> str:
        networks = self._api.networks()
        found = next((each for each in networks if each["Name"] == name), None)
        subnet = _subnet(found) if found else self._make_network(name, labels, pool, networks)
        for container, alias in attach.items():
            try:
                self._api.connect_container_to_network(container, name, aliases=[alias])
            except docker.errors.APIError as error:
                if "already exists in network" not in str(error):
                    raise
        return subnet

    def _make_network(self, name: str, labels: Mapping[str, str], pool: str, networks: list[dict[str, Any]]) -> str:
        taken = [ip_network(subnet) for each in networks if (subnet := _subnet(each)) and ":" not in subnet]
        for candidate in ip_network(pool).subnets(new_prefix=24):
            if any(candidate.overlaps(other) for other in taken):
                continue
            ipam = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=str(candidate))])
            try:
                self._api.create_network(name, driver="bridge", ipam=ipam, labels=dict(labels), check_duplicate=True)
                return str(candidate)
            except docker.errors.APIError as error:
                if "overlap" not in str(error):
                    raise
        raise RuntimeFailure(f"no free /24 is left in {pool} (LOCALEMR_SUBNETS)")

    async def networks(self, labels: Mapping[str, str]) -> Mapping[str, str]:
        """See Runtime."""
        found = await self._call(lambda: self._api.networks(filters=_filters(labels)))
        return {each["Name"]: _subnet(each) for each in found}

    async def remove_network(self, name: str) -> None:
        """See Runtime."""
        await self._call(self._remove_network, name)

    def _remove_network(self, name: str) -> None:
        try:
            attached = self._api.inspect_network(name)["Containers"] or {}
            for container in attached:
                self._api.disconnect_container_from_network(container, name, force=True)
            self._api.remove_network(name)
        except docker.errors.NotFound:
            return

    async def create(self, spec: ContainerSpec) -> None:
        """See Runtime."""
        cpus = min(spec.cpus, (await self.capacity()).cpus)
        await self._call(self._create, spec, cpus)

    def _create(self, spec: ContainerSpec, cpus: float) -> None:
        endpoint = self._api.create_endpoint_config(
            ipv4_address=spec.address, aliases=list(spec.aliases), link_local_ips=list(spec.link_local) or None
        )
        host_config = self._api.create_host_config(
            mem_limit=spec.memory_mb * 2**20 or None,
            memswap_limit=spec.memory_mb * 2**20 or None,
            nano_cpus=round(cpus * 1e9) or None,
            network_mode=spec.network,
            extra_hosts=dict(spec.hosts),
            port_bindings={port: ("127.0.0.1", None) for port in spec.ports},
            log_config=docker.types.LogConfig(type="json-file", config=WHOLE_LOG),
        )
        try:
            self._api.create_container(
                spec.image,
                name=spec.name,
                hostname=spec.hostname,
                labels=dict(spec.labels),
                environment=dict(spec.env),
                ports=list(spec.ports),
                host_config=host_config,
                networking_config=self._api.create_networking_config({spec.network: endpoint}),
            )
        except docker.errors.ImageNotFound as error:
            raise RuntimeFailure(f"image {spec.image} is missing: run `localemr images build`") from error
        except docker.errors.APIError as error:
            if error.status_code != 409:
                raise

    async def start(self, name: str) -> None:
        """See Runtime."""
        await self._call(lambda: self._api.start(name))

    async def write(self, name: str, files: Mapping[str, File]) -> None:
        """See Runtime."""
        await self._call(lambda: self._api.put_archive(name, "/", _tar(files)))

    async def containers(self, labels: Mapping[str, str]) -> list[Container]:
        """See Runtime."""
        return await self._call(self._containers, labels)

    def _containers(self, labels: Mapping[str, str]) -> list[Container]:
        found = []
        for each in self._api.containers(all=True, filters=_filters(labels)):
            state = STATES.get(each["State"], "exited")
            ports = {port["PrivatePort"]: port["PublicPort"] for port in each["Ports"] if "PublicPort" in port}
            container = Container(each["Names"][0].lstrip("/"), state, each["Labels"], ports=ports)
            if state == "exited":
                try:
                    detail = self._api.inspect_container(each["Id"])["State"]
                except docker.errors.NotFound:
                    continue
                ended = _time(detail["FinishedAt"])
                container = Container(container.name, state, container.labels, detail["ExitCode"], ended, ports)
            found.append(container)
        return found

    async def remove(self, name: str) -> None:
        """See Runtime."""
        await self._call(self._remove, name)

    def _remove(self, name: str) -> None:
        try:
            self._api.remove_container(name, force=True, v=True)
        except docker.errors.APIError as error:
            if error.status_code not in (404, 409):  # gone, or its removal is under way
                raise

    async def output(self, name: str) -> AsyncIterator[str]:
        """See Runtime."""
        rest = b""
        async for chunk in stream(lambda: _guard(lambda: self._api.logs(name, stderr=False, stream=True, follow=True))):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")

    async def events(self, labels: Mapping[str, str]) -> AsyncIterator[Event]:
        """See Runtime."""
        # From the second before, so that nothing is missed between a look at the containers and the first event.
        options = {
            "filters": _filters(labels) | {"type": "container", "event": ["create", "start", "die", "destroy"]},
            "since": int(time.time()) - 1,
            "decode": True,
        }
        async for each in stream(lambda: _guard(lambda: self._api.events(**options))):
            attributes = each["Actor"]["Attributes"]
            yield Event(attributes.get("name", ""), attributes, each["Action"])

    async def capacity(self) -> Capacity:
        """See Runtime."""
        if self._capacity is None:
            info = await self._call(lambda: self._api.info())
            self._capacity = Capacity(info["MemTotal"] // 2**20, info["NCPU"])
        return self._capacity

    async def close(self) -> None:
        """See Runtime."""
        self._pool.shutdown(wait=False, cancel_futures=True)
        if self._client is not None:
            self._client.close()


def _guard(function: Callable[..., T], *args: Any, **kwargs: Any) -> T:
    """Call the SDK; its errors become the runtime's."""
    try:
        with docker_errors():
            return function(*args, **kwargs)
    except OSError as error:
        raise RuntimeUnavailable(f"Docker does not answer: {error}") from error


def _filters(labels: Mapping[str, str]) -> dict[str, Any]:
    return {"label": [f"{name}={value}" for name, value in labels.items()]}


def _subnet(network: Mapping[str, Any]) -> str:
    pools = (network.get("IPAM") or {}).get("Config") or []
    return str(pools[0].get("Subnet", "")) if pools else ""


def _time(text: str) -> float:
    # Docker gives nanoseconds; datetime takes microseconds.
    return datetime.fromisoformat(text[:19] + "+00:00").timestamp() + float("0" + text[19:].rstrip("Z") or 0)


def _tar(files: Mapping[str, File]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, file in files.items():
            data = file.text.encode()
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size, entry.mode, entry.uid, entry.gid = len(data), file.mode, file.uid, file.gid
            archive.addfile(entry, io.BytesIO(data))
    return buffer.getvalue()
