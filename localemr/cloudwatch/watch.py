"""What happens by the clock: services' metrics are collected, alarms evaluated, old data brought together."""

from __future__ import annotations

import asyncio
import logging
import sqlite3
from collections.abc import Callable, Iterable

from localemr.clock import Clock, elapse
from localemr.cloudwatch.alarms import Alarms, Document
from localemr.cloudwatch.data import DAY, MINUTE, Datum, Period, merged
from localemr.cloudwatch.evaluation import evaluate, window
from localemr.cloudwatch.metrics import Metric, Metrics
from localemr.tasks import end

log = logging.getLogger(__name__)
EVERY = 10.0
"""Seconds between two looks: the shortest period of an alarm."""
LONGEST_JUMP = 7 * DAY
"""Of a clock that was moved forwards the last part, so long, is made up for minute by minute."""
FIRST_THIN = 600.0
"""Seconds from the start to the first time that old data is brought together; then it is every day."""
SERIES_A_TURN = 20


class Watch:
    """Collects and evaluates every EVERY seconds of the clock."""

    def __init__(
        self,
        metrics: Metrics,
        alarms: Alarms,
        clock: Clock,
        collect: Callable[[float], Iterable[Datum]] = lambda at: (),
        keep_days: int = 0,
        make_up: bool = False,
    ) -> None:
        """`collect` returns what is due at a time, for growing times. Data is kept for `keep_days` (0: for ever).
        `make_up` is whether to look at the minutes that a moved clock has left out."""
        self._metrics, self._alarms, self._clock = metrics, alarms, clock
        self._collect = collect
        self._keep_days, self._make_up = keep_days, make_up
        self._last = clock.now()
        self._thinned = self._last - DAY + FIRST_THIN
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin, in the running event loop."""
        self._task = asyncio.create_task(self._work())

    async def stop(self) -> None:
        """Stop at once."""
        await end(self._task)

    async def _work(self) -> None:
        while True:
            # Counted from the last look: the clock may have been moved since.
            await elapse(self._clock, self._last + EVERY - self._clock.now())
            try:
                await self.catch_up()
                await self._thin()
            except sqlite3.Error as error:
                log.warning("metrics could not be kept: %s", error)
            except Exception:
                log.exception("metrics could not be collected")

    async def catch_up(self) -> None:
        """Look at now, and at the times left out. Other work comes between the minutes. Raises sqlite3.Error."""
        self._last = max(self._last, self._clock.now() - LONGEST_JUMP)
        while self._make_up and self._last + 2 * EVERY < self._clock.now():
            self._last = min((self._last // MINUTE + 1) * MINUTE, self._clock.now())
            self.look(self._last)
            await asyncio.sleep(0)
        now = self._clock.now()
        if self._last < now:
            self._last = now
            self.look(now)

    def look(self, at: float) -> None:
        """Collect what is due at a time, and evaluate all alarms. Raises sqlite3.Error."""
        if data := list(self._collect(at)):
            self._metrics.add(data)
        for alarm in self._alarms.all():
            self._evaluate(alarm, at)

    def found(self, alarm: Document, at: float) -> list[Period]:
        """The data by which an alarm is evaluated at a time. Raises sqlite3.Error."""
        start, end = window(alarm, at)
        dimensions = tuple(sorted((each["Name"], each["Value"]) for each in alarm["Dimensions"]))
        metric = Metric(alarm["Namespace"], alarm["MetricName"], dimensions)
        return merged(self._metrics.read(metric, start, end, alarm["Period"], alarm.get("Unit")))

    def _evaluate(self, alarm: Document, at: float) -> None:
        verdict = evaluate(alarm, self.found(alarm, at), at)
        if verdict is not None and verdict.state != alarm["StateValue"]:
            self._alarms.move(alarm, verdict.state, verdict.reason, verdict.data, at)
            log.info("alarm %s: %s (%s)", alarm["AlarmName"], verdict.state, verdict.reason)

    async def _thin(self) -> None:
        now = self._clock.now()
        if now < self._thinned + DAY:
            return
        self._thinned = now
        for number, series in enumerate(self._metrics.ids(), 1):
            self._metrics.thin(series, now, self._keep_days)
            if number % SERIES_A_TURN == 0:
                await asyncio.sleep(0)
