"""The shares of steps in what a cluster costs while they run. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import NamedTuple


class Span(NamedTuple):
    """A time, in epoch seconds, in which each second costs `rate`."""

    began: float
    ended: float
    rate: float


def shares(spans: Iterable[Span], runs: Sequence[tuple[float, float]]) -> list[float]:
    """What each run pays of the spans: in each second, those that run then share it equally.

    One walk through the times at which anything changes; `paid` is what a run would have paid that was always there.
    """
    changes = [(at, sign * span.rate, 0) for span in spans for at, sign in ((span.began, 1), (span.ended, -1))]
    changes += [(at, 0.0, sign) for run in runs for at, sign in zip(run, (1, -1), strict=True)]
    rate, running, paid, last = 0.0, 0, 0.0, 0.0
    paid_at: dict[float, float] = {}
    for at, group in groupby(sorted(changes), key=lambda each: each[0]):
        paid += rate * (at - last) / running if running else 0.0
        for _, more, begun in group:
            rate, running = rate + more, running + begun
        paid_at[at], last = paid, at
    return [max(paid_at[ended] - paid_at[began], 0.0) for began, ended in runs]
