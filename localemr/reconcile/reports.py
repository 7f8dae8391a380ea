"""Reports of instances: their journals, followed and folded into the state of each run and measurement."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from localemr.domain.model.metrics import wakes
from localemr.domain.model.observed import EXITED, LOST, RUNNING, Measured, RunReport
from localemr.runtime.base import Boot, Entry, Measurement, Replay, RunEntry, Runtime, RuntimeFailure
from localemr.tasks import end

log = logging.getLogger(__name__)
FIRST_PAUSE, LONGEST_PAUSE = 0.2, 10.0
"""Seconds between the end of a follower and the start of the next."""


@dataclass
class Reported:
    """The reports of an instance. `last` is the number of the last entry, `started` whether there was any entry, and
    `followed` when the controller began to follow them."""

    followed: float = 0.0
    last: int = 0
    started: bool = False
    runs: dict[str, RunReport] = field(default_factory=dict)
    measurements: dict[str, Measured] = field(default_factory=dict)

    def fold(self, entry: Entry) -> bool:
        """Fold in one more entry. Returns whether it changed anything."""
        self.last = entry.number
        news = not self.started
        self.started = True
        match entry:
            case Replay(above, _, entries):
                before = (dict(self.runs), dict(self.measurements))
                if above == 0:
                    self.runs.clear()
                    self.measurements.clear()
                for each in entries:
                    self._fold_line(each)
                self.last = entry.number
                return news or before != (self.runs, self.measurements)
            case _:
                return self._fold_line(entry) or news

    def _fold_line(self, entry: Boot | RunEntry | Measurement) -> bool:
        match entry:
            case Boot():
                self.measurements.clear()
                return False
            case Measurement(_, name, value, at):
                self.measurements[name] = Measured(value, at)
                return wakes(name)
            case RunEntry():
                return self._fold_run(entry)

    def _fold_run(self, entry: RunEntry) -> bool:
        before = self.runs.get(entry.run)
        if entry.state == RUNNING:
            report = RunReport(RUNNING, entry.at)
        elif entry.state in (EXITED, LOST):
            started = before.started if before else entry.started
            report = RunReport(entry.state, started, entry.at, entry.code, entry.note)
        else:
            return False
        self.runs[entry.run] = report
        return report != before


class Reports:
    """Follows the journals of instances. Calls `changed(cluster)` after a new report of one of the cluster's
    instances."""

    def __init__(self, runtime: Runtime, changed: Callable[[str], None], now: Callable[[], float]) -> None:
        self._runtime = runtime
        self._now = now
        self._changed = changed
        self._reported: dict[str, Reported] = {}
        self._followers: dict[str, asyncio.Task[None]] = {}
        self._clusters: dict[str, frozenset[str]] = {}

    @property
    def known(self) -> set[str]:
        """Names of the followed instances."""
        return set(self._reported)

    def runs(self, instance: str) -> Mapping[str, RunReport] | None:
        """The runs of an instance. None until its supervisor has reported."""
        reported = self._reported.get(instance)
        return reported.runs if reported and reported.started else None

    def measurements(self, instance: str) -> Mapping[str, Measured]:
        """The measurements of an instance."""
        reported = self._reported.get(instance)
        return reported.measurements if reported else {}

    def all_measurements(self) -> Mapping[str, Mapping[str, Measured]]:
        """The measurements of all followed instances, by name."""
        return {name: reported.measurements for name, reported in self._reported.items()}

    def followed(self, instance: str) -> float | None:
        """When the controller began to follow the instance's reports. None: it does not."""
        reported = self._reported.get(instance)
        return reported.followed if reported else None

    def follow(self, cluster: str, running: Collection[str]) -> None:
        """Follow these instances of a cluster, and drop the reports of its other instances."""
        for name in self._clusters.pop(cluster, frozenset()) - frozenset(running):
            self._drop(name)
        if running:
            self._clusters[cluster] = frozenset(running)
        for name in running:
            if name not in self._followers:
                self._reported[name] = Reported(self._now())
                self._followers[name] = asyncio.create_task(self._follow(name, cluster))

    def _drop(self, name: str) -> None:
        if task := self._followers.pop(name, None):
            task.cancel()
        self._reported.pop(name, None)

    def drop(self, name: str, runs: Collection[str]) -> None:
        """Drop an instance's reports on these runs, which are not needed any more."""
        if reported := self._reported.get(name):
            for run in runs:
                reported.runs.pop(run, None)

    async def close(self) -> None:
        """Stop following everything."""
        await end(*self._followers.values())
        self._followers.clear()
        self._reported.clear()

    async def _follow(self, name: str, cluster: str) -> None:
        """Follow until cancelled. When the journal ends, a pass must observe whether the instance has ended."""
        reported, pause = self._reported[name], FIRST_PAUSE
        while True:
            try:
                async for entry in self._runtime.journal(name, reported.last):
                    pause = FIRST_PAUSE
                    if reported.fold(entry):
                        self._changed(cluster)
            except RuntimeFailure as error:
                log.warning("%s: its journal cannot be followed: %s", name, error)
            except Exception:
                log.exception("%s: following its journal failed", name)
            self._changed(cluster)
            await asyncio.sleep(pause)
            pause = min(pause * 2, LONGEST_PAUSE)
