"""When passes may begin: calls of the API come first, but passes go on however many there are."""

from __future__ import annotations

import asyncio
import time

CALLS = 128
"""A pass takes as long as some ten calls. This way less than one call in a hundred waits for one."""
PAUSE = 0.001
"""Seconds without a call after which a pass delays none."""


class PassThrottle:
    """Lets one pass begin after the other: at once when no calls come, else one for every CALLS of them."""

    def __init__(self) -> None:
        self._calls = 0
        """Since the last turn."""
        self._last_call = 0.0
        self._one_at_a_time = asyncio.Lock()

    def note_call(self) -> None:
        """A call was answered."""
        self._calls += 1
        self._last_call = time.monotonic()

    async def wait(self) -> None:
        """Return when the next pass may begin."""
        async with self._one_at_a_time:
            while self._calls < CALLS and time.monotonic() - self._last_call < PAUSE:
                await asyncio.sleep(PAUSE)
            self._calls = 0
