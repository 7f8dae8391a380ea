"""What follows when EC2 has too few instances for a group: it waits for them, with an event now and then; a fleet only
until a timeout.

Sources: EMR's management guide, "Responding to Amazon EMR cluster insufficient instance capacity events" and
"Configuring provisioning timeouts to control capacity"; the API reference on SpotProvisioningSpecification and on the
specifications of resizes.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from localemr.domain.decide.passes import Pass
from localemr.domain.model.fleets import lacking, targets, units
from localemr.domain.model.groups import FleetSpec, InstanceGroup, Supply
from localemr.domain.model.markets import ON_DEMAND, SPOT
from localemr.domain.model.places import place_of
from localemr.domain.model.states import Reason
from localemr.domain.model.supply import INSUFFICIENT, NAMES, SWITCHED, TIMED_OUT

EVENTS_EVERY = 300.0
"""Seconds between two events on the same lack of capacity. EMR repeats them, and does not say how often."""
MINUTE, RESIZE_MINUTES = 60.0, 60
"""EMR's default for the timeouts of resizes."""


def note_supply(work: Pass, group: InstanceGroup, short: Collection[str], grown: Collection[str]) -> None:
    """Note the markets that have `grown` by instances in this pass, and those of which EC2 has too few instances for
    the group now, and act on timeouts."""
    old, change = group.status.supply, group.spec.changed
    if old.change != change:
        old = Supply(noted=old.noted, switched=old.switched)
    there, wanted = units(group, work.not_leaving(group)), targets(group)
    exceeded = {market: there[market] for market in grown if there[market] > wanted[market]}
    since = {market: old.since.get(market, work.now) for market in short}
    supply = replace(old, change=change, since=since, reached={**old.reached, **exceeded})
    for market in sorted(short):
        supply = _timed_out(work, group, market, supply)
    if not supply.since:
        supply = replace(supply, noted=0.0)
    elif not work.over:
        supply = _announced(work, group, supply)
    work.note_supply(group, supply if replace(supply, change=0.0) != Supply() else Supply())


def _announced(work: Pass, group: InstanceGroup, supply: Supply) -> Supply:
    """With an event for each market that lacks capacity, when one is due."""
    if work.now >= supply.noted + EVENTS_EVERY:
        supply = replace(supply, noted=work.now)
        for market in supply.since:
            work.log_supply(group, INSUFFICIENT, Reason(market, _lack(work, group, market)))
    work.wake(supply.noted + EVENTS_EVERY)
    return supply


def _timed_out(work: Pass, group: InstanceGroup, market: str, supply: Supply) -> Supply:
    """The supply after the timeout of a market, when that is over."""
    fleet = group.spec.fleet
    minutes = _minutes(work, fleet, market) if fleet else None
    if fleet is None or minutes is None:
        return supply
    due = supply.since[market] + minutes * MINUTE
    if work.now < due:
        work.wake(due)
        return supply
    after = replace(supply, since={each: at for each, at in supply.since.items() if each != market})
    there = work.not_leaving(group)
    if work.cluster.status.ready is not None:
        text = f"{NAMES[market]} capacity was not provisioned within {minutes} minutes"
        work.log_supply(group, TIMED_OUT, Reason(market, text))
        return replace(after, stopped={**supply.stopped, market: units(group, there)[market]})
    if (fleet.launch or {}).get("SpotSpecification", {}).get("TimeoutAction") == "SWITCH_TO_ON_DEMAND":
        more = lacking(group, there).get(market, 0)
        work.log_supply(group, SWITCHED, Reason(market, f"{more} Spot units are provisioned on demand"))
        return replace(after, switched=supply.switched + more)
    text = f"The instance fleet {group.id} could not be provisioned within {minutes} minutes: "
    work.end_cluster("INSTANCE_FLEET_TIMEOUT", text + _lack(work, group, market))
    return after


def _minutes(work: Pass, fleet: FleetSpec, market: str) -> int | None:
    """The timeout in minutes. None: there is none. The launch has one for spot capacity alone."""
    if work.cluster.status.ready is not None:
        name = "SpotResizeSpecification" if market == SPOT else "OnDemandResizeSpecification"
        return int(((fleet.resize or {}).get(name) or {}).get("TimeoutDurationMinutes", RESIZE_MINUTES))
    found = ((fleet.launch or {}).get("SpotSpecification") or {}).get("TimeoutDurationMinutes")
    return None if market == ON_DEMAND or found is None else int(found)


def _lack(work: Pass, group: InstanceGroup, market: str) -> str:
    fleet, place = group.spec.fleet, place_of(work.cluster)
    types = [each["InstanceType"] for each in fleet.configs] if fleet else [group.spec.instance_type]
    where = f"Availability Zone {place.zone}" + (f" (subnet {place.subnet})" if place.subnet else "")
    return f"Amazon EC2 has insufficient {NAMES[market]} capacity for instance type [{', '.join(types)}] in {where}."
