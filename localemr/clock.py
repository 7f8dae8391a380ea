"""The controller's clock. A real clock, and one that tests can move and speed up (of the memory runtime)."""

from __future__ import annotations

import asyncio
import heapq
import itertools
import time
from collections.abc import Callable
from typing import Protocol


class Timer(Protocol):
    """A scheduled call."""

    def cancel(self) -> None:
        """Cancel the call."""


class Clock(Protocol):
    """Returns the time and schedules calls. For one event loop."""

    def now(self) -> float:
        """Epoch seconds."""

    def later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """Call when `delay` seconds of this clock have passed."""


async def elapse(clock: Clock, delay: float) -> None:
    """Wait until `delay` seconds of the clock have passed."""
    due = asyncio.Event()
    timer = clock.later(delay, due.set)
    try:
        await due.wait()
    finally:
        timer.cancel()


class RealClock:
    """The computer's clock."""

    def now(self) -> float:
        """See Clock."""
        return time.time()

    def later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """See Clock."""
        return asyncio.get_running_loop().call_later(max(delay, 0.0), callback)


class _Timer:
    """A scheduled call; without a callback after the call or its cancellation."""

    def __init__(self, clock: MovableClock, due: float, callback: Callable[[], None]) -> None:
        self.due, self._clock = due, clock
        self.callback: Callable[[], None] | None = callback

    def cancel(self) -> None:
        if self.callback is not None:
            self.callback = None
            self._clock.dropped()


class MovableClock:
    """Begins with the real time, runs `speed` times as fast (0: it stands), and can be moved forwards."""

    def __init__(self, now: float | None = None, speed: float = 1.0) -> None:
        self._base = time.time() if now is None else now
        self._since = time.monotonic()
        self._speed = speed
        # A heap, for there may be a timer for each of thousands of clusters. Cancelled timers stay in it for a while.
        self._timers: list[tuple[float, int, _Timer]] = []
        self._cancelled = 0
        self._numbers = itertools.count()
        self._alarm: asyncio.TimerHandle | None = None

    @property
    def speed(self) -> float:
        """The clock's seconds per real second."""
        return self._speed

    def now(self) -> float:
        """See Clock."""
        return self._base + (time.monotonic() - self._since) * self._speed

    def later(self, delay: float, callback: Callable[[], None]) -> Timer:
        """See Clock."""
        timer = _Timer(self, self.now() + max(delay, 0.0), callback)
        heapq.heappush(self._timers, (timer.due, next(self._numbers), timer))
        if self._timers[0][2] is timer:
            self._arm()
        return timer

    def set_speed(self, speed: float) -> None:
        """Set the speed. Raises ValueError for a negative speed."""
        if speed < 0:
            raise ValueError("a clock does not run backwards")
        self._base, self._since, self._speed = self.now(), time.monotonic(), speed
        self._arm()

    def set_time(self, now: float) -> None:
        """Move forwards to this time (epoch seconds). Raises ValueError for a past time."""
        self.advance(now - self.now())

    def advance(self, seconds: float) -> None:
        """Move forwards; due calls are made soon. Raises ValueError for a negative number."""
        if seconds < 0:
            raise ValueError("a clock does not run backwards")
        self._base += seconds
        self._arm()

    def dropped(self) -> None:
        """Count a cancelled timer. Cancelled timers are removed once they are the majority."""
        self._cancelled += 1
        if self._cancelled * 2 > len(self._timers):
            self._timers = [each for each in self._timers if each[2].callback is not None]
            heapq.heapify(self._timers)
            self._cancelled = 0

    def _arm(self) -> None:
        """Set one real timer for the first due call."""
        if self._alarm is not None:
            self._alarm.cancel()
            self._alarm = None
        if not self._timers:
            return
        left = self._timers[0][0] - self.now()
        if left <= 0:
            self._alarm = asyncio.get_running_loop().call_later(0, self._ring)
        elif self._speed > 0:
            self._alarm = asyncio.get_running_loop().call_later(left / self._speed, self._ring)

    def _ring(self) -> None:
        self._alarm = None
        now = self.now()
        due = list[_Timer]()
        while self._timers and self._timers[0][0] <= now:
            due.append(heapq.heappop(self._timers)[2])
        for timer in due:
            callback, timer.callback = timer.callback, None
            if callback is None:
                self._cancelled = max(self._cancelled - 1, 0)
            else:
                callback()
        self._arm()
