"""The containers of an installation besides its clusters', and the removal of all objects with its label."""

from __future__ import annotations

import hashlib
import json
import os
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localemr.problem import Problem
from localemr.runtime.base import LABEL, RuntimeFailure, RuntimeUnavailable
from localemr.settings import Settings

ROLE_LABEL = "localemr.role"
CONFIG_LABEL = "localemr.config"
MIB = 1024 * 1024
REASON = re.compile(r"(?:\[Errno -?\d+\] |Error\(\d+, ')([\w ]+)")
"""Of an error of the system, inside the texts of errors that it led to."""


@contextmanager
def docker_errors_as_problems() -> Iterator[None]:
    """Turn the errors of Docker inside the block into Problems."""
    from localemr.runtime.docker_client import docker_errors

    try:
        with docker_errors():
            yield
    except RuntimeUnavailable as error:
        raise Problem(*unreachable(error.__cause__ or error)) from error
    except RuntimeFailure as error:
        raise Problem(f"Docker refused: {error}") from error


def unreachable(error: BaseException) -> tuple[str, str]:
    """Message and fix for a Docker daemon that does not respond."""
    text = str(error)
    if "Permission denied" in text or "PermissionError" in text:
        return (
            "this user may not use the Docker daemon (permission denied on its socket)",
            'run `sudo usermod -aG docker "$USER"` and log in again, or run as root',
        )
    host = os.environ.get("DOCKER_HOST")
    reason = REASON.search(text)
    return (
        f"no Docker daemon answers{f' at DOCKER_HOST={host}' if host else ''}: {reason[1] if reason else text}",
        "start Docker (Docker Desktop, `sudo systemctl start docker`, in a checkout `make setup`), or "
        + ("correct or unset DOCKER_HOST" if host else "set DOCKER_HOST"),
    )


def connect() -> Any:
    """A client of the Docker daemon that the docker command would use. Raises Problem when it does not respond."""
    from localemr.runtime.docker_client import connect_objects

    with docker_errors_as_problems():
        client = connect_objects()
        client.ping()
        return client


@dataclass(frozen=True)
class Member:
    """A container of this installation as `status` shows it."""

    name: str
    state: str
    labels: dict[str, str]
    ports: dict[int, int]
    memory_mb: int


@dataclass(frozen=True)
class Removed:
    """How many objects were removed."""

    containers: int
    networks: int
    volumes: int


