"""What a pass sees: containers and the reports of the runs inside them. Never stored."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

RUNNING, EXITED, LOST = "running", "exited", "lost"


@dataclass(frozen=True)
class RunReport:
    """The last that an instance said of a run.

    `state` is running, exited or lost (it was running when its container stopped). Times are epoch seconds of the
    instance's clock; `note` is what the run left for the controller.
    """

    state: str
    started: float
    ended: float | None = None
    code: int | None = None
    note: str = ""

    @property
    def over(self) -> bool:
        """Whether it will never run again."""
        return self.state != RUNNING

    @property
    def succeeded(self) -> bool:
        """Whether it ended well."""
        return self.state == EXITED and self.code == 0


@dataclass(frozen=True)
class Trouble:
    """An instruction about an instance (or, under the cluster's id, about the cluster) that keeps failing.

    Trying again is of no use before `until`; nor then, when there is a `code` (of a StateChangeReason).
    """

    count: int
    first: float
    message: str
    until: float = 0.0
    code: str = ""


@dataclass(frozen=True)
class SeenInstance:
    """An instance's container: created, running or exited. `runs` is None until its supervisor was heard; `ports` maps
    its ports to those of the host's loopback address."""

    container: str
    exit_code: int | None = None
    exited_at: float | None = None
    runs: Mapping[str, RunReport] | None = None
    ports: Mapping[int, int] = field(default_factory=dict)


@dataclass(frozen=True)
class Observed:
    """A cluster as the runtime shows it now. An instance that is not in `instances` has no container."""

    subnet: str | None = None
    instances: Mapping[str, SeenInstance] = field(default_factory=dict)
    trouble: Mapping[str, Trouble] = field(default_factory=dict)
