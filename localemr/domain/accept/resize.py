"""Changes of one instance group's instances by ModifyInstanceGroups. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import GroupSpec, InstanceGroup
from localemr.domain.model.records import MASTER, Instance
from localemr.domain.model.resizes import resized
from localemr.domain.model.states import ENDED


def accept_resize(
    change: Mapping[str, Any], group: InstanceGroup, members: Sequence[Instance], least: int, now: float
) -> GroupSpec:
    """The group's new spec after one entry of the request.

    `members` are all instances that the group ever had, `least` is the lowest count that it may be shrunk to. The
    ShrinkPolicy is that of this change: a new resize overrides the old one (emr-behaviour §5.2). Raises
    ValidationException.
    """
    if group.spec.role == MASTER:
        raise ValidationException("A master instance group may not be modified")
    terminate, policy = tuple(change.get("EC2InstanceIdsToTerminate", ())), change.get("ShrinkPolicy", {})
    if terminate and "InstanceCount" in change:
        raise ValidationException("Specify either InstanceCount or EC2InstanceIdsToTerminate, not both.")
    _check_named(terminate, members)
    # Leaving instances do not count: an earlier request has removed them, or they failed and are being replaced.
    fewer = [
        each
        for each in members
        if each.spec.ec2_id in {*terminate} - {*group.spec.terminate}
        and each.status.state not in ENDED
        and each.status.leaving is None
    ]
    count = change.get("InstanceCount", max(group.spec.count - len(fewer), 0))
    _check_count(count, group.spec, least)
    _check_policy(policy, count, members)
    named = replace(group.spec, terminate=tuple(dict.fromkeys((*group.spec.terminate, *terminate))))
    return resized(named, count, policy, now)


def _check_named(named: Iterable[str], members: Sequence[Instance]) -> None:
    known = {each.spec.ec2_id for each in members}
    for ec2_id in named:
        if ec2_id not in known:
            raise ValidationException(f"Instance id '{ec2_id}' is not valid.")


def _check_count(count: int, old: GroupSpec, least: int) -> None:
    if count < 0:
        raise ValidationException("The number of instances of an instance group must not be negative.")
    if count < least and count < old.count:
        raise ValidationException(
            f"The core instance group cannot be shrunk to {count}: its HDFS needs at least {least} instances "
            "(dfs.replication)."
        )


def _check_policy(policy: Mapping[str, Any], count: int, members: Sequence[Instance]) -> None:
    resize = policy.get("InstanceResizePolicy", {})
    if policy.get("DecommissionTimeout", 0) < 0 or resize.get("InstanceTerminationTimeout", 0) < 0:
        raise ValidationException("The timeouts of a shrink policy must not be negative.")
    terminate, protect = (set(resize.get(name, ())) for name in ("InstancesToTerminate", "InstancesToProtect"))
    _check_named(sorted(terminate | protect), members)
    if both := sorted(terminate & protect):
        raise ValidationException(f"Instance {both[0]} cannot be both terminated and protected.")
    kept = sum(each.spec.ec2_id in protect and each.status.state not in ENDED for each in members)
    if count < kept:
        raise ValidationException(f"An instance group with {kept} protected instances cannot be shrunk to {count}.")
