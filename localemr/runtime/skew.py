"""The difference between the controller's clock and that of a daemon on the instances' machine."""

from __future__ import annotations

import time
from collections.abc import Callable

TOLERANCE = 1.0
"""Differences below so many seconds are ignored: noise must not change the order of converted times."""
FRESH = 30.0
"""Seconds for which a measurement is valid: a virtual machine's clock is set after its computer slept."""


class Skew:
    """The lead of the daemon's clock in seconds."""

    def __init__(self, now: Callable[[], float] = time.time, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.now = now
        self._monotonic = monotonic
        self._ahead = 0.0
        self._measured: float | None = None

    @property
    def stale(self) -> bool:
        """Whether a new measurement is due."""
        return self._measured is None or self._monotonic() - self._measured > FRESH

    def measure(self, read_time: Callable[[], float]) -> None:
        """`read_time` returns the daemon's time, which counts for the middle of the call."""
        before = self.now()
        read = read_time()
        after = self.now()
        ahead = read - (before + after) / 2
        self._measured = self._monotonic()
        if abs(ahead - self._ahead) > TOLERANCE + (after - before) / 2:
            self._ahead = ahead if abs(ahead) > TOLERANCE else 0.0

    def to_controller(self, at: float) -> float:
        """The controller's time for a time of the daemon's."""
        return at - self._ahead

    def to_daemon(self, at: float) -> float:
        """The daemon's time for a time of the controller's."""
        return at + self._ahead
