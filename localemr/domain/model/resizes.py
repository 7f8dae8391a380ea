"""A resize of a group or fleet, by a request or by managed scaling: what it changes of the spec. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localemr.domain.model.fleets import instance_targets
from localemr.domain.model.groups import FleetSpec, GroupSpec


def resized(group: GroupSpec, count: int, policy: Mapping[str, Any], now: float) -> GroupSpec:
    """The group with another number of instances, and the ShrinkPolicy of this resize."""
    return replace(group, count=count, shrink_policy=policy, changed=now, at_launch=group.launched)


def retargeted(group: GroupSpec, fleet: FleetSpec, now: float) -> GroupSpec:
    """The fleet with other targets."""
    return replace(with_fleet(group, fleet), changed=now, at_launch=group.launched)


def with_fleet(group: GroupSpec, fleet: FleetSpec) -> GroupSpec:
    """The group as this fleet: its number of instances and its market follow from the targets."""
    targets = instance_targets(fleet)
    return replace(group, fleet=fleet, count=sum(targets.values()), market=max(targets, key=lambda each: targets[each]))
