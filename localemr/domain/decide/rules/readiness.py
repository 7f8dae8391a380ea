"""Rule: readiness of instances and of the cluster.

A run on the master waits until every check of the applications holds for all live instances: the NameNode is out of
safe mode and knows all DataNodes, the ResourceManager knows all NodeManagers. The run's name is derived from the set of
instances, so an added or replaced instance gets a new run. In a ready cluster an instance with running bootstrap
actions does not delay the others, nor does an unhealthy one, which YARN may have lost. Steps wait while the master's
daemons restart.
"""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.decide.attempts import attempts, next_attempt
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.bootstrap import bootstrapped
from localemr.domain.decide.rules.daemons import daemons_of, run_base
from localemr.domain.model.ids import derive
from localemr.domain.model.instructions import StartRun, StopRun
from localemr.domain.model.observed import LOST, RunReport
from localemr.domain.model.records import Instance
from localemr.domain.model.states import ENDED, STARTING_UP, ClusterState, InstanceState, Reason
from localemr.domain.node.runs import await_run, log_place

PREFIX = "ready-"


def readiness(work: Pass) -> None:
    """Apply while an instance is BOOTSTRAPPING or daemons were restarted, until the cluster terminates."""
    master = work.master
    if work.state in (ClusterState.TERMINATING, ClusterState.STARTING, *ENDED) or master is None:
        return
    runs = work.runs(master)
    if runs is None or not bootstrapped(work, master):
        return
    awaited = [each for each in work.not_leaving() if each.status.unhealthy is None]
    provisioned = [each for each in awaited if each.status.state != InstanceState.PROVISIONING]
    members = [each for each in provisioned if each.status.state == InstanceState.RUNNING or bootstrapped(work, each)]
    if not work.ready and len(members) < len(provisioned):
        return
    name = derive(PREFIX, 8, *(each.id for each in members))
    _stop_others(work, master, runs, name)
    all_running = all(each.status.state == InstanceState.RUNNING for each in members)
    if all_running and applications_are_up(work):
        return
    tried = attempts(runs, name)
    last = tried[-1] if tried else None
    if last is None or last.state == LOST or (all_running and last.over):
        checks = [check for application in work.applications() for check in application.checks]
        if attempt := next_attempt(work, runs, name):
            primaries = work.cluster.status.primaries
            work.emit(StartRun(master.id, await_run(attempt, checks, members, work.cluster.spec.region, primaries)))
    elif last.succeeded:
        _set_ready(work, members)
    elif last.over:
        _fail(work, master, members, last)


def applications_are_up(work: Pass) -> bool:
    """Whether the applications were found ready after the last start of the master's daemons.

    After an outage, or a restart of the NameNode, steps would not reach the daemons. A container that is going down
    reports its lost runs one by one, so any lost run counts.
    """
    runs = work.runs(work.master) if work.master else None
    if runs is None or work.master is None:
        return False
    found = max(
        (run.ended or 0.0 for name, run in runs.items() if name.startswith(PREFIX) and run.succeeded), default=0.0
    )
    if any(run.state == LOST and (run.ended or 0.0) > found for run in runs.values()):
        return False
    needed = [daemon for daemon in daemons_of(work, work.master) if not daemon.late]
    latest = [tried[-1] for daemon in needed if (tried := attempts(runs, run_base(work.master, daemon)))]
    return len(latest) == len(needed) and all(not run.over and run.started <= found for run in latest)


def _stop_others(work: Pass, master: Instance, runs: Mapping[str, RunReport], name: str) -> None:
    for other, report in runs.items():
        if other.startswith(PREFIX) and not other.startswith(f"{name}.") and not report.over:
            work.emit(StopRun(master.id, other))


def _fail(work: Pass, master: Instance, members: list[Instance], last: RunReport) -> None:
    place = log_place(work.cluster, f"node/{master.spec.ec2_id}/applications/")
    waited = (last.ended or last.started) - last.started
    message = f"waited {waited:.0f} s for {last.note or 'the applications'}" + (f"; logs: {place}" if place else "")
    if not work.ready:
        text = f"On the master instance ({master.spec.ec2_id}), application provisioning failed: {message}"
        work.end_cluster("BOOTSTRAP_FAILURE", text)
        return
    for instance in members:
        if instance.status.state == InstanceState.BOOTSTRAPPING and work.is_replaceable(instance):
            work.retire(instance, Reason("INSTANCE_FAILURE", message))


def _set_ready(work: Pass, members: list[Instance]) -> None:
    for instance in members:
        work.move_instance(instance, InstanceState.RUNNING)
    if work.state in STARTING_UP:
        work.move_cluster(ClusterState.RUNNING, Reason("", "Running step"))
