"""Rule: unhealthy instances are replaced (EMR's management guide, "Replacing unhealthy nodes").

A core or task instance is unhealthy when its NodeManager says so (a health script, full disks) or is LOST. YARN gives
it no containers then. After 45 minutes it leaves, and the rule capacity adds another: YARN has an hour for what still
runs on it, HDFS copies its blocks for as long as that takes. Termination protection keeps core instances, and
UnhealthyNodeReplacement may be off. When the time of all core instances is over the cluster ends.
"""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.metrics import MEASURED, is_complete, is_missing, wrong_with
from localemr.domain.model.records import CORE, MASTER, Instance
from localemr.domain.model.states import InstanceState, Reason

UNHEALTHY, RECOVERED, REPLACING = "UNHEALTHY", "RECOVERED", "REPLACING"
"""Entries of the log. EMR's API has no such states."""


def unhealthy(work: Pass) -> None:
    """Apply in RUNNING and WAITING, while YARN's nodes are known."""
    measured = work.measurements()
    if not work.ready or is_missing(measured, work.now) or not is_complete(measured):
        return
    for instance in _workers(work):
        _note(work, instance)
    if not work.cluster.spec.unhealthy_node_replacement:
        return
    due = [each for each in _workers(work) if _is_due(work, each)]
    cores = [each for each in work.not_leaving() if each.spec.role == CORE]
    if cores and all(each in due for each in cores):
        work.end_cluster("INSTANCE_FAILURE", "NO_SLAVES_LEFT: all core instances are unhealthy.")
        return
    for instance in due:
        _replace(work, instance)


def _workers(work: Pass) -> list[Instance]:
    """Those whose NodeManagers were known before the last look."""
    look = work.measurements()[MEASURED].at
    return [
        each
        for each in work.not_leaving()
        if each.spec.role != MASTER
        and each.status.state == InstanceState.RUNNING
        and look > (each.status.ready or look)  # the name of its host may have been another's, which YARN has lost
    ]


def _note(work: Pass, instance: Instance) -> None:
    wrong, known = wrong_with(work.measurements(), instance.spec.host), instance.status.unhealthy is not None
    if wrong and not known:
        why, since = wrong
        work.note_health(instance, max(since, instance.status.ready or since), UNHEALTHY, f"{why}.")
    elif known and not wrong:
        work.note_health(instance, None, RECOVERED, "")


def _is_due(work: Pass, instance: Instance) -> bool:
    """Whether it was unhealthy for long enough. Requests a pass for that time."""
    if instance.status.unhealthy is None or (instance.spec.role == CORE and work.cluster.spec.termination_protected):
        return False
    until = instance.status.unhealthy + work.catalog.replacement.after
    if work.now < until:
        work.wake(until)
        return False
    return True


def _replace(work: Pass, instance: Instance) -> None:
    seconds = work.now - (instance.status.unhealthy or work.now)
    message = f"Instance {instance.spec.ec2_id} was unhealthy for {seconds:.0f} s."
    work.note_health(instance, instance.status.unhealthy, REPLACING, message)
    work.retire(work.instances[instance.id], Reason("INSTANCE_FAILURE", message))
