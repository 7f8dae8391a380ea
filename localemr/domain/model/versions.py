"""Versions of the configurations of an instance group, and which one an instance has. Pure."""

from __future__ import annotations

from localemr.domain.model.groups import Configured, InstanceGroup
from localemr.domain.model.records import Instance


def requested(group: InstanceGroup) -> Configured:
    """The configurations that were requested last."""
    return Configured(group.spec.version, group.spec.configurations)


def target(group: InstanceGroup) -> Configured:
    """The configurations that the group's instances have or are being given."""
    return group.status.target or requested(group)


def applied(group: InstanceGroup) -> Configured:
    """The configurations with which all of the group's instances last came up."""
    return group.status.applied or Configured()


def latest(group: InstanceGroup) -> Configured:
    """The newest version: the one requested last, or the one of a rollback."""
    return max(target(group), requested(group), key=lambda each: each.version)


def version_of(instance: Instance) -> int:
    """The version that the instance has or is being given."""
    return max(instance.spec.version, instance.status.reconfigured)
