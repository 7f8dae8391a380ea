"""Rule: the requested number of instances of a group with an AutoScalingPolicy follows the alarms of its rules.

An activity begins when the group is RUNNING and the cool-down of the last one is over, and not more than once a minute,
as CloudWatch repeats an alarm. Of several rules in alarm the one with the most instances counts (Application Auto
Scaling). The other rules carry out the resize as one of ModifyInstanceGroups.
"""

from __future__ import annotations

from dataclasses import replace

from localemr.domain.decide.passes import Pass
from localemr.domain.decide.pools import room
from localemr.domain.model.automatic import Activity, adjusted
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.resizes import resized
from localemr.domain.model.states import GroupState
from localemr.domain.node.sizing import least_count

REPEAT = 60.0
"""Seconds from the beginning of an activity to the next one, at least."""


def automatic_scaling(work: Pass) -> None:
    """Apply in RUNNING and WAITING, to groups with a policy."""
    if not work.ready:
        return
    for group in list(work.groups.values()):
        if group.spec.auto_scaling is not None and group.status.state == GroupState.RUNNING and _rested(work, group):
            _scale(work, work.groups[group.id])


def _rested(work: Pass, group: InstanceGroup) -> bool:
    """Whether another activity may begin."""
    last = group.status.activity
    if last is None:
        return True
    if last.ended is None:
        last = replace(last, ended=work.now)
        work.note_activity(group, last)
    due = max((last.ended or 0.0) + last.cool_down, last.since + REPEAT)
    if work.now < due:
        work.wake(due)
    return work.now >= due


def _scale(work: Pass, group: InstanceGroup) -> None:
    policy = group.spec.auto_scaling or {}
    floor = least_count(work.cluster.spec, group.spec, work.catalog)
    most = group.spec.count + room(work)
    found = []
    for rule in policy["Rules"]:
        if (group.id, rule["Name"]) in work.seen.alarmed:
            action = rule["Action"]["SimpleScalingPolicyConfiguration"]
            count = min(max(adjusted(group.spec.count, action, policy["Constraints"]), floor), most)
            found.append((count, action.get("CoolDown", 0), rule["Name"]))
    if not found:
        return
    count, cool_down, name = max(found, key=lambda each: each[0])
    if count != group.spec.count:
        work.note_activity(group, Activity(work.now, cool_down))
        spec = resized(group.spec, count, {}, work.now)
        work.scale_group(work.groups[group.id], spec, f"rule {name}")
