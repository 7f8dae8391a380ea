"""What LocalEMR requires of the machine below it: instances with files and a journal, in clusters.

This package knows nothing of EMR, and nothing above it knows of containers, images, networks or ports of a host
(docs/adr/0008-one-seam-to-the-machine.md). All times are epoch seconds of the controller's clock: a runtime converts
what instances and daemons report by clocks of their own.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

LABEL = "localemr.installation"
"""The key under which a runtime marks all that it makes; the value is the installation's name."""

MADE, RUNNING, ENDED = "made", "running", "ended"
"""States of an instance: it exists but never ran; it runs; it ran and has stopped."""


class RuntimeFailure(Exception):
    """The runtime refused a call; the message says why. A retry may or may not help."""


class RuntimeUnavailable(RuntimeFailure):
    """The runtime did not answer: nothing is known of the instances, which does not mean that they are gone."""


class RuntimeDeferred(RuntimeFailure):
    """It is not done before `until` (epoch seconds), however often it is requested.

    With a `code`, the caller's word for the cause, it is not done then either; the message says why.
    """

    def __init__(self, until: float, code: str = "", message: str = "") -> None:
        super().__init__(message)
        self.until, self.code = until, code


@dataclass(frozen=True)
class File:
    """A file for an instance: text, owner and group as numbers, and mode."""

    text: str
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True)
class InstanceSpec:
    """An instance to make.

    - `name`: unique in the installation; `cluster`: the id of the cluster that it belongs to.
    - `release`: selects what it is made from; the runtime maps it to an image or the like.
    - `host`: its full host name; the part before the first dot resolves too. `peers`: full host names of instances of
      its cluster that it has to resolve from its start on, also before they run.
    - `annotations`: free text by key, given back in listings and events.
    - `ports`: ports that the controller must be able to reach.
    - `memory_mb` (MiB) and `cpus`: limits; 0: none.
    """

    name: str
    cluster: str
    release: str
    host: str
    peers: tuple[str, ...] = ()
    annotations: Mapping[str, str] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    memory_mb: int = 0
    cpus: float = 0.0
    ports: tuple[int, ...] = ()


@dataclass(frozen=True)
class ListedInstance:
    """An instance as it is now.

    `state` is MADE, RUNNING or ENDED; `exit_code` and `ended` (epoch seconds) are set when it ENDED. `address` is None
    until it is known. `reach` maps ports of the instance to host and port at which the controller reaches them.
    """

    name: str
    cluster: str
    state: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    exit_code: int | None = None
    ended: float | None = None
    address: str | None = None
    reach: Mapping[int, tuple[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class ListedCluster:
    """What the instances of a cluster share, as it is now.

    `host_address` is where instances reach the machine that the controller runs on. `detached` are those of the
    requested services that exist, but that the cluster does not reach: `ensure_cluster` attaches them.
    """

    host_address: str
    detached: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Machine:
    """A machine that instances run on: memory in MiB and processor cores."""

    memory_mb: int
    cpus: int


@dataclass(frozen=True)
class Event:
    """Something changed: an instance of `cluster`, or, with None, a service that all clusters may use."""

    cluster: str | None
    name: str
    action: str


@dataclass(frozen=True)
class Boot:
    """Entry: the instance started, or started again. Its measurements begin anew."""

    number: int
    at: float


@dataclass(frozen=True)
class RunEntry:
    """Entry: what became of a run. `state` is running, exited or lost; `at` is when, `started` when it began."""

    number: int
    run: str
    state: str
    at: float
    started: float
    code: int | None = None
    note: str = ""


@dataclass(frozen=True)
class Measurement:
    """Entry: a measurement, which replaces the earlier one of its name."""

    number: int
    name: str
    value: float
    at: float


@dataclass(frozen=True)
class Replay:
    """Entry: everything that still counts with a number above `above`, up to `number`. What was known above `above`
    before is replaced by it."""

    above: int
    number: int
    entries: tuple[Boot | RunEntry | Measurement, ...]


Entry = Boot | RunEntry | Measurement | Replay
"""An entry of an instance's journal; entries are numbered from 1 (docs/node-contract.md)."""


class Runtime(Protocol):
    """The verbs. Each may be repeated with the same outcome; each raises RuntimeFailure or RuntimeUnavailable."""

    @property
    def restarts(self) -> bool:
        """Whether an instance that ENDED can be started again with its files (`start`)."""

    async def ensure_cluster(
        self, cluster: str, annotations: Mapping[str, str], hosts: str, services: Collection[str]
    ) -> None:
        """Make what the cluster's instances share, if it is missing, and have them reach these services by name.

        `hosts` is the range of addresses, as CIDR, that the host names of the cluster spell: a runtime that can choose
        addresses takes them from it if it is free.
        """

    async def cluster(self, cluster: str, services: Collection[str]) -> ListedCluster | None:
        """What `ensure_cluster` made; None: nothing is there. `services` are those that the cluster has to reach."""

    async def remove_cluster(self, cluster: str) -> None:
        """Remove what `ensure_cluster` made; nothing happens when it is absent."""

    async def make(self, spec: InstanceSpec, files: Mapping[str, File]) -> None:
        """Make the instance with its first files (absolute path → file) and start it.

        All files are there before its first process starts. When it exists already, what is missing of that is done.
        """

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        """Write files into the instance, making directories."""

    async def start(self, name: str) -> None:
        """Start an instance that ENDED; only where `restarts`. Nothing happens when it runs."""

    async def instances(self, cluster: str | None = None) -> list[ListedInstance]:
        """All instances of a cluster, or of the installation; ENDED ones too."""

    async def remove(self, name: str) -> None:
        """End and remove the instance with its data; nothing happens when it is absent."""

    def journal(self, name: str, since: int = 0) -> AsyncIterator[Entry]:
        """Entries with numbers above `since`, then entries as they come; ends when the instance stops.

        No entry is left out, unless a Replay takes its place.
        """

    def events(self) -> AsyncIterator[Event]:
        """Changes from now on; ends or raises when the runtime goes away."""

    async def capacity(self) -> Sequence[Machine]:
        """The machines, as they are now."""

    async def close(self) -> None:
        """Release connections and threads."""
