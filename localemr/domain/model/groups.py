"""Instance groups and fleets: what is requested of each, and its state."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from localemr.domain.model.automatic import Activity
from localemr.domain.model.states import NO_REASON, GroupState, Reason


@dataclass(frozen=True)
class FleetSpec:
    """The settings of an instance fleet beyond those of an instance group.

    Target capacities are in units, of which an instance of the preferred type provides `weight`. `configs` are EMR's
    InstanceTypeConfigs, `launch` and `resize` its Launch- and ResizeSpecifications, all as they were sent.
    """

    on_demand: int
    spot: int
    weight: int = 1
    configs: tuple[Mapping[str, Any], ...] = ()
    launch: Mapping[str, Any] | None = None
    resize: Mapping[str, Any] | None = None
    context: str | None = None


@dataclass(frozen=True)
class Configured:
    """A version of an instance group's configurations. EMR counts them from 0, the version of the launch."""

    version: int = 0
    configurations: tuple[Mapping[str, Any], ...] = ()


@dataclass(frozen=True)
class GroupSpec:
    """The requested state of an instance group; `count` is the requested number of instances.

    `configurations` are the group's own; `version` counts their changes. `terminate` are the EC2 ids of instances to
    remove in any case. `shrink_policy` is the ShrinkPolicy of the last change, as it was sent, `changed` the time of
    that change. `at_launch` is the count of the RunJobFlow request (None: `count`), `auto_scaling` EMR's
    AutoScalingPolicy. An instance fleet is a group with a `fleet`: its type is the preferred one, and its count is the
    number of instances of that type that cover the fleet's targets (domain/model/fleets.py).
    """

    role: str
    instance_type: str
    count: int
    name: str | None = None
    market: str = "ON_DEMAND"
    bid_price: str | None = None
    configurations: tuple[Mapping[str, Any], ...] = ()
    version: int = 0
    echo: Mapping[str, Any] = field(default_factory=dict)
    auto_scaling: Mapping[str, Any] | None = None
    terminate: tuple[str, ...] = ()
    shrink_policy: Mapping[str, Any] = field(default_factory=dict)
    changed: float = 0.0
    at_launch: int | None = None
    fleet: FleetSpec | None = None

    @property
    def launched(self) -> int:
        """The number of instances requested at the cluster's launch. 0 for a group that was added later."""
        return self.count if self.at_launch is None else self.at_launch


@dataclass(frozen=True)
class Supply:
    """What a group remembers while EC2 has too few instances for it. Times are epoch seconds.

    `since` is when each market began to lack capacity, `noted` the time of the last event on it. Of a fleet, `switched`
    are the spot units that it has on demand since its launch, and `stopped` the units of a market with which a resize
    ended before its target was met; `reached` are the units of a market that its last instance made more than the
    target. All but `switched` hold until the next resize: `change` is the `changed` of the spec that they belong to.
    """

    since: Mapping[str, float] = field(default_factory=dict)
    noted: float = 0.0
    switched: int = 0
    stopped: Mapping[str, int] = field(default_factory=dict)
    reached: Mapping[str, int] = field(default_factory=dict)
    change: float = 0.0


@dataclass(frozen=True)
class GroupStatus:
    """The state of an instance group.

    `target` are the configurations that its instances have or are being given, `applied` the last with which all of
    them came up, and `changed` the classifications in which any version since then differs from these. `activity` is
    the last scaling by its AutoScalingPolicy.
    """

    state: GroupState = GroupState.PROVISIONING
    reason: Reason = NO_REASON
    ready: float | None = None
    ended: float | None = None
    target: Configured | None = None
    applied: Configured | None = None
    changed: tuple[str, ...] = ()
    activity: Activity | None = None
    supply: Supply = Supply()


@dataclass(frozen=True)
class InstanceGroup:
    """Instances of one role: an instance group, which has one type, or an instance fleet."""

    id: str
    cluster_id: str
    number: int
    created: float
    spec: GroupSpec
    status: GroupStatus
