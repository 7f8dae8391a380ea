"""The runtime interface: what LocalEMR requires of the machine below it. Instances with files and a journal, in
clusters.

This package is independent of EMR. The layers above it are independent of containers, images, networks and ports of a
host (docs/adr/0008-one-seam-to-the-machine.md). All times are epoch seconds of the controller's clock: a runtime
converts times that instances and daemons report by their own clocks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

LABEL = "localemr.installation"
"""The key under which a runtime marks everything that it creates. The value is the installation's name."""

MADE, RUNNING, ENDED = "made", "running", "ended"
"""States of an instance: created but never run, running, stopped after running."""


class RuntimeFailure(Exception):
    """The runtime refused a call; the message has the reason. A retry may or may not help."""


class RuntimeUnavailable(RuntimeFailure):
    """The runtime did not answer. The state of the instances is unknown; they may still exist."""


class RuntimeDeferred(RuntimeFailure):
    """The call is refused until `until` (epoch seconds), however often it is repeated.

    With a `code`, the caller's term for the cause, it fails then too. The message has the reason. `progress` is for
    users: a sentence on what is being prepared meanwhile; empty: nothing that takes long.
    """

    def __init__(self, until: float, code: str = "", message: str = "", progress: str = "") -> None:
        super().__init__(message)
        self.until, self.code, self.progress = until, code, progress


@dataclass(frozen=True)
class File:
    """A file for an instance: text, numeric owner and group, and mode."""

    text: str
    mode: int = 0o644
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True)
class InstanceSpec:
    """An instance to make.

    - `name`: unique in the installation; `cluster`: the id of the cluster that it belongs to.
    - `release` and `applications` (names): select what it is made from, an image or the like.
    - `host`: its full host name; the part before the first dot resolves too. `peers`: full host names of instances of
      its cluster that it has to resolve from its start on, also before they run.
    - `annotations`: free text by key, given back in listings and events.
    - `ports`: ports that the controller must be able to reach.
    - `memory_mb` (MiB) and `cpus`: limits, which a runtime lowers to what its machines have; 0: none.
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
    applications: tuple[str, ...] = ()


class Images(Protocol):
    """What a runtime makes instances from. It may have to be prepared first, which takes minutes and is done once for
    all clusters that wait for it."""

    async def ready(self, spec: InstanceSpec) -> str:
        """What the instance can be made from now.

        Raises RuntimeDeferred: with `progress` while it is being prepared, with a `code` when it cannot be.
        """

    def missing(self, image: str) -> None:
        """This image, which `ready` returned, no longer exists."""

    def release(self, cluster: str) -> None:
        """The cluster waits no longer. What no other cluster waits for is not prepared any further."""

    async def close(self) -> None:
        """Stop preparing. What was done stays done."""


ORDERLY_EXITS = frozenset({0, 143, 255})
"""Exit codes of containers whose engine or host stopped (255) or that ended in order. A kill gives 137."""


@dataclass(frozen=True)
class ListedInstance:
    """An instance as it is now. `state` is MADE, RUNNING or ENDED. `exit_code` and `ended` (epoch seconds) are set when
    it is ENDED and they are known. `killed` is whether it then ended by itself or by a kill, not because its machine
    stopped. `why` is why it ended, for users, where the exit code does not say it.

    `address` is None until it is known. `reach` maps ports of the instance to the host and port at which the controller
    reaches them.
    """

    name: str
    cluster: str
    state: str
    annotations: Mapping[str, str] = field(default_factory=dict)
    exit_code: int | None = None
    ended: float | None = None
    address: str | None = None
    reach: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    killed: bool = False
    why: str = ""


@dataclass(frozen=True)
class ListedCluster:
    """The shared part of a cluster, as it is now.

    `host_address` is the address at which instances reach the controller's machine. Empty: there is none, and they need
    the controller's URL. `detached` are the requested services that exist, but that the cluster does not reach:
    `ensure_cluster` attaches them.
    """

    host_address: str
    detached: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Machine:
    """A machine that instances run on: the memory in MiB that they may take together, and processor cores."""

    memory_mb: int
    cpus: int


@dataclass(frozen=True)
class Event:
    """A change of an instance of `cluster`, or (None) of a service that all clusters may use."""

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
    """Entry: the state of a run. `state` is running, exited or lost, `at` the time of the report, `started` the time of
    the start."""

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
    """Entry: all current entries with numbers above `above`, up to `number`. They replace everything known above
    `above`."""

    above: int
    number: int
    entries: tuple[Boot | RunEntry | Measurement, ...]


Entry = Boot | RunEntry | Measurement | Replay
"""An entry of an instance's journal. Entries are numbered from 1 (docs/node-contract.md)."""


class Runtime(Protocol):
    """The methods of a runtime. Each may be repeated with the same outcome. Each raises RuntimeFailure or
    RuntimeUnavailable."""

    @property
    def restarts(self) -> bool:
        """Whether `start` can start an ENDED instance again with its files."""

    async def ensure_cluster(
        self, cluster: str, annotations: Mapping[str, str], hosts: str, services: Collection[str]
    ) -> None:
        """Create the shared part of the cluster, if it is missing, and make these services reachable by name.

        `hosts` is the range of addresses, as CIDR, that the host names of the cluster spell: a runtime that can choose
        addresses takes them from it if it is free.
        """

    async def cluster(self, cluster: str, services: Collection[str]) -> ListedCluster | None:
        """The result of `ensure_cluster`. None: it does not exist. `services` are those that the cluster must reach."""

    async def remove_cluster(self, cluster: str) -> None:
        """Remove the shared part of the cluster. No effect when it is absent."""

    async def make(self, spec: InstanceSpec, files: Mapping[str, File]) -> None:
        """Create the instance with its first files (absolute path → file) and start it.

        All files exist before its first process starts. If the instance exists already, only missing parts are done.
        Raises RuntimeDeferred while what it is made from is being prepared.
        """

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        """Write files into the instance, creating directories."""

    async def start(self, name: str) -> None:
        """Start an ENDED instance, only if `restarts`. No effect when it runs."""

    async def instances(self, cluster: str | None = None) -> list[ListedInstance]:
        """All instances of a cluster, or of the installation, including ENDED ones."""

    async def remove(self, name: str) -> None:
        """End and remove the instance with its data. No effect when it is absent."""

    def read(self, name: str, path: str, start: int = 0) -> AsyncIterator[bytes]:
        """A file of a running instance, in pieces: from byte `start` on, or its last `-start` bytes, up to its present
        end. Raises FileNotFoundError when there is none."""

    def journal(self, name: str, since: int = 0) -> AsyncIterator[Entry]:
        """Entries with numbers above `since`, then new entries as they come. Ends when the instance stops or is
        removed.

        No entry is missing, unless a Replay replaces it.
        """

    def events(self) -> AsyncIterator[Event]:
        """Changes from now on. Ends or raises when the runtime stops answering."""

    async def capacity(self) -> Sequence[Machine]:
        """The current machines."""

    async def close(self) -> None:
        """Release connections and threads."""
