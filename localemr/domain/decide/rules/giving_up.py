"""Daemons of a leaving instance that give up their work, each by the command that its application states (`Leave`):
servers of queries finish their tasks, servers of regions hand theirs over.

The commands run beside YARN's and HDFS's decommissioning. A daemon is stopped once its command is over, or its time:
HDFS may wait for the files that it has open.
"""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.decide.attempts import attempts
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.daemons import daemons_of, run_base
from localemr.domain.model.application import Daemon, Leave
from localemr.domain.model.instructions import StartRun, StopRun
from localemr.domain.model.observed import RunReport
from localemr.domain.model.records import Instance
from localemr.domain.node.instance_files import facts_of
from localemr.domain.node.runs import LEAVE_RUNS, leave_name, leave_run


def given_up(work: Pass, instance: Instance, since: float) -> float | None:
    """Epoch time at which the last daemon had given up its work, not before `since`. None while one has some. Starts
    the commands, and stops the daemons whose command is over."""
    runs = work.runs(instance)
    if runs is None:
        return None
    times = [_given_up(work, instance, each, each.leave, runs) for each in daemons_of(work, instance) if each.leave]
    ends = [since, *(time for time in times if time is not None)]
    return max(ends) if len(ends) > len(times) else None


def giving_up(work: Pass, instance: Instance) -> list[str]:
    """The runs with which the instance's daemons give up their work at the moment."""
    runs = work.runs(instance) or {}
    return [name for name, report in runs.items() if name.startswith(LEAVE_RUNS) and not report.over]


def _given_up(
    work: Pass, instance: Instance, daemon: Daemon, leave: Leave, runs: Mapping[str, RunReport]
) -> float | None:
    base, name = run_base(instance, daemon), leave_name(instance, daemon)
    own = attempts(runs, base)
    if not own or own[-1].over:
        return 0.0  # it has nothing to give up any more
    facts = facts_of(work.records(), instance, work.applications(), work.catalog)
    seconds = leave.within(facts)
    if seconds <= 0:
        return 0.0
    report = runs.get(name)
    if report is None:
        work.emit(StartRun(instance.id, leave_run(name, daemon, leave, facts)))
        return None
    until = report.started + seconds
    if not report.over and work.now < until:
        work.wake(until)
        return None
    work.emit(StopRun(instance.id, f"{base}.{len(own)}"))
    return until if report.ended is None else report.ended
