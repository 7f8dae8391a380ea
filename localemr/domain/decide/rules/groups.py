"""Rule: the state of a group. RUNNING: it has the requested instances. RESIZING: instances are being added or removed.
SUSPENDED: new instances failed repeatedly, and no more are created until the group is modified (emr-behaviour §5.2)."""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.fleets import lacking, surplus
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.records import Instance
from localemr.domain.model.states import ENDED, ClusterState, GroupState, InstanceState, Reason

MOST_FAILURES = 5


def groups(work: Pass) -> None:
    """Apply until the cluster terminates. The rule capacity ends PROVISIONING, reconfiguration ends RECONFIGURING."""
    if work.state in (ClusterState.TERMINATING, *ENDED):
        return
    for group in list(work.groups.values()):
        if group.status.state == GroupState.RECONFIGURING:
            continue
        failed = failures_in_a_row(work, group)
        if is_complete(work, group):
            if group.status.state != GroupState.PROVISIONING and not _misconfigured(group):
                work.move_group(group, GroupState.RUNNING)
        elif len(failed) >= MOST_FAILURES and group.status.state != GroupState.RUNNING:
            message = f"{len(failed)} instances failed, the last one: {failed[0].status.reason.message}"
            work.move_group(group, GroupState.SUSPENDED, Reason("INSTANCE_FAILURE", message))
        elif group.status.state in (GroupState.RUNNING, GroupState.SUSPENDED):
            work.move_group(group, GroupState.RESIZING)


def failures_in_a_row(work: Pass, group: InstanceGroup) -> list[Instance]:
    """The group's instances that failed before they were ready, newest first, since the last ready instance and the
    last modification of the group."""
    failed = []
    for each in work.newest_first(group):
        if each.status.ready is not None or each.created < group.spec.changed:
            break
        if each.status.reason.code:  # an instance that left because its group was shrunk has no code
            failed.append(each)
    return failed


def _misconfigured(group: InstanceGroup) -> bool:
    """Whether the group was suspended because the rollback to its last working configurations failed."""
    return group.status.state == GroupState.SUSPENDED and group.status.target != group.status.applied


def is_complete(work: Pass, group: InstanceGroup) -> bool:
    """Whether the group has the requested instances, all running."""
    members = work.members(group)
    return (
        not lacking(group, members)
        and not surplus(group, members)
        and all(each.status.state == InstanceState.RUNNING and each.status.leaving is None for each in members)
    )
