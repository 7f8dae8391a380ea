"""Throttle of passes: API calls have priority, but cannot starve passes."""

from __future__ import annotations

import asyncio
import time

CALLS = 128
"""Calls after which one pass may begin. A pass takes as long as some ten calls, so less than one call in a hundred
waits for a pass."""
LONG = 0.01
"""Seconds of a pass after which as long a pause follows: calls that came meanwhile are answered."""
PAUSE = 0.001
"""Seconds without a call after which passes begin at once."""
ROUNDS = 3
"""Rounds of the event loop in which a call that came during a pass is counted: it is read, begun, carried out."""


class PassThrottle:
    """Lets passes begin one at a time: at once when no calls come, otherwise one for every CALLS calls."""

    def __init__(self) -> None:
        self._calls = 0
        """Calls since the last pass."""
        self._last_call = 0.0
        self._held = 0.0
        """Seconds for which the last pass held the event loop."""
        self._one_at_a_time = asyncio.Lock()

    def note_call(self) -> None:
        """Count an answered call."""
        self._calls += 1
        self._last_call = time.monotonic()

    def note_pass(self, seconds: float) -> None:
        """Note for how long a pass held the event loop."""
        self._held = seconds

    async def wait(self) -> None:
        """Return when the next pass may begin."""
        async with self._one_at_a_time:
            if self._held > LONG:
                held, self._held = self._held, 0.0
                await asyncio.sleep(held)
            # Nothing was counted while the last pass held the event loop: without this it would look like a pause.
            for _ in range(ROUNDS):
                await asyncio.sleep(0)
            while self._calls < CALLS and time.monotonic() - self._last_call < PAUSE:
                await asyncio.sleep(PAUSE)
            self._calls = 0
