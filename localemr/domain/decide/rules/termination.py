"""Rule: termination of a cluster.

TerminateJobFlows or another rule begins it. Then steps end, each instance uploads its last logs, instances are removed,
the shared resources are removed, and the cluster is TERMINATED or TERMINATED_WITH_ERRORS by the code of its reason.
"""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.retirement import can_be_removed
from localemr.domain.model.instructions import RemoveCluster, RemoveInstance
from localemr.domain.model.records import Instance
from localemr.domain.model.states import ENDED, UNDER_WAY, ClusterState, GroupState, InstanceState, Reason, StepState
from localemr.domain.node.runs import STEP_RUNS


def termination(work: Pass) -> None:
    """Apply when termination is requested or under way."""
    if work.cluster.spec.terminate:
        work.end_cluster("USER_REQUEST", "Terminated by user request")
    if work.state != ClusterState.TERMINATING:
        return
    _end_steps(work)
    _end_instances(work)
    if work.live() or work.seen.instances:
        return
    if work.seen.gateway is not None:
        work.emit(RemoveCluster())
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


def _end_instances(work: Pass) -> None:
    """All instances upload their last logs at once. The master's logs include the job history in HDFS: the other
    instances stay until it has uploaded them. Of three primaries it is the one with the active NameNode."""
    free = all([_can_be_removed(work, each) for each in work.masters()])
    for instance in work.live():
        if work.container(instance) is None:
            work.move_instance(instance, InstanceState.TERMINATED, Reason("CLUSTER_TERMINATED", "Job flow terminated"))
        elif _can_be_removed(work, instance) and free:
            work.emit(RemoveInstance(instance.id))


def _can_be_removed(work: Pass, instance: Instance) -> bool:
    if not work.has_log_uri:
        return True
    steps = [name for name in work.runs(instance) or {} if name.startswith(STEP_RUNS)]
    return can_be_removed(work, instance, work.cluster.status.since, steps, "KILL")
