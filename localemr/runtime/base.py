"""What LocalEMR asks of a container runtime: a few idempotent verbs and plain records.

This package has never heard of EMR. Whatever has to be planned is planned above it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Protocol

LABEL = "localemr.installation"
"""Every object that LocalEMR creates carries this label; its value is the installation's name."""


class RuntimeFailure(Exception):
    """The runtime refused a call; the message says why. Trying again may or may not help."""


class RuntimeUnavailable(RuntimeFailure):
    """The runtime did not answer: nothing is known of the containers, which is not 'they are gone'."""


class RuntimeDeferred(RuntimeFailure):
    """It is not done before `until` (epoch seconds), however often it is asked for.

    With a `code`, the caller's word for what is wrong, it is not done then either; the message says why.
    """

    def __init__(self, until: float, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.until, self.code = until, code


@dataclass(frozen=True)
class File:
    """A file to be written into a container: text, owner and group as numbers, and mode."""

    text: str
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True)
class ContainerSpec:
    """A container to create. `ports` are container ports that are published on the host's loopback address;
    `link_local` are addresses (169.254.…) that it has besides, which only itself reaches; `hosts` are names → addresses
    that it knows before those containers run."""

    name: str
    image: str
    labels: Mapping[str, str]
    network: str
    address: str
    hostname: str
    aliases: tuple[str, ...] = ()
    env: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int = 0
    cpus: float = 0.0
    ports: tuple[int, ...] = ()
    link_local: tuple[str, ...] = ()
    hosts: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Container:
    """A container as it is now.

    `state` is created, running or exited; `exit_code` and `exited_at` (epoch seconds) are set when it exited;
    `ports` maps container ports to host ports on loopback.
    """

    name: str
    state: str
    labels: Mapping[str, str]
    exit_code: int | None = None
    exited_at: float | None = None
    ports: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Capacity:
    """What the host has: memory in MiB and processor cores."""

    memory_mb: int
    cpus: int


@dataclass(frozen=True)
class Event:
    """A container changed: its name, its labels and what happened (start, die, destroy, …)."""

    name: str
    labels: Mapping[str, str]
    action: str


class Runtime(Protocol):
    """The verbs. Each may be repeated with the same outcome; each raises RuntimeFailure or RuntimeUnavailable."""

    async def ensure_network(self, name: str, labels: Mapping[str, str], pool: str, attach: Mapping[str, str]) -> str:
        """Make the network if it is missing, with a free /24 of `pool`; attach containers (name → alias).

        Returns its subnet, such as `10.213.0.0/24`.
        """

    async def networks(self, labels: Mapping[str, str]) -> Mapping[str, str]:
        """Names and subnets of the networks that carry all these labels."""

    async def remove_network(self, name: str) -> None:
        """Remove it, detaching what is still attached; nothing happens when it is absent."""

    async def create(self, spec: ContainerSpec) -> None:
        """Create the container if no container has its name; do not start it."""

    async def start(self, name: str) -> None:
        """Start it; nothing happens when it runs."""

    async def write(self, name: str, files: Mapping[str, File]) -> None:
        """Write files (absolute path → file), making directories; also into a container that never ran."""

    async def containers(self, labels: Mapping[str, str]) -> list[Container]:
        """All containers that carry all these labels, stopped ones too."""

    async def remove(self, name: str) -> None:
        """Kill and remove it with its anonymous volumes; nothing happens when it is absent."""

    def output(self, name: str) -> AsyncIterator[str]:
        """Lines of its standard output from its first start on, then as they come; ends when it stops."""

    def events(self, labels: Mapping[str, str]) -> AsyncIterator[Event]:
        """Changes of containers with these labels, from now on; ends or raises when the runtime goes away."""

    async def capacity(self) -> Capacity:
        """What the host has."""

    async def close(self) -> None:
        """Let go of connections and threads."""