class Containers:
    """The Docker objects of one installation. Methods raise the SDK's errors (see docker_errors_as_problems) unless
    documented otherwise."""

    def __init__(self, settings: Settings, client: Any) -> None:
        """`client` is the result of `connect`."""
        self.settings = settings
        self.client = client
        self.name = f"localemr-{settings.installation}"
        self.labels = {LABEL: settings.installation}

    def members(self, memory: bool = False) -> list[Member]:
        """All containers of this installation; with their memory in use if `memory` (one call per container)."""
        with docker_errors_as_problems():
            found = self.client.containers.list(all=True, filters=self._filter())
            return sorted((_member(container, memory) for container in found), key=lambda member: member.name)

    def remove(self, keep_data: bool = False) -> Removed:
        """Remove all containers and networks of this installation, and its volumes unless `keep_data`."""
        with docker_errors_as_problems():
            containers = self.client.containers.list(all=True, filters=self._filter(), ignore_removed=True)
            for container in containers:
                _quietly(container.remove, force=True, v=True)
            networks = self.client.networks.list(filters=self._filter(), greedy=True)
            for network in networks:
                self._remove_network(network)
            volumes = [] if keep_data else self.client.volumes.list(filters=self._filter())
            for volume in volumes:
                _quietly(volume.remove, force=True)
        return Removed(len(containers), len(networks), len(volumes))

    def _filter(self) -> dict[str, Any]:
        return {"label": [f"{key}={value}" for key, value in self.labels.items()]}

    def find(self, name: str) -> Any | None:
        """A container by its name."""
        import docker.errors

        try:
            return self.client.containers.get(name)
        except docker.errors.NotFound:
            return None

    def ensure_network(self) -> None:
        """Create the network of containers outside clusters."""
        if not self.client.networks.list(names=[f"^{self.name}$"]):
            self.client.networks.create(self.name, driver="bridge", labels=self.labels)

    def network_pools(self) -> list[dict[str, Any]]:
        """That network's ranges of addresses in Docker's description."""
        (network,) = self.client.networks.list(names=[f"^{self.name}$"])
        return (network.attrs.get("IPAM") or {}).get("Config") or []

    def attach(self, container: str, alias: str) -> None:
        """Attach a container that was created elsewhere, such as by Compose, to that network."""
        import docker.errors

        try:
            self.client.networks.get(self.name).connect(container, aliases=[alias])
        except docker.errors.APIError as error:
            if "already exists in network" not in str(error):
                raise

    def ensure_volume(self, name: str) -> None:
        """Create a volume of this installation; no effect if it exists."""
        self.client.volumes.create(name, labels=self.labels)

    def ensure_container(self, name: str, alias: str, role: str, config: dict[str, Any]) -> Any:
        """A container with this configuration, possibly not running. It is created if missing, and recreated when the
        image or settings changed. Data stays on its volume, and the new container is attached to the old one's
        networks."""
        container = self.find(name)
        networks: list[str] = []
        if container is not None and container.labels.get(CONFIG_LABEL) != digest(config):
            networks = self._remove_container(container)
            container = None
        if container is None:
            container = self.client.containers.create(
                name=name,
                hostname=alias,
                labels={**self.labels, ROLE_LABEL: role, CONFIG_LABEL: digest(config)},
                network=self.name,
                restart_policy={"Name": "unless-stopped"},
                **config,
            )
        for network in networks:
            self.client.networks.get(network).connect(container, aliases=[alias])
        return container

    def _remove_container(self, container: Any) -> list[str]:
        """Remove a container of this installation; returns the networks of running clusters that it was attached to."""
        if container.labels.get(LABEL) != self.settings.installation:
            raise Problem(
                f"a container named {container.name} exists that LocalEMR did not make",
                "remove or rename it, or set LOCALEMR_INSTALLATION to another name",
            )
        networks = [name for name in container.attrs["NetworkSettings"]["Networks"] if name != self.name]
        container.remove(force=True)
        return networks

    def _remove_network(self, network: Any) -> None:
        # A container attached by hand would prevent the removal of the network.
        for attached in list(network.attrs.get("Containers") or {}):
            _quietly(network.disconnect, attached, force=True)
        _quietly(network.remove)


def digest(config: dict[str, Any]) -> str:
    """A short digest of a container's configuration, which does not reveal its keys."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:16]


def _quietly(act: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Call the function; ignore that an object is already removed or being removed."""
    import docker.errors

    try:
        act(*arguments, **options)
    except docker.errors.NotFound:
        return
    except docker.errors.APIError as error:
        if error.status_code != 409 or "already in progress" not in str(error.explanation):
            raise


def _member(container: Any, memory: bool) -> Member:
    published = container.attrs["NetworkSettings"]["Ports"] or {}
    ports = {
        int(inside.partition("/")[0]): int(outside[0]["HostPort"]) for inside, outside in published.items() if outside
    }
    used = _memory_mb(container) if memory and container.status == "running" else 0
    return Member(container.name, container.status, dict(container.labels), ports, used)


def _memory_mb(container: Any) -> int:
    """Memory in use without the page cache that the kernel can take back, as `docker stats` counts it."""
    stats = container.stats(stream=False, one_shot=True).get("memory_stats", {})
    details = stats.get("stats", {})
    cache = details.get("total_inactive_file", details.get("inactive_file", 0))
    return int((stats.get("usage", 0) - cache) / MIB)
