"""Rule: instances that stopped or vanished without LocalEMR, and spot instances that EC2 interrupts.

When all of a cluster's instances stopped at once, that is an outage of the host: they are started again, if the runtime
supports that. The loss of the master ends the cluster, as does the loss of the last core instance (its HDFS is lost),
and that of a second one of three primaries. Any other lost instance ends, and the rule capacity replaces it.
"""

from __future__ import annotations

from localemr.domain.decide.attempts import attempts
from localemr.domain.decide.notices import is_interrupted
from localemr.domain.decide.passes import Pass
from localemr.domain.model.instructions import RemoveInstance, StartInstance
from localemr.domain.model.observed import SeenInstance
from localemr.domain.model.records import CORE, MASTER, Instance
from localemr.domain.model.states import ENDED, ClusterState, InstanceState, Reason
from localemr.domain.node.runs import interrupted_name

GRACE = 0.5  # seconds
STOPPING = 15.0
"""Seconds in which the others of a cluster's instances end, after one that was not killed: a machine that shuts down
stops all at once, and kills after 10 s what has not ended. A single one ends so when a user stops it."""


def losses(work: Pass) -> None:
    """Apply in every state before TERMINATING. Containers of ended instances are removed in every state."""
    for instance_id in work.seen.instances:
        known = work.instances.get(instance_id)
        if known is None or known.status.state in ENDED:
            work.emit(RemoveInstance(instance_id))
    if work.state in (ClusterState.TERMINATING, *ENDED):
        return
    lost = [each for each in work.live() if _is_lost(work, each)]
    if not lost or _still_in_grace(work, lost, GRACE):
        return
    if _is_outage(work, lost):
        work.emit(*(StartInstance(each.id) for each in lost))
        return
    if _may_be_outage(work, lost) and _still_in_grace(work, lost, STOPPING):
        return
    for instance in lost:
        _lose(work, instance)
    _end_cluster_if_unusable(work, lost)


def _is_lost(work: Pass, instance: Instance) -> bool:
    if is_interrupted(work, instance):
        return True
    if instance.status.leaving is not None:
        return False  # the rule shrink ends it
    seen = work.container(instance)
    if seen is None:
        return instance.status.state in (InstanceState.BOOTSTRAPPING, InstanceState.RUNNING)
    return seen.state == "ended"


def _still_in_grace(work: Pass, lost: list[Instance], seconds: float) -> bool:
    times = [seen.ended for each in lost if (seen := work.container(each)) and seen.ended is not None]
    until = max(times, default=0.0) + seconds
    if work.now >= until:
        return False
    work.wake(until)
    return True


def _is_outage(work: Pass, lost: list[Instance]) -> bool:
    if not work.seen.restarts:
        return False
    stopped = [seen for each in work.live() if (seen := work.container(each)) and seen.state == "ended"]
    if len(stopped) < len(work.live()):
        return False
    return len(stopped) > 1 or not stopped[0].killed


def _may_be_outage(work: Pass, lost: list[Instance]) -> bool:
    """Whether the others may be about to end, too."""
    ended = (seen for each in lost if (seen := work.container(each)) and seen.state == "ended")
    return work.seen.restarts and any(not seen.killed for seen in ended)


def _lose(work: Pass, instance: Instance) -> None:
    seen = work.container(instance)
    how = _end_of(seen) if seen else "its container was removed"
    if is_interrupted(work, instance):
        how = "Server.SpotInstanceTermination"  # EC2's own code
    message = f"Instance {instance.spec.ec2_id} was terminated: {how}.{_lost_data(work, instance)}"
    reason = Reason("INSTANCE_FAILURE", message)
    work.move_instance(instance, InstanceState.TERMINATED, reason)
    if seen:
        work.emit(RemoveInstance(instance.id))


def _end_of(seen: SeenInstance) -> str:
    code = "" if seen.exit_code is None else f" with exit code {seen.exit_code}"
    return f"its container ended{code}" + (f", {seen.why}" if seen.why else "")


def _lost_data(work: Pass, instance: Instance) -> str:
    """A sentence on the blocks of HDFS that an interrupted core instance takes with it."""
    if instance.spec.role != CORE or not is_interrupted(work, instance):
        return ""
    runs = (work.runs(work.master) if work.master else None) or {}
    tried = attempts(runs, interrupted_name(instance))
    count = tried[-1].note if tried and tried[-1].succeeded else ""
    return f" HDFS had {count or 'its'} blocks on it: those without another copy are lost."


def _end_cluster_if_unusable(work: Pass, lost: list[Instance]) -> None:
    roles = {instance.spec.role for instance in lost}
    if MASTER in roles and not all(work.is_replaceable(each) for each in lost):
        # The trailing space is EMR's own; clients match the message.
        work.end_cluster("INSTANCE_FAILURE", "The master node was terminated. ")
    elif CORE in roles and not any(each.spec.role == CORE for each in work.not_leaving()):
        work.end_cluster("INSTANCE_FAILURE", "NO_SLAVES_LEFT: all core instances were terminated.")
