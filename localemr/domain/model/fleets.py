"""Instance fleets as instance groups: what follows from target capacities. Pure.

A fleet's instances have one type and two markets. A group that is no fleet has the market of its spec alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from localemr.domain.model.records import FleetSpec, GroupSpec, Instance
from localemr.domain.model.states import InstanceState

ON_DEMAND, SPOT = "ON_DEMAND", "SPOT"


def instance_targets(fleet: FleetSpec) -> dict[str, int]:
    """The number of instances of each market that cover the fleet's targets. The last instance of a market may exceed
    the target."""
    return {ON_DEMAND: math.ceil(fleet.on_demand / fleet.weight), SPOT: math.ceil(fleet.spot / fleet.weight)}


def missing(group: GroupSpec, existing: Sequence[Instance]) -> list[str]:
    """The markets of the instances to add to the existing ones."""
    shares = _shares(group, existing)
    return [market for market, target, members in shares for _ in range(target - len(members))]


def surplus(group: GroupSpec, existing: Sequence[Instance]) -> list[Instance]:
    """The surplus among the instances: the first ones of each market above its target."""
    shares = _shares(group, existing)
    return [each for _, target, members in shares for each in members[: max(len(members) - target, 0)]]


def remaining(old: FleetSpec, new: FleetSpec) -> int:
    """The number of instances that remain when the targets change. No instance changes its market."""
    before, after = instance_targets(old), instance_targets(new)
    return sum(min(before[market], after[market]) for market in before)


def provisioned(group_id: str, fleet: FleetSpec, market: str, instances: Iterable[Instance]) -> int:
    """The running capacity of this market. `instances` are the cluster's."""
    return fleet.weight * sum(
        each.spec.group_id == group_id and each.spec.market == market and each.status.state == InstanceState.RUNNING
        for each in instances
    )


def all_configurations(group: GroupSpec) -> list[Sequence[Mapping[str, Any]]]:
    """The configurations of the group's request. A fleet has some for each of its types."""
    if group.fleet is None:
        return [group.configurations]
    return [config.get("Configurations", ()) for config in group.fleet.configs]


def _shares(group: GroupSpec, existing: Sequence[Instance]) -> list[tuple[str, int, list[Instance]]]:
    """Each market with its target number of instances and its existing instances."""
    if group.fleet is None:
        return [(group.market, group.count, list(existing))]
    targets = instance_targets(group.fleet).items()
    return [(market, number, [each for each in existing if each.spec.market == market]) for market, number in targets]
