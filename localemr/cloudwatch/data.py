"""What metrics are made of: data points, and what CloudWatch computes of those in a period."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

Dimensions = tuple[tuple[str, str], ...]
"""Names and values, sorted: the order in a request has no meaning."""

MINUTE, HOUR, DAY = 60, 3600, 86400
NO_UNIT = "None"


@dataclass(frozen=True, slots=True)
class Datum:
    """Values of a metric at one time: epoch seconds, rounded down to the metric's resolution."""

    namespace: str
    name: str
    dimensions: Dimensions
    unit: str
    at: int
    count: float
    sum: float
    least: float
    most: float

    @classmethod
    def of(cls, namespace: str, name: str, dimensions: Dimensions, unit: str, at: float, value: float) -> Datum:
        """One value, in the minute of `at`."""
        return cls(namespace, name, dimensions, unit, int(at // MINUTE) * MINUTE, 1.0, value, value, value)


@dataclass(frozen=True, slots=True)
class Period:
    """The data of a metric with one unit in a period that begins at `at` (epoch seconds)."""

    at: int
    unit: str
    count: float
    sum: float
    least: float
    most: float


STATISTICS: Mapping[str, Callable[[Period], float]] = {
    "SampleCount": lambda period: period.count,
    "Average": lambda period: period.sum / period.count if period.count else 0.0,
    "Sum": lambda period: period.sum,
    "Minimum": lambda period: period.least,
    "Maximum": lambda period: period.most,
}
"""CloudWatch's name → the statistic. There are no percentiles: single values are not kept."""


def merged(periods: Iterable[Period]) -> list[Period]:
    """Periods in the order of their times, those of different units together."""
    found: dict[int, Period] = {}
    for each in periods:
        before = found.get(each.at)
        found[each.at] = each if before is None else _together(before, each)
    return [found[at] for at in sorted(found)]


def _together(one: Period, other: Period) -> Period:
    return Period(
        one.at,
        one.unit,
        one.count + other.count,
        one.sum + other.sum,
        min(one.least, other.least),
        max(one.most, other.most),
    )
