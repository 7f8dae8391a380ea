"""Allocation strategies: which of a fleet's types an instance gets. Pure.

Source: EMR's management guide, "Allocation strategy for instance fleets", and EC2's of the same names. EC2 knows how
deep its pools are; here a pool has what the limits of a test leave (domain/model/limits.py), otherwise any number.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from localemr.domain.model.groups import FleetSpec
from localemr.domain.model.instance_types import InstanceType
from localemr.domain.model.markets import SPOT

LOWEST, PRIORITIZED, DIVERSIFIED = "lowest-price", "prioritized", "diversified"
DEEPEST, DEEPEST_PRIORITIZED = "capacity-optimized", "capacity-optimized-prioritized"
DEEP_AND_CHEAP = "price-capacity-optimized"
SINCE = (6, 9)
"""The release from which spot capacity is price-capacity-optimized where nothing else was requested."""
NO_PRIORITY = float("inf")


@dataclass(frozen=True)
class Offer:
    """A type that may be had: `weight` units each, at `price` USD an hour a unit. `left` instances are left, `number`
    is its place in the request, `there` the units of it that the fleet has."""

    type: str
    weight: int = 1
    price: float = 0.0
    priority: float = NO_PRIORITY
    number: int = 0
    left: float = float("inf")
    there: int = 0


def best(strategy: str, offers: Iterable[Offer], lacking: int) -> Offer | None:
    """The offer of which the next instance is, when so many units are lacking. None: there is none."""

    def turn(offer: Offer) -> tuple[float, ...]:
        if strategy == PRIORITIZED:
            return offer.priority, offer.number
        if strategy == DEEPEST:
            return -offer.left, offer.number
        if strategy == DEEPEST_PRIORITIZED:
            return -offer.left, offer.priority, offer.number
        if strategy == DEEP_AND_CHEAP:
            return offer.left * offer.weight < lacking, offer.price, offer.number
        if strategy == DIVERSIFIED:
            return offer.there, offer.number
        return offer.price, offer.number

    return min((each for each in offers if each.left > 0), key=turn, default=None)


def strategy_of(fleet: FleetSpec, market: str, label: str, resize: bool) -> str:
    """The strategy of a market at the launch, or for later instances. EMR's defaults where none was requested."""
    spec, kind = (fleet.resize, "Resize") if resize else (fleet.launch, "")
    name = f"Spot{kind}Specification" if market == SPOT else f"OnDemand{kind}Specification"
    requested: str | None = ((spec or {}).get(name) or {}).get("AllocationStrategy")
    if requested or market != SPOT:
        return requested or LOWEST
    numbers = tuple(int(number) for number in re.findall(r"\d+", label)[:2])
    return DEEP_AND_CHEAP if numbers >= SINCE else DEEPEST


def offer_of(config: Mapping[str, Any], number: int, kind: InstanceType) -> Offer:
    """The type of an InstanceTypeConfig, at its price on demand."""
    weight = config.get("WeightedCapacity", 1)
    return Offer(
        kind.name, weight, kind.ec2_usd_hour / weight, config.get("Priority", NO_PRIORITY), number
    )  # fmt: skip
