"""Line charts as SVG: what a template needs to draw them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

WIDTH, HEIGHT = 600.0, 140.0
"""The plot's size in the SVG's own units."""
GAP = 2.5
"""Periods without a value after which a line breaks off."""

Points = Sequence[tuple[float, float]]
"""Times (epoch seconds) and values, by time."""


@dataclass(frozen=True)
class Line:
    """One metric in a chart: its name, its pieces (`points` of an SVG polyline), its single values (x and y), and the
    last, lowest and highest value."""

    name: str
    pieces: tuple[str, ...]
    dots: tuple[tuple[float, float], ...]
    last: float
    lowest: float
    highest: float


@dataclass(frozen=True)
class Chart:
    """A chart; `top` is the value at its upper edge, its lower edge is 0. Without `lines` nothing was measured."""

    title: str
    unit: str
    top: float
    lines: tuple[Line, ...]

    @property
    def text(self) -> str:
        """What the chart shows, for readers who do not see it."""
        unit = f" {self.unit}" if self.unit else ""
        shown = [f"{each.name}: last {figure(each.last)}{unit}" for each in self.lines]
        return f"{self.title}. " + "; ".join(shown)


def chart(title: str, unit: str, series: Mapping[str, Points], span: tuple[float, float], period: float) -> Chart:
    """The chart of series by name, in the time from the first to the last moment of `span`. Values come every `period`
    seconds."""
    found = {name: points for name, points in series.items() if points}
    top = nice(max((value for points in found.values() for _, value in points), default=0.0))
    lines = tuple(_line(name, points, span, top, period) for name, points in found.items())
    return Chart(title, unit, top, lines)


def figure(value: float) -> str:
    """A value to read.

    >>> figure(24576), figure(0.25), figure(2)
    ('24,576', '0.25', '2')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.4g}"


def nice(value: float) -> float:
    """The next number above that is easy to read: 1, 2, 2.5 or 5 times a power of ten.

    >>> nice(7.2), nice(120), nice(0)
    (10.0, 200.0, 1.0)
    """
    power = 1.0
    while value > power * 10:
        power *= 10
    while 0 < value <= power:
        power /= 10
    return next((power * each for each in (1, 2, 2.5, 5, 10) if value <= power * each), 1.0)


def _line(name: str, points: Points, span: tuple[float, float], top: float, period: float) -> Line:
    begin, whole = span[0], (span[1] - span[0]) or 1.0
    pieces: list[list[tuple[float, float]]] = []
    last = float("-inf")
    for at, value in points:
        if at - last > GAP * period:
            pieces.append([])
        pieces[-1].append((round(WIDTH * (at - begin) / whole, 1), round(HEIGHT * (1 - value / top), 1)))
        last = at
    values = [value for _, value in points]
    return Line(
        name,
        tuple(" ".join(f"{x},{y}" for x, y in each) for each in pieces if len(each) > 1),
        tuple(each[0] for each in pieces if len(each) == 1),
        values[-1],
        min(values),
        max(values),
    )
