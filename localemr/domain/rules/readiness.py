"""Rule: when instances, groups and the cluster are ready.

The master waits, in a run of its own, until every check of the applications holds for all live instances: the
NameNode is out of safe mode and knows all DataNodes, the ResourceManager knows all NodeManagers. The run's name follows
from the set of instances, so that a replaced instance is waited for by a new run.
"""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.attempts import attempts, next_attempt
from localemr.domain.ids import derive
from localemr.domain.instructions import StartRun, StopRun
from localemr.domain.observed import LOST, RunReport
from localemr.domain.passes import Pass
from localemr.domain.records import MASTER, Instance, Reason
from localemr.domain.rules.bootstrap import bootstrapped
from localemr.domain.runs import await_run, log_place
from localemr.domain.states import ENDED, STARTING_UP, ClusterState, GroupState, InstanceState

PREFIX = "ready-"
WAIT = 600.0
"""Seconds within which applications must be ready."""


def readiness(work: Pass) -> None:
    """Apply while an instance is BOOTSTRAPPING, until the cluster terminates."""
    master = work.master
    if work.state in (ClusterState.TERMINATING, ClusterState.STARTING, *ENDED) or master is None:
        return
    runs = work.runs(master)
    if runs is None or not bootstrapped(work, master):
        return
    members = [each for each in work.live() if each.status.state != InstanceState.PROVISIONING]
    name = derive(PREFIX, 8, *(each.id for each in members))
    _stop_others(work, master, runs, name)
    if all(each.status.state == InstanceState.RUNNING for each in members):
        return
    tried = attempts(runs, name)
    last = tried[-1] if tried else None
    if last is None or last.state == LOST:
        checks = [check for application in work.applications() for check in application.checks]
        if attempt := next_attempt(work, runs, name):
            work.emit(StartRun(master.id, await_run(attempt, checks, members, work.cluster.spec.region)))
    elif not last.over:
        _limit(work, master, f"{name}.{len(tried)}", last)
    elif not last.succeeded:
        _fail(work, master, members, last.note)
    elif all(bootstrapped(work, each) for each in members):
        _set_ready(work, members)


def _stop_others(work: Pass, master: Instance, runs: Mapping[str, RunReport], name: str) -> None:
    for other, report in runs.items():
        if other.startswith(PREFIX) and not other.startswith(f"{name}.") and not report.over:
            work.emit(StopRun(master.id, other))


def _limit(work: Pass, master: Instance, name: str, report: RunReport) -> None:
    deadline = report.started + WAIT
    if work.now >= deadline:
        work.emit(StopRun(master.id, name))
    work.wake(max(deadline, work.now + 1))


def _fail(work: Pass, master: Instance, members: list[Instance], note: str) -> None:
    place = log_place(work.cluster, f"node/{master.spec.ec2_id}/applications/")
    message = f"waited {WAIT:.0f} s for {note or 'the applications'}" + (f"; logs: {place}" if place else "")
    if not work.ready:
        text = f"On the master instance ({master.spec.ec2_id}), application provisioning failed: {message}"
        work.end_cluster("BOOTSTRAP_FAILURE", text)
        return
    for instance in members:
        if instance.status.state == InstanceState.BOOTSTRAPPING and instance.spec.role != MASTER:
            work.move_instance(instance, InstanceState.TERMINATED, Reason("INSTANCE_FAILURE", message))


def _set_ready(work: Pass, members: list[Instance]) -> None:
    for instance in members:
        work.move_instance(instance, InstanceState.RUNNING)
    for group in list(work.groups.values()):
        mine = [each for each in work.live() if each.spec.group_id == group.id]
        if group.status.state == GroupState.BOOTSTRAPPING and all(
            each.status.state == InstanceState.RUNNING for each in mine
        ):
            work.move_group(group, GroupState.RUNNING)
    if work.state in STARTING_UP:
        work.move_cluster(ClusterState.RUNNING, Reason("", "Running step"))
