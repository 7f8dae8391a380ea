"""Long polling for SDK waiters: their calls are held until the awaited state is reached, or for some seconds.

A waiter polls every 30 s. AWS SDKs mark its calls in the User-Agent: the part `m/…`, a list of feature ids, contains
`B`. A marked call is answered when the awaited state is reached, at the latest after `limit` seconds (SDKs stop reading
after 60). Calls without the mark are never held, nor are calls when `most` calls are held already.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from localemr.api.changes import Changes
from localemr.tasks import end

HOLD_SECONDS = 20.0
MOST_HELD = 1000
"""Maximum number of held calls. A held call needs a connection and two tasks."""
WAITER_FEATURE = "B"


def is_marked(user_agent: str) -> bool:
    """Whether the request is a waiter's."""
    lists = (part[2:] for part in user_agent.split() if part.startswith("m/"))
    return any(WAITER_FEATURE in features.split(",") for features in lists)


class Waiters:
    """Holds the calls of waiters. For one event loop."""

    def __init__(self, changes: Changes, limit: float = HOLD_SECONDS, most: int = MOST_HELD) -> None:
        self._changes = changes
        self._limit = limit
        self._most = most
        self._held = 0

    async def hold(self, cluster_id: str, pending: Callable[[], bool], gone: Callable[[], Awaitable[None]]) -> None:
        """Return when the call may be answered: `pending` is false, the time limit is reached, or `gone` returned (the
        client disconnected). `pending` is evaluated at each change of the cluster."""
        if self._held >= self._most or not pending():
            return
        self._held += 1
        tasks = {asyncio.ensure_future(self._settled(cluster_id, pending)), asyncio.ensure_future(gone())}
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._held -= 1
            await end(*tasks)

    async def _settled(self, cluster_id: str, pending: Callable[[], bool]) -> None:
        loop = asyncio.get_running_loop()
        end = loop.time() + self._limit
        # Nothing is awaited between reading the store and `wait`, so no change is missed.
        while pending() and await self._changes.wait(cluster_id, end - loop.time()):
            pass
