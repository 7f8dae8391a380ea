"""A run of tests with an end: `--until` names it, and tests on real clusters that have not begun by then are skipped.

CI ends a run that takes too long, and what it has seen is lost with it.
"""

from __future__ import annotations

import time

import pytest

from tests.waiting import LIMIT

OPTION = "--until"
GRACE = 900
"""Seconds beyond the end for a test that has begun before it."""
REASON = f"there was no time left ({OPTION})"


def add_option(parser: pytest.Parser) -> None:
    """The option."""
    parser.addoption(
        OPTION, type=int, default=0, metavar="EPOCH",
        help="Begin no test on real clusters after this time, in seconds since 1970.",
    )  # fmt: skip


def rotated(groups: list[str], until: int) -> list[str]:
    """The groups of tests in their order; with an end each run begins with another one: none is always last."""
    first = until // 60 % len(groups) if until and groups else 0
    return groups[first:] + groups[:first]


class TimeLimit:
    """Skips tests on real clusters after the end, and ends those that run far beyond it."""

    def __init__(self, until: int) -> None:
        self._until = until

    @pytest.hookimpl(tryfirst=True)  # before pytest-timeout reads the mark
    def pytest_runtest_protocol(self, item: pytest.Item) -> None:
        if item.get_closest_marker("cluster") is None:
            return
        left = self._until - time.time()
        if left < 0:
            item.add_marker(pytest.mark.skip(reason=REASON))
        else:
            item.add_marker(pytest.mark.timeout(min(LIMIT, left + GRACE)), append=False)
