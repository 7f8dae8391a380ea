"""Which instances EC2 has for a group or fleet: its types by allocation strategy, within the limits that tests set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from localemr.domain.decide.passes import Pass
from localemr.domain.model.allocation import Offer, best, offer_of, strategy_of
from localemr.domain.model.fleets import lacking, weight_of
from localemr.domain.model.groups import GroupSpec, InstanceGroup
from localemr.domain.model.limits import left, price_of
from localemr.domain.model.markets import SPOT
from localemr.domain.model.places import Place, places
from localemr.domain.model.records import InstanceSpec


def allocated(
    work: Pass, group: InstanceGroup, market: str, units: int, place: Place, there: list[InstanceSpec]
) -> list[str]:
    """The types of the instances that provide so many units of a market, as far as EC2 has them in the place. They are
    added to `there`, the cluster's instances."""
    resize, label = work.cluster.status.ready is not None, work.cluster.spec.release_label
    fleet = group.spec.fleet
    strategy = strategy_of(fleet, market, label, resize) if fleet else ""
    types = [each.instance_type for each in there if each.group_id == group.id and each.market == market]
    amounts = Counter[str]()
    for each in types:
        amounts[each] += weight_of(group.spec, each)
    offers, found = _offers(work, group.spec, market, place), list[str]()
    while units > 0:
        able = [_now(work, each, market, place, there, amounts) for each in offers]
        offer = best(strategy, able, units)
        if offer is None:
            break
        found.append(offer.type)
        there.append(InstanceSpec(group.id, group.spec.role, offer.type, 0, "", market=market))
        amounts[offer.type] += offer.weight
        units -= offer.weight
    return found


def place_with_capacity(work: Pass) -> Place:
    """The first of the places that the request permits where EC2 has all of the cluster's instances; otherwise the
    first where it has the master and the core instances, or the first one."""
    able = places(work.cluster)
    short = {place: _short(work, place) for place in able} if len(able) > 1 else {}
    complete = [place for place in short if not short[place]]
    without_task = [place for place in short if short[place] <= {"TASK"}]
    return (complete or without_task or able)[0]


def _short(work: Pass, place: Place) -> set[str]:
    """The roles of the groups of which EC2 has too few instances in a place."""
    there, found = list[InstanceSpec](), set[str]()
    for group in work.groups.values():
        for market, units in lacking(group, ()).items():
            types = allocated(work, group, market, units, place, there)
            if sum(weight_of(group.spec, each) for each in types) < units:
                found.add(group.spec.role)
    return found


def _offers(work: Pass, group: GroupSpec, market: str, place: Place) -> list[Offer]:
    """The types of the group that the release has and whose bid is not below the price."""
    own: Mapping[str, Any] = {"InstanceType": group.instance_type, "BidPrice": group.bid_price}
    configs: Iterable[Mapping[str, Any]] = group.fleet.configs if group.fleet and group.fleet.configs else (own,)
    found = []
    for number, config in enumerate(configs):
        kind = work.catalog.instance_types.get(config["InstanceType"])
        if kind is None or (group.fleet and not kind.accepted(work.cluster.spec.release_label)):
            continue
        offer = offer_of(config, number, kind)
        price = price_of(work.seen.limits, kind.name, market, place) if market == SPOT else None
        if price is not None and price > _bid(config, kind.ec2_usd_hour):
            continue
        usual = kind.ec2_usd_hour * (work.catalog.spot_share if market == SPOT else 1)
        found.append(replace(offer, price=(usual if price is None else price) / offer.weight))
    return found


def _bid(config: Mapping[str, Any], on_demand: float) -> float:
    """The highest price in USD an hour that is paid: without a bid that on demand."""
    if bid := config.get("BidPrice"):
        return float(bid)
    return on_demand * float(config.get("BidPriceAsPercentageOfOnDemandPrice", 100)) / 100


def _now(
    work: Pass, offer: Offer, market: str, place: Place, there: list[InstanceSpec], amounts: Mapping[str, int]
) -> Offer:
    limits = work.seen.limits
    rest = left(limits, there, offer.type, market, place) if limits else offer.left
    return replace(offer, left=rest, there=amounts.get(offer.type, 0))
