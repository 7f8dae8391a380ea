"""The Spark jobs of a statement: a job group by which they are cancelled, and their progress."""

from __future__ import annotations

import signal
import threading
import time
from typing import Any

PAUSE = 0.2  # seconds
INTERRUPTED_AFTER = 1.0
"""Seconds after which code that has no Spark job is interrupted itself."""


class Jobs:
    """The jobs of a statement, whose code runs in the thread that makes this."""

    def __init__(self, spark: Any, number: int, kind: str) -> None:
        self._context, self._group, self._kind = spark.sparkContext, str(number), kind
        self._thread = threading.get_ident()
        self._context.setJobGroup(self._group, f"Job group for statement {number}")
        jvm = getattr(self._context, "_jvm", None)
        # The thread of the JVM that works for this one: Python's threads have one each.
        self._java = jvm.java.lang.Thread.currentThread() if jvm is not None else None

    def progress(self) -> float:
        """The share of tasks that are done, 0 to 1."""
        tracker = self._context.statusTracker()
        stages = []
        for job in tracker.getJobIdsForGroup(self._group):
            if found := tracker.getJobInfo(job):
                stages += [stage for each in found.stageIds if (stage := tracker.getStageInfo(each))]
        tasks = sum(stage.numTasks for stage in stages)
        return sum(stage.numCompletedTasks for stage in stages) / tasks if tasks else 0.0

    def _active(self) -> bool:
        tracker = self._context.statusTracker()
        found = (tracker.getJobInfo(job) for job in tracker.getJobIdsForGroup(self._group))
        return any(each and each.status == "RUNNING" for each in found)

    def cancel(self, done: threading.Event, seconds: float) -> bool:
        """Cancel the jobs, again and again; code without jobs is interrupted. Whether it has ended within the time."""
        began = time.monotonic()
        interrupted = False
        while not done.is_set() and time.monotonic() - began < seconds:
            self._context.cancelJobGroup(self._group)
            if time.monotonic() - began > INTERRUPTED_AFTER and not interrupted and not self._active():
                self._interrupt()
                interrupted = True
            done.wait(PAUSE)
        return done.is_set()

    def _interrupt(self) -> None:
        if self._kind == "pyspark":
            signal.pthread_kill(self._thread, signal.SIGINT)
        elif self._java is not None:
            self._java.interrupt()
