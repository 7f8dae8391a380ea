"""What an installation has in Docker besides its clusters: MinIO; and the removal of all that carries its label."""

from __future__ import annotations

import hashlib
import json
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from localemr.problem import Problem
from localemr.runtime.base import LABEL, RuntimeFailure, RuntimeUnavailable
from localemr.settings import Settings

ROLE_LABEL = "localemr.role"
CONFIG_LABEL = "localemr.config"
S3_ALIAS = "s3"
S3_PORT = 9000
S3_CONSOLE_PORT = 9001
MIB = 1024 * 1024


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
    """Message and remedy for a Docker daemon that does not answer."""
    text = str(error)
    if "Permission denied" in text or "PermissionError" in text:
        return (
            "this user may not use the Docker daemon (permission denied on its socket)",
            'run `sudo usermod -aG docker "$USER"` and log in again, or run as root',
        )
    return (
        f"no Docker daemon answers: {text}",
        "start Docker (Docker Desktop, `sudo systemctl start docker`, or `make setup`), or set DOCKER_HOST",
    )


def connect() -> Any:
    """A client of the Docker daemon that the docker command would use; a Problem when none answers."""
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


class Services:
    """MinIO and everything labelled, for one installation."""

    def __init__(self, settings: Settings, client: Any) -> None:
        self.settings = settings
        self.client = client
        self.name = f"localemr-{settings.installation}"
        self.labels = {LABEL: settings.installation}

    def ensure_s3(self, image: str) -> None:
        """MinIO from this image, answering; its container is made anew when image or settings changed."""
        with docker_errors_as_problems():
            self.ensure_network()
            self._ensure_volume()
            container = self.ensure_container(self.settings.s3_container, S3_ALIAS, "s3", self._config(image))
            if container.status != "running":
                _start(container)
        wait_s3(self.settings, self.s3_log)

    def s3_log(self) -> str:
        """The end of MinIO's log."""
        container = self.find(self.settings.s3_container)
        return container.logs(tail=15).decode(errors="replace") if container else "(no container)"

    def members(self, memory: bool = False) -> list[Member]:
        """All containers of this installation; with the memory they use when asked (a call for each)."""
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
        """The network of all that is not a cluster's."""
        if not self.client.networks.list(names=[f"^{self.name}$"]):
            self.client.networks.create(self.name, driver="bridge", labels=self.labels)

    def attach(self, container: str, alias: str) -> None:
        """A container that others made (Compose does) belongs into that network, too."""
        import docker.errors

        try:
            self.client.networks.get(self.name).connect(container, aliases=[alias])
        except docker.errors.APIError as error:
            if "already exists in network" not in str(error):
                raise

    def ensure_container(self, name: str, alias: str, role: str, config: dict[str, Any]) -> Any:
        """A container with this configuration, perhaps not running: made when there is none, and anew when the image or
        settings changed. Its data stays on its volume, and clusters that reached the old one reach the new one."""
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
        """Remove one of ours; the networks of running clusters that it was attached to."""
        if container.labels.get(LABEL) != self.settings.installation:
            raise Problem(
                f"a container named {container.name} exists that LocalEMR did not make",
                "remove or rename it, or set LOCALEMR_INSTALLATION to another name",
            )
        networks = [name for name in container.attrs["NetworkSettings"]["Networks"] if name != self.name]
        container.remove(force=True)
        return networks

    def _ensure_volume(self) -> None:
        # Creating a volume that exists is no error to Docker.
        self.client.volumes.create(f"{self.name}-s3", labels=self.labels)

    def _config(self, image: str) -> dict[str, Any]:
        return {
            "image": image,
            "command": ["server", "/data", "--console-address", f":{S3_CONSOLE_PORT}"],
            "environment": {
                "MINIO_ROOT_USER": self.settings.access_key,
                "MINIO_ROOT_PASSWORD": self.settings.secret_key,
            },
            "ports": {
                f"{S3_PORT}/tcp": ("127.0.0.1", self.settings.s3_port),
                f"{S3_CONSOLE_PORT}/tcp": ("127.0.0.1", self.settings.s3_console_port),
            },
            "volumes": {f"{self.name}-s3": {"bind": "/data", "mode": "rw"}},
        }

    def _remove_network(self, network: Any) -> None:
        # A container of somebody else may have been attached by hand, which would keep the network alive.
        for attached in list(network.attrs.get("Containers") or {}):
            _quietly(network.disconnect, attached, force=True)
        _quietly(network.remove)


def digest(config: dict[str, Any]) -> str:
    """A short digest of a container's configuration; the keys in it do not become readable."""
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()[:16]


def s3_healthy(settings: Settings, timeout: float = 2.0) -> bool:
    """Whether MinIO answers its health check."""
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(f"{settings.s3_url}/minio/health/live", timeout=timeout) as response:
            return bool(response.status == 200)
    except (OSError, ValueError):
        return False


def wait_s3(settings: Settings, log: Callable[[], str], seconds: float = 30) -> None:
    """Return when MinIO answers; a Problem with the end of its log when it does not in time."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if s3_healthy(settings):
            return
        time.sleep(0.1)
    raise Problem(
        f"MinIO did not answer at {settings.s3_url} within {seconds:.0f} s:\n{log()}",
        "look at the log above; a full disk is the most frequent cause (`localemr doctor`)",
    )


def _start(container: Any) -> None:
    import docker.errors

    try:
        container.start()
    except docker.errors.APIError as error:
        text = str(error.explanation)
        if "port is already allocated" in text or "address already in use" in text:
            port = re.search(r"127\.0\.0\.1:\d+", text)
            raise Problem(
                f"{port[0] if port else 'a port'}, which MinIO needs, is used by another program",
                "stop that program, or choose other ports with LOCALEMR_S3_PORT and LOCALEMR_S3_CONSOLE_PORT",
            ) from error
        raise


def _quietly(act: Callable[..., Any], *arguments: Any, **options: Any) -> None:
    """Run it; what is already gone, or going, is as good as removed."""
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
