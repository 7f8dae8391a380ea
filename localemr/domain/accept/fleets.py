"""Instance fleets in requests of RunJobFlow, AddInstanceFleet and ModifyInstanceFleet. Pure.

All functions raise ValidationException, with EMR's text where it is known (EMR's error catalogue).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from localemr.domain.accept.groups import check_bid, check_total
from localemr.domain.accept.types import check_type
from localemr.domain.accept.volumes import check_volumes
from localemr.domain.model.allocation import best, offer_of, strategy_of
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.fleets import remaining
from localemr.domain.model.groups import FleetSpec, GroupSpec
from localemr.domain.model.markets import ON_DEMAND, SPOT
from localemr.domain.model.primaries import PRIMARIES
from localemr.domain.model.records import CORE, MASTER, TASK
from localemr.domain.model.resizes import retargeted, with_fleet

MAX_TYPES, MAX_TYPES_WITH_STRATEGY = 5, 30
TIMEOUTS, RESIZE_TIMEOUTS = (5, 1440), (5, 10080)
"""Minutes."""

REVISE = "Revise the configuration and resubmit."


def accept_fleets(configs: Iterable[Mapping[str, Any]], label: str, catalog: Catalog) -> tuple[GroupSpec, ...]:
    """The fleets of a RunJobFlow request for this release label."""
    groups = tuple(_from_config(config, label, catalog) for config in configs)
    roles = [group.role for group in groups]
    if MASTER not in roles:
        raise ValidationException(
            f"No master instance fleets were supplied; you must specify exactly one master instance fleet. {REVISE}"
        )
    _check_roles(roles)
    check_total(groups, catalog)
    return groups


def accept_more_fleet(
    config: Mapping[str, Any], existing: Sequence[GroupSpec], label: str, catalog: Catalog
) -> GroupSpec:
    """The task fleet that AddInstanceFleet adds to the existing fleets."""
    group = replace(_from_config(config, label, catalog), at_launch=0)
    if group.role != TASK:
        raise ValidationException(
            f"A {group.role.lower()} instance fleet can only be defined when the cluster is created."
        )
    together = (*existing, group)
    _check_roles([each.role for each in together])
    check_total(together, catalog)
    return group


def accept_new_targets(change: Mapping[str, Any], old: GroupSpec, least: int, now: float) -> GroupSpec:
    """The fleet's new spec after ModifyInstanceFleet. Members that the request omits are unchanged.

    `least` is the lowest number of instances that must remain: instances of a market without a target are removed, and
    their copies of HDFS with them.
    """
    assert old.fleet is not None
    if old.role == MASTER:
        raise ValidationException("A master instance fleet may not be modified")
    if "InstanceTypeConfigs" in change:
        raise ValidationException(
            "Changing the instance types of an instance fleet is not offered by LocalEMR. "
            "Leave out InstanceTypeConfigs."
        )
    _check_resize(change.get("ResizeSpecifications") or {})
    fleet = replace(
        old.fleet,
        on_demand=change.get("TargetOnDemandCapacity", old.fleet.on_demand),
        spot=change.get("TargetSpotCapacity", old.fleet.spot),
        resize=change.get("ResizeSpecifications", old.fleet.resize),
        context=change.get("Context", old.fleet.context),
    )
    stay = remaining(old.fleet, fleet)
    if stay < least and stay < old.count:
        raise ValidationException(
            f"The core instance fleet cannot be resized so that {stay} of its instances stay: its HDFS needs at least "
            f"{least} instances (dfs.replication)."
        )
    return retargeted(old, fleet, now)


def _from_config(config: Mapping[str, Any], label: str, catalog: Catalog) -> GroupSpec:
    role, name, configs = config["InstanceFleetType"], config.get("Name"), config.get("InstanceTypeConfigs", ())
    _check_targets(config)
    _check_types(role, name, configs, _strategies(config))
    _check_launch(config.get("LaunchSpecifications") or {})
    _check_resize(config.get("ResizeSpecifications") or {})
    fleet = FleetSpec(
        on_demand=config.get("TargetOnDemandCapacity", 0),
        spot=config.get("TargetSpotCapacity", 0),
        configs=tuple(configs),
        launch=config.get("LaunchSpecifications"),
        resize=config.get("ResizeSpecifications"),
        context=config.get("Context"),
    )
    used = _preferred(fleet, label, catalog)
    fleet = replace(fleet, weight=used.get("WeightedCapacity", 1))
    group = GroupSpec(role, used["InstanceType"], 0, name=name, configurations=tuple(used.get("Configurations", ())))
    return with_fleet(group, fleet)


def _strategies(config: Mapping[str, Any]) -> set[str]:
    """The allocation strategies for the launch, of both markets."""
    return {
        each["AllocationStrategy"]
        for each in (config.get("LaunchSpecifications") or {}).values()
        if "AllocationStrategy" in each
    }


def _preferred(fleet: FleetSpec, label: str, catalog: Catalog) -> Mapping[str, Any]:
    """The InstanceTypeConfig of the first instance, by the allocation strategy of the market that has most: of the
    types that the release has."""
    strategy = strategy_of(fleet, SPOT if fleet.spot > fleet.on_demand else ON_DEMAND, label, resize=False)
    kinds = [catalog.instance_types.get(config["InstanceType"]) for config in fleet.configs]
    offers = [
        offer_of(config, number, kind)
        for number, (config, kind) in enumerate(zip(fleet.configs, kinds, strict=True))
        if kind is not None and kind.accepted(label)
    ]
    chosen = best(strategy, offers, max(fleet.spot, fleet.on_demand))
    if chosen is None:
        check_type(fleet.configs[0]["InstanceType"], label, catalog)
        raise AssertionError("a type that is not accepted passed its check")
    return fleet.configs[chosen.number]


def _check_targets(config: Mapping[str, Any]) -> None:
    total = config.get("TargetOnDemandCapacity", 0) + config.get("TargetSpotCapacity", 0)
    if total < 1:
        raise ValidationException(
            f"The instance fleet ({config.get('Name', 'null')}) should have a value of one or greater for either "
            "targetOnDemandCapacity or targetSpotCapacity."
        )
    if config["InstanceFleetType"] == MASTER and total == PRIMARIES:
        raise ValidationException(
            "LocalEMR does not run three master instances of an instance fleet yet, only of an instance group."
        )
    if config["InstanceFleetType"] == MASTER and total != 1:
        raise ValidationException(f"A master instance fleet can only have a target capacity of 1. {REVISE}")


def _check_types(role: str, name: str | None, configs: Sequence[Mapping[str, Any]], strategies: set[str]) -> None:
    shown = "null" if name is None else name
    most = MAX_TYPES_WITH_STRATEGY if strategies else MAX_TYPES
    if not 1 <= len(configs) <= most:
        raise ValidationException(f"The instance fleet: {shown} must have 1 to {most} instance types. {REVISE}")
    types = [config["InstanceType"] for config in configs]
    if twice := [each for each in dict.fromkeys(types) if types.count(each) > 1]:
        raise ValidationException(
            f"The instance fleet: {shown} contains duplicate instance types [{', '.join(twice)}]. {REVISE}"
        )
    weights = {config.get("WeightedCapacity", 1) for config in configs}
    if 0 in weights:
        raise ValidationException(f"Weighted capacity cannot be zero. {REVISE}")
    if role == MASTER and weights != {1}:
        raise ValidationException(
            f"All instance types in the master instance fleet must have weighted capacity as 1. {REVISE}"
        )
    for config in configs:
        if "BidPrice" in config and "BidPriceAsPercentageOfOnDemandPrice" in config:
            raise ValidationException(
                "Specify at most one of bidPrice or bidPriceAsPercentageOfOnDemandPrice value for the Spot Instance "
                f"fleet : {shown} request."
            )
        if "BidPrice" in config:
            check_bid(SPOT, config["BidPrice"])
        check_volumes(config.get("EbsConfiguration", {}))


def _check_launch(specification: Mapping[str, Any]) -> None:
    _check_timeout(specification.get("SpotSpecification", {}), TIMEOUTS)


def _check_resize(specification: Mapping[str, Any]) -> None:
    for market in specification.values():
        _check_timeout(market, RESIZE_TIMEOUTS)


def _check_timeout(specification: Mapping[str, Any], limits: tuple[int, int]) -> None:
    minutes, (least, most) = specification.get("TimeoutDurationMinutes"), limits
    if minutes is not None and not least <= minutes <= most:
        raise ValidationException(f"TimeoutDurationMinutes must be from {least} to {most} minutes; it is {minutes}.")


def _check_roles(roles: Sequence[str]) -> None:
    for role, rule in ((MASTER, "exactly"), (CORE, "at most"), (TASK, "at most")):
        if roles.count(role) > 1:
            kind = role.lower()
            raise ValidationException(
                f"Multiple {kind} instance fleets were supplied; you must specify {rule} one {kind} instance fleet. "
                f"{REVISE}"
            )
    if TASK in roles and CORE not in roles:
        raise ValidationException("Clusters with task instance fleets must also define core instance fleets.")
