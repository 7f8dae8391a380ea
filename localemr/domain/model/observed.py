"""Observations of a pass: instances as the runtime shows them, and what they reported. Never stored."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localemr.domain.model.limits import Limit

RUNNING, EXITED, LOST = "running", "exited", "lost"
"""States of a run."""


@dataclass(frozen=True)
class RunReport:
    """The last report of an instance on a run.

    `state` is running, exited or lost (the run was running when its instance stopped). Times are epoch seconds of the
    controller's clock. `note` is what the run left for the controller.
    """

    state: str
    started: float
    ended: float | None = None
    code: int | None = None
    note: str = ""

    @property
    def over(self) -> bool:
        """Whether the run has ended. It is never started again."""
        return self.state != RUNNING

    @property
    def succeeded(self) -> bool:
        """Whether it ended with exit code 0."""
        return self.state == EXITED and self.code == 0

    @property
    def document(self) -> Mapping[str, Any]:
        """The note of a tool that leaves a JSON object. Empty when the tool was killed or failed."""
        try:
            note = json.loads(self.note)
        except ValueError:
            return {}
        return note if isinstance(note, dict) else {}


@dataclass(frozen=True)
class Measured:
    """The last value of a measurement, and its time (epoch seconds of the controller's clock)."""

    value: float
    at: float


@dataclass(frozen=True)
class Trouble:
    """An instruction that keeps failing, about an instance or (under the cluster's id) about the cluster.

    A retry is useless before `until`, and also after it if there is a `code` (of a StateChangeReason). `progress` is a
    sentence for users on what is being prepared until then; empty: nothing that takes long.
    """

    count: int
    first: float
    message: str
    until: float = 0.0
    code: str = ""
    progress: str = ""


@dataclass(frozen=True)
class SeenInstance:
    """An instance as the runtime shows it: `state` is made, running or ended. `killed` is whether one that ended did so
    by itself or by a kill, not because its machine stopped.

    `runs` is None until its supervisor has reported. `reach` maps its ports to the host and port at which the
    controller reaches them. `measurements` are by name. `followed` is when the controller began to follow its reports.
    `why` is why it ended, where the exit code does not say it.
    """

    state: str
    exit_code: int | None = None
    ended: float | None = None
    runs: Mapping[str, RunReport] | None = None
    reach: Mapping[int, tuple[str, int]] = field(default_factory=dict)
    address: str | None = None
    measurements: Mapping[str, Measured] = field(default_factory=dict)
    killed: bool = False
    followed: float | None = None
    why: str = ""


@dataclass(frozen=True)
class Observed:
    """A cluster as the runtime shows it now. An instance that is not in `instances` does not exist.

    `gateway` is None until the cluster's network has been created. `detached` are required services that the cluster
    does not reach. `restarts` is whether ended instances can be started again. `memory_mb` is the memory in MiB that
    all instances of the installation may take together; None while it is unknown. `others_mb` is what other clusters
    take of it. `alarmed` are the rules of AutoScalingPolicies, as group id and name, whose alarms are in ALARM.
    `limits` are those of EC2's capacity, less what other clusters have of it.
    """

    gateway: str | None = None
    detached: frozenset[str] = frozenset()
    restarts: bool = True
    instances: Mapping[str, SeenInstance] = field(default_factory=dict)
    trouble: Mapping[str, Trouble] = field(default_factory=dict)
    memory_mb: int | None = None
    others_mb: int = 0
    alarmed: frozenset[tuple[str, str]] = frozenset()
    limits: tuple[Limit, ...] = ()
