"""The closed set of instructions that deciding can emit. Each may be carried out twice with the same outcome."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Run:
    """A command that an instance starts exactly once, identified by its name (docs/node-contract.md).

    `spec` is the data of a node's tool. images/node/localemr_node/specs.py defines its forms.
    """

    name: str
    argv: tuple[str, ...]
    user: str = "hadoop"
    cwd: str | None = None
    env: Mapping[str, str] = field(default_factory=dict)
    stdout: str | None = None
    stderr: str | None = None
    daemon: bool = False
    spec: Mapping[str, object] | None = None


@dataclass(frozen=True)
class EnsureCluster:
    """Create what the cluster's instances share, and attach the services that they use. `requested` are those that
    instances requested while they run."""

    requested: frozenset[str] = frozenset()


@dataclass(frozen=True)
class CreateInstance:
    """Create the instance with its files and the runs that are started with it."""

    instance_id: str


@dataclass(frozen=True)
class StartInstance:
    """Start an ended instance again."""

    instance_id: str


@dataclass(frozen=True)
class Configure:
    """Write the instance's configuration files again."""

    instance_id: str


@dataclass(frozen=True)
class StartRun:
    """Start a run in an instance."""

    instance_id: str
    run: Run


@dataclass(frozen=True)
class StopRun:
    """Stop a run and all its descendants with TERM (escalated to KILL by the instance) or KILL."""

    instance_id: str
    name: str
    signal: str = "TERM"


@dataclass(frozen=True)
class RemoveInstance:
    """Remove the instance."""

    instance_id: str


@dataclass(frozen=True)
class RemoveCluster:
    """Remove what the cluster's instances share."""


Instruction = (
    EnsureCluster | CreateInstance | StartInstance | Configure | StartRun | StopRun | RemoveInstance | RemoveCluster
)
