"""Rule: a group is RUNNING while it is as asked for, and RESIZING while instances come or go."""

from __future__ import annotations

from localemr.domain.passes import Pass
from localemr.domain.records import InstanceGroup
from localemr.domain.states import ENDED, ClusterState, GroupState, InstanceState


def groups(work: Pass) -> None:
    """Apply until the cluster terminates. The rule capacity ends PROVISIONING."""
    if work.state in (ClusterState.TERMINATING, *ENDED):
        return
    for group in list(work.groups.values()):
        complete = _is_complete(work, group)
        if complete and group.status.state in (GroupState.BOOTSTRAPPING, GroupState.RESIZING):
            work.move_group(group, GroupState.RUNNING)
        elif not complete and group.status.state == GroupState.RUNNING:
            work.move_group(group, GroupState.RESIZING)


def _is_complete(work: Pass, group: InstanceGroup) -> bool:
    members = [each for each in work.live() if each.spec.group_id == group.id]
    return len(members) == group.spec.count and all(
        each.status.state == InstanceState.RUNNING and each.status.leaving is None for each in members
    )
