"""Waiting in tests for what comes by itself."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
FIRST, LAST, GROWTH = 0.05, 0.5, 1.3
"""Seconds between the first looks, and later ones: looks take processor time from what is awaited."""
PATIENCE = 900.0
"""Seconds, far more than anything takes on a busy machine: a test waits for a state, its speed proves nothing."""
LIMIT = 2400
"""Seconds for one test that starts programs or containers, with the clusters that it is the first to use."""


def wait_for(what: str, look: Callable[[], T | None], seconds: float = PATIENCE) -> T:
    """The first true value that `look` gives; a failure that says what was awaited and what was seen last."""
    deadline, pause = time.monotonic() + seconds, FIRST
    while True:
        seen = look()
        if seen:
            return seen
        if time.monotonic() > deadline:
            raise AssertionError(f"waited {seconds:.0f} s for {what}; last seen: {seen!r}")
        time.sleep(pause)
        pause = min(pause * GROWTH, LAST)
