"""Throttle of passes: API calls have priority, but cannot starve passes."""

from __future__ import annotations

import asyncio
import time

CALLS = 128
"""Calls after which one pass may begin. A pass takes as long as some ten calls, so less than one call in a hundred
waits for a pass."""
PAUSE = 0.001
"""Seconds without a call after which passes begin at once."""


class PassThrottle:
    """Lets passes begin one at a time: at once when no calls come, otherwise one for every CALLS calls."""

    def __init__(self) -> None:
        self._calls = 0
        """Calls since the last pass."""
        self._last_call = 0.0
        self._one_at_a_time = asyncio.Lock()

    def note_call(self) -> None:
        """Count an answered call."""
        self._calls += 1
        self._last_call = time.monotonic()

    async def wait(self) -> None:
        """Return when the next pass may begin."""
        async with self._one_at_a_time:
            while self._calls < CALLS and time.monotonic() - self._last_call < PAUSE:
                await asyncio.sleep(PAUSE)
            self._calls = 0
