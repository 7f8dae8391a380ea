"""Removal of an instance, with its cluster or alone: its runs are stopped, then its last logs are uploaded.

A removal waits for everything that makes progress, however long it takes on a busy machine. Only a LogUri that cannot
be reached, and an instance that never reports, end it early.
"""

from __future__ import annotations

from collections.abc import Iterable

from localemr.domain.decide.attempts import attempts, next_attempt
from localemr.domain.decide.passes import Pass
from localemr.domain.model.instructions import StartRun, StopRun
from localemr.domain.model.observed import SeenInstance
from localemr.domain.model.records import Instance
from localemr.domain.node.runs import LOGS_REFUSED, last_logs_run

LOGS_WITHIN, MOST_FAILURES = 30.0, 3
"""Uploads are given up when they have failed so often and for so many seconds."""
REPORTS_WITHIN = 300.0
"""Seconds in which the supervisor of a running container reports; otherwise it never will."""
LAST_LOGS = "ship-last"


def can_be_removed(work: Pass, instance: Instance, since: float, names: Iterable[str], signal: str) -> bool:
    """Whether the instance's container can be removed: the runs `names` are over, so that their logs are complete, and
    the last logs were uploaded, if there is a LogUri. Stops and uploads what remains, from `since` on."""
    seen = work.container(instance)
    if seen is None or seen.state != "running":
        return True
    runs = work.runs(instance)
    if runs is None:
        return _is_silent(work, seen, since)
    running = [name for name in names if (report := runs.get(name)) is not None and not report.over]
    if running:
        work.emit(*(StopRun(instance.id, name, signal) for name in running))
        return False
    if not work.has_log_uri:
        return True
    tried = attempts(runs, LAST_LOGS)
    if tried and tried[-1].over:
        last = tried[-1]
        given_up = len(tried) >= MOST_FAILURES and work.now >= since + LOGS_WITHIN
        if last.succeeded or last.code == LOGS_REFUSED or given_up:
            return True
    if name := next_attempt(work, runs, LAST_LOGS):
        work.emit(StartRun(instance.id, last_logs_run(name, work.cluster, instance)))
    return False


def _is_silent(work: Pass, seen: SeenInstance, since: float) -> bool:
    """Whether the instance has not reported for too long, since the controller began to listen to it."""
    deadline = max(since, seen.followed or since) + REPORTS_WITHIN
    if work.now < deadline:
        work.wake(deadline)
        return False
    return True
