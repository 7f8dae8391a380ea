"""Turns of the event loop for work of some milliseconds, so that API calls do not wait for all of it."""

from __future__ import annotations

import asyncio


class Turns:
    """Pieces of work each wait for `next`: the loop then answers what came in before it carries out the next piece."""

    def __init__(self) -> None:
        self._one_at_a_time = asyncio.Lock()

    async def next(self) -> None:
        """Return when the next piece may be carried out."""
        async with self._one_at_a_time:
            await asyncio.sleep(0)
