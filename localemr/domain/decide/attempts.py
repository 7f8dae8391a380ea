"""Runs that are retried: the attempts of `name` are the runs `name.1`, `name.2`, … of an instance."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count

from localemr.domain.decide.passes import Pass
from localemr.domain.model.observed import RunReport

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 60.0  # seconds


def attempts(runs: Mapping[str, RunReport], name: str) -> list[RunReport]:
    """The attempts so far, oldest first."""
    found: list[RunReport] = []
    for number in count(1):
        report = runs.get(f"{name}.{number}")
        if report is None:
            return found
        found.append(report)
    raise AssertionError("unreachable")


def next_attempt(work: Pass, runs: Mapping[str, RunReport], name: str) -> str | None:
    """Name of the run to start now. None while the last attempt runs or its pause lasts.

    The pause doubles with each attempt. Requests a pass for the end of the pause.
    """
    earlier = attempts(runs, name)
    if earlier:
        last = earlier[-1]
        if not last.over:
            return None
        due = (last.ended or last.started) + min(FIRST_PAUSE * 2 ** (len(earlier) - 1), LONGEST_PAUSE)
        if work.now < due:
            work.wake(due)
            return None
    return f"{name}.{len(earlier) + 1}"
