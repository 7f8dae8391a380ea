"""Instance fleets as instance groups: what follows from target capacities. Pure.

A fleet's instances are of one type and of two markets; a group that is no fleet has the market of its spec alone.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from localemr.domain.model.records import FleetSpec, GroupSpec, Instance
from localemr.domain.model.states import InstanceState

ON_DEMAND, SPOT = "ON_DEMAND", "SPOT"


def instance_targets(fleet: FleetSpec) -> dict[str, int]:
    """How many instances of each market hold the fleet's targets; at most one of each has units to spare."""
    return {ON_DEMAND: math.ceil(fleet.on_demand / fleet.weight), SPOT: math.ceil(fleet.spot / fleet.weight)}


def missing(group: GroupSpec, there: Sequence[Instance]) -> list[str]:
    """The markets of the instances that have to be added to those that are there."""
    shares = _shares(group, there)
    return [market for market, target, members in shares for _ in range(target - len(members))]


def surplus(group: GroupSpec, there: Sequence[Instance]) -> list[Instance]:
    """Those of the instances that are more than was asked for: the first ones of each market."""
    shares = _shares(group, there)
    return [each for _, target, members in shares for each in members[: max(len(members) - target, 0)]]


def remaining(old: FleetSpec, new: FleetSpec) -> int:
    """How many instances stay when the targets change: none changes its market."""
    before, after = instance_targets(old), instance_targets(new)
    return sum(min(before[market], after[market]) for market in before)


def provisioned(group_id: str, fleet: FleetSpec, market: str, instances: Iterable[Instance]) -> int:
    """The capacity of this market that runs; `instances` are the cluster's."""
    return fleet.weight * sum(
        each.spec.group_id == group_id and each.spec.market == market and each.status.state == InstanceState.RUNNING
        for each in instances
    )


def all_configurations(group: GroupSpec) -> list[Sequence[Mapping[str, Any]]]:
    """The configurations that the group was sent with: a fleet has some for each of its types."""
    if group.fleet is None:
        return [group.configurations]
    return [config.get("Configurations", ()) for config in group.fleet.configs]


def _shares(group: GroupSpec, there: Sequence[Instance]) -> list[tuple[str, int, list[Instance]]]:
    """Each market with the number of instances wanted of it, and those that are there."""
    if group.fleet is None:
        return [(group.market, group.count, list(there))]
    targets = instance_targets(group.fleet).items()
    return [(market, number, [each for each in there if each.spec.market == market]) for market, number in targets]
