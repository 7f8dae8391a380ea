"""Removal of an instance, with its cluster or alone: its runs are stopped, then its last logs are uploaded."""

from __future__ import annotations

from collections.abc import Iterable

from localemr.domain.decide.passes import Pass
from localemr.domain.model.instructions import StartRun, StopRun
from localemr.domain.model.records import Instance
from localemr.domain.node.runs import last_logs_run

LOGS_WITHIN = 30.0
"""Time limit of the removal in seconds. An unreachable LogUri does not keep an instance alive."""
LAST_LOGS = "ship-last"


def can_be_removed(work: Pass, instance: Instance, since: float, names: Iterable[str], signal: str) -> bool:
    """Whether the instance's container can be removed: the runs `names` are over, so that their logs are complete, and
    the last logs were uploaded, if there is a LogUri. Stops and uploads what remains, at most LOGS_WITHIN seconds from
    `since`."""
    seen = work.container(instance)
    deadline = since + LOGS_WITHIN
    if seen is None or seen.state != "running" or work.now >= deadline:
        return True
    work.wake(deadline)
    runs = work.runs(instance)
    if runs is None:
        return False
    running = [name for name in names if (report := runs.get(name)) is not None and not report.over]
    if running:
        work.emit(*(StopRun(instance.id, name, signal) for name in running))
        return False
    if not work.has_log_uri:
        return True
    report = runs.get(LAST_LOGS)
    if report is None:
        work.emit(StartRun(instance.id, last_logs_run(LAST_LOGS, work.cluster, instance)))
    return report is not None and report.over
