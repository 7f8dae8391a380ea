"""Turns of the event loop for work of some milliseconds, so that API calls do not wait for all of it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

LONG = 0.005
"""Seconds of a round of the event loop after which the next piece is for another round. The pieces of a small cluster
are carried out at once: a clock that stands is not moved between the decision and the act."""


class Turns:
    """Pieces of work each wait for `next`: in between the loop answers what came in."""

    def __init__(self, now: Callable[[], float] = time.monotonic) -> None:
        self._now = now
        self._one_at_a_time = asyncio.Lock()
        self._began: float | None = None
        """When the first piece of this round of the loop was carried out. None: there was none."""

    async def next(self) -> None:
        """Return when the next piece may be carried out."""
        async with self._one_at_a_time:
            if self._began is not None and self._now() - self._began > LONG:
                await asyncio.sleep(0)
            if self._began is None:
                self._began = self._now()
                asyncio.get_running_loop().call_soon(self._end_round)

    def _end_round(self) -> None:
        self._began = None
