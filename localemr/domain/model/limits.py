"""Limits of what EC2 has, as tests set them: a host always has another container. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase

from localemr.domain.model.places import Place
from localemr.domain.model.records import InstanceSpec


@dataclass(frozen=True)
class Limit:
    """EC2 has at most `count` instances at once that match (None: any number), at `price` USD an hour (None: the usual
    one). `type`, `market`, `zone` and `subnet` are shell patterns."""

    type: str = "*"
    market: str = "*"
    zone: str = "*"
    subnet: str = "*"
    count: int | None = None
    price: float | None = None

    def covers(self, type_: str, market: str, place: Place) -> bool:
        """Whether it is one for instances of this type and market in this place."""
        return (
            fnmatchcase(type_, self.type)
            and fnmatchcase(market, self.market)
            and fnmatchcase(place.zone, self.zone)
            and fnmatchcase(place.subnet, self.subnet)
        )


def left(limits: Iterable[Limit], there: Sequence[InstanceSpec], type_: str, market: str, place: Place) -> float:
    """How many instances more EC2 has of a type and market, beside those that are in the place."""
    counted = [each for each in limits if each.count is not None and each.covers(type_, market, place)]
    return min((max((each.count or 0) - _used(each, there, place), 0) for each in counted), default=float("inf"))


def without(limits: Iterable[Limit], used: Iterable[tuple[InstanceSpec, Place]]) -> tuple[Limit, ...]:
    """What the limits leave beside instances that are elsewhere used."""
    taken = list(used)

    def rest(limit: Limit) -> Limit:
        if limit.count is None:
            return limit
        of_it = sum(limit.covers(each.instance_type, each.market, place) for each, place in taken)
        return Limit(limit.type, limit.market, limit.zone, limit.subnet, max(limit.count - of_it, 0), limit.price)

    return tuple(map(rest, limits))


def price_of(limits: Iterable[Limit], type_: str, market: str, place: Place) -> float | None:
    """The price in USD an hour that the first limit with a price sets."""
    return next((each.price for each in limits if each.price is not None and each.covers(type_, market, place)), None)


def _used(limit: Limit, there: Iterable[InstanceSpec], place: Place) -> int:
    return sum(limit.covers(each.instance_type, each.market, place) for each in there)
