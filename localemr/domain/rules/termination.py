"""Rule: how a cluster ends.

TerminateJobFlows begins it, or another rule did. Then steps end, each instance sends its last logs, containers go,
the network goes, and the cluster is TERMINATED or TERMINATED_WITH_ERRORS by the code of its reason.
"""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.instructions import RemoveInstance, RemoveNetwork, StartRun, StopRun
from localemr.domain.observed import RunReport
from localemr.domain.passes import Pass
from localemr.domain.records import Instance, Reason
from localemr.domain.runs import ship_run, step_name
from localemr.domain.states import ENDED, UNDER_WAY, ClusterState, GroupState, InstanceState, StepState

LOGS_WITHIN = 30.0
"""Seconds that the last logs may take; a LogUri that cannot be reached does not keep a cluster alive."""
LAST_LOGS = "ship-last"


def termination(work: Pass) -> None:
    """Apply when termination is wished for or under way."""
    if work.cluster.spec.terminate:
        work.end_cluster("USER_REQUEST", "Terminated by user request")
    if work.state != ClusterState.TERMINATING:
        return
    _end_steps(work)
    for instance in work.live():
        _end_instance(work, instance)
    if work.live() or work.seen.instances:
        return
    if work.seen.subnet is not None:
        work.emit(RemoveNetwork())
        return
    for group in list(work.groups.values()):
        if group.status.state not in ENDED:
            work.move_group(group, GroupState.TERMINATED, Reason("CLUSTER_TERMINATED", "Job flow terminated"))
    work.finish_cluster()


def _end_steps(work: Pass) -> None:
    for step in work.steps_in({StepState.PENDING}):
        work.move_step(step, StepState.CANCELLED)
    for step in work.steps_in(UNDER_WAY):
        cancelled = step.spec.cancel is not None
        work.move_step(step, StepState.CANCELLED if cancelled else StepState.INTERRUPTED)


def _end_instance(work: Pass, instance: Instance) -> None:
    if work.container(instance) is None:
        work.move_instance(instance, InstanceState.TERMINATED, Reason("CLUSTER_TERMINATED", "Job flow terminated"))
    elif _logs_are_safe(work, instance):
        work.emit(RemoveInstance(instance.id))


def _logs_are_safe(work: Pass, instance: Instance) -> bool:
    """Whether the instance has nothing to send any more, or its time for that is over."""
    deadline = work.cluster.status.since + LOGS_WITHIN
    seen = work.container(instance)
    if work.cluster.spec.log_uri is None or seen is None or seen.container != "running" or work.now >= deadline:
        return True
    work.wake(deadline)
    runs = work.runs(instance)
    if runs is None:
        return False
    if _stop_steps(work, instance, runs):
        return False
    report = runs.get(LAST_LOGS)
    if report is None:
        work.emit(StartRun(instance.id, ship_run(LAST_LOGS, work.cluster, "all", instance.spec.ec2_id)))
    return report is not None and report.over


def _stop_steps(work: Pass, instance: Instance, runs: Mapping[str, RunReport]) -> bool:
    """Kill steps that still run, so that their logs are complete; whether any does."""
    running = [step_name(step) for step in work.steps.values() if not _is_over(runs.get(step_name(step)))]
    work.emit(*(StopRun(instance.id, name, "KILL") for name in running))
    return bool(running)


def _is_over(report: RunReport | None) -> bool:
    return report is None or report.over
