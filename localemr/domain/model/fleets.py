"""Instance fleets as instance groups: what follows from target capacities. Pure.

A fleet's instances have two markets, and types that provide different numbers of units. A group that is no fleet has
the type and the market of its spec alone, and its instances provide a unit each.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from localemr.domain.model.groups import FleetSpec, GroupSpec, InstanceGroup
from localemr.domain.model.markets import ON_DEMAND, SPOT
from localemr.domain.model.records import Instance
from localemr.domain.model.states import InstanceState


def weight_of(group: GroupSpec, instance_type: str) -> int:
    """The units that an instance of this type provides."""
    if group.fleet is None:
        return 1
    for config in group.fleet.configs:
        if config["InstanceType"] == instance_type:
            return int(config.get("WeightedCapacity", 1))
    return group.fleet.weight


def instance_targets(fleet: FleetSpec) -> dict[str, int]:
    """The number of instances of the preferred type that cover the targets of each market. The last instance of a
    market may exceed the target."""
    return {ON_DEMAND: math.ceil(fleet.on_demand / fleet.weight), SPOT: math.ceil(fleet.spot / fleet.weight)}


def targets(group: InstanceGroup) -> dict[str, int]:
    """The units of each market that the group is to have now: those requested, less what it has given up, with those
    that it has on demand in place of spot."""
    fleet, supply = group.spec.fleet, group.status.supply
    if fleet is None:
        return {group.spec.market: group.spec.count}
    switched = min(supply.switched, fleet.spot)
    stopped = supply.stopped if supply.change == group.spec.changed else {}
    wanted = {ON_DEMAND: fleet.on_demand + switched, SPOT: fleet.spot - switched}
    return {market: min(units, stopped.get(market, units)) for market, units in wanted.items()}


def units(group: InstanceGroup, instances: Iterable[Instance]) -> dict[str, int]:
    """The units of each market that the instances provide."""
    found = dict.fromkeys(targets(group), 0)
    for each in instances:
        market = _market(group.spec, each)
        found[market] = found.get(market, 0) + weight_of(group.spec, each.spec.instance_type)
    return found


def lacking(group: InstanceGroup, existing: Iterable[Instance]) -> dict[str, int]:
    """The units of each market that are lacking beside the existing instances; only markets that lack some."""
    there = units(group, existing)
    return {market: wanted - there[market] for market, wanted in targets(group).items() if wanted > there[market]}


def surplus(group: InstanceGroup, existing: Sequence[Instance]) -> list[Instance]:
    """The surplus among the instances: of each market the first ones without which its target is met. What a new
    instance made more than the target is no surplus until the next resize."""
    there, wanted, found = units(group, existing), targets(group), list[Instance]()
    if group.status.supply.change == group.spec.changed:
        wanted |= {market: max(number, wanted.get(market, 0)) for market, number in group.status.supply.reached.items()}
    for each in existing:
        market, weight = _market(group.spec, each), weight_of(group.spec, each.spec.instance_type)
        if there[market] - weight >= wanted.get(market, 0):
            there[market] -= weight
            found.append(each)
    return found


def _market(group: GroupSpec, instance: Instance) -> str:
    return instance.spec.market if group.fleet else group.market


def requested_count(group: InstanceGroup, existing: Sequence[Instance]) -> int:
    """The number of instances that the group is to have: of a fleet those that exist, and so many of its preferred
    type as are lacking."""
    fleet = group.spec.fleet
    if fleet is None:
        return group.spec.count
    more = sum(math.ceil(each / fleet.weight) for each in lacking(group, existing).values())
    return len(existing) - len(surplus(group, existing)) + more


def remaining(old: FleetSpec, new: FleetSpec) -> int:
    """The number of instances that remain when the targets change. No instance changes its market."""
    before, after = instance_targets(old), instance_targets(new)
    return sum(min(before[market], after[market]) for market in before)


def provisioned(group: InstanceGroup, market: str, instances: Iterable[Instance]) -> int:
    """The running capacity of this market. `instances` are the cluster's."""
    return sum(
        weight_of(group.spec, each.spec.instance_type)
        for each in instances
        if each.spec.group_id == group.id and each.spec.market == market and each.status.state == InstanceState.RUNNING
    )


def all_configurations(group: GroupSpec) -> list[Sequence[Mapping[str, Any]]]:
    """The configurations of the group's request. A fleet has some for each of its types."""
    if group.fleet is None:
        return [group.configurations]
    return [config.get("Configurations", ()) for config in group.fleet.configs]


def configurations_of(
    group: GroupSpec, instance_type: str, own: Sequence[Mapping[str, Any]]
) -> Sequence[Mapping[str, Any]]:
    """The configurations of an instance of this type: a fleet's are those of the type, a group's are its `own`."""
    for config in group.fleet.configs if group.fleet else ():
        if config["InstanceType"] == instance_type and instance_type != group.instance_type:
            return tuple(config.get("Configurations", ()))
    return own
