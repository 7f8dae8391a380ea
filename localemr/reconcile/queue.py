"""The work queue: keys for workers, each key with one worker at a time. Independent of clusters.

A key that is added while it waits is queued once. A key that is added while a worker has it is queued again afterwards.
A delayed key is queued at its time, or earlier when it is added with a shorter delay.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from functools import partial

from localemr.clock import Clock, RealClock, Timer


class WorkQueue:
    """Keys with at most one worker each. Use it from one event loop."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock or RealClock()
        self._ready: OrderedDict[str, None] = OrderedDict()
        self._busy: set[str] = set()
        self._again: set[str] = set()
        self._timers: dict[str, tuple[float, Timer]] = {}
        self._wakeup = asyncio.Event()

    def add(self, key: str) -> None:
        """Queue `key` for the next free worker."""
        if timer := self._timers.pop(key, None):
            timer[1].cancel()
        if key in self._busy:
            self._again.add(key)
        else:
            self._ready[key] = None
            self._wakeup.set()

    def add_later(self, key: str, delay: float) -> None:
        """Queue `key` in `delay` seconds of the clock, or earlier when that was requested already."""
        due = self._clock.now() + max(delay, 0.0)
        if key in self._ready or key in self._again:
            return
        if timer := self._timers.get(key):
            if timer[0] <= due:
                return
            timer[1].cancel()
        self._timers[key] = (due, self._clock.later(delay, partial(self._due, key)))

    def _due(self, key: str) -> None:
        self._timers.pop(key, None)
        self.add(key)

    async def get(self) -> str:
        """The next key. Call `done` with it afterwards."""
        while not self._ready:
            self._wakeup.clear()
            await self._wakeup.wait()
        key, _ = self._ready.popitem(last=False)
        self._busy.add(key)
        return key

    def done(self, key: str) -> None:
        """The worker has finished with `key`."""
        self._busy.discard(key)
        if key in self._again:
            self._again.discard(key)
            self.add(key)

    def close(self) -> None:
        """Cancel all delayed keys."""
        for _, timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
