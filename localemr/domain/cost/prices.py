"""Prices, and the document in which users give their own. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from localemr.domain.model.instance_types import InstanceType

TYPE_MEMBERS = ("ec2", "emr")


@dataclass(frozen=True)
class Prices:
    """Prices in USD of one region, on a date, from a source.

    `types` have EC2's price and EMR's fee an hour, `own` has others in their place: `ec2`, `emr`, or both, by type.
    `volumes` are EBS's prices a GB-month, `iops` those of an IOPS-month. `spot_share` is the price of spot capacity as
    a share of that on demand.
    """

    region: str
    date: str
    source: str
    spot_share: float
    volumes: Mapping[str, float]
    iops: Mapping[str, float]
    types: Mapping[str, InstanceType]
    own: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    def ec2(self, name: str) -> float | None:
        """EC2's price of a type on demand, in USD an hour. None for an unknown type."""
        kind, own = self.types.get(name), self.own.get(name, {})
        return own.get("ec2", kind.ec2_usd_hour if kind else None)

    def emr(self, name: str) -> float:
        """EMR's fee for a type in USD an hour: on demand and spot alike. 0 for an unknown type."""
        kind, own = self.types.get(name), self.own.get(name, {})
        return own.get("emr", kind.emr_usd_hour if kind else 0.0)


def with_document(prices: Prices, document: Mapping[str, Any]) -> Prices:
    """The prices with those of a document in their place: what it lacks stays. Raises ValueError, naming the member."""
    known = {"region", "date", "source", "spot_share", "volumes", "iops", "types"}
    if unknown := sorted(document.keys() - known):
        raise ValueError(f"{unknown[0]}: expected one of {', '.join(sorted(known))}")
    share = _number("spot_share", document.get("spot_share", prices.spot_share))
    if share > 1:
        raise ValueError(f"spot_share: {share:g} is more than 1, the price on demand")
    types = {name: _type(name, each, prices) for name, each in _table("types", document).items()}
    return replace(
        prices,
        region=str(document.get("region", prices.region)),
        date=str(document.get("date", prices.date)),
        source=str(document.get("source", prices.source)),
        spot_share=share,
        volumes={**prices.volumes, **_numbers("volumes", _table("volumes", document))},
        iops={**prices.iops, **_numbers("iops", _table("iops", document))},
        own={**prices.own, **types},
    )


def _type(name: str, given: Any, prices: Prices) -> Mapping[str, float]:
    place = f"types.{name}"
    if name not in prices.types:
        raise ValueError(f"{place}: there is no such instance type")
    if not isinstance(given, Mapping) or not given or given.keys() - set(TYPE_MEMBERS):
        raise ValueError(f"{place}: expected {' and '.join(TYPE_MEMBERS)}, in USD an hour")
    return _numbers(place, given)


def _table(name: str, document: Mapping[str, Any]) -> Mapping[str, Any]:
    found = document.get(name, {})
    if not isinstance(found, Mapping):
        raise ValueError(f"{name}: expected a table")
    return found


def _numbers(place: str, given: Mapping[str, Any]) -> dict[str, float]:
    return {name: _number(f"{place}.{name}", value) for name, value in given.items()}


def _number(place: str, value: Any) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value < float("inf"):
        raise ValueError(f"{place}: expected a number that is not negative, got {value!r}")
    return float(value)
