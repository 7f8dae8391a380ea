"""Deletes clusters some time after their end."""

from __future__ import annotations

import asyncio
import logging

from localemr.clock import Clock, elapse
from localemr.reconcile.throttle import PassThrottle
from localemr.store import Store, StoreFailure
from localemr.tasks import end

log = logging.getLogger(__name__)
DAY = 86400.0
EVERY = DAY / 4
"""Seconds between two rounds."""


class Retention:
    """Retains clusters for `days` after their end, and events for as long. With 0 days it retains them for ever."""

    def __init__(self, store: Store, clock: Clock, days: int, throttle: PassThrottle) -> None:
        self._store = store
        self._clock = clock
        self._days = days
        self._throttle = throttle
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin the first round, and another one every EVERY seconds of the clock."""
        if self._days > 0:
            self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop at once. The next start continues the deletion."""
        await end(self._task)

    async def _work(self) -> None:
        while True:
            try:
                await self.delete()
            except StoreFailure as error:
                log.warning("old clusters could not be deleted: %s", error)
            await elapse(self._clock, EVERY)

    async def delete(self) -> None:
        """One round. API calls and passes come between its transactions. Raises StoreFailure."""
        before = self._clock.now() - self._days * DAY
        history = self._store.history
        while ended := history.ended_before(before):
            for cluster_id in ended:
                await self._throttle.wait()
                while history.delete_some(cluster_id):
                    await self._throttle.wait()
                log.info("%s: deleted, %d days after its end", cluster_id, self._days)
        await self._throttle.wait()
        while history.delete_some_events(before):
            await self._throttle.wait()
