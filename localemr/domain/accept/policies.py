"""Policies for auto-termination and scaling of clusters, in requests of RunJobFlow and the Put operations. Pure.

All functions raise ValidationException: EMR's operations on policies declare no errors and answer with that one, as
Terraform's provider expects. Limits are those of EMR's API reference. Texts that are not known are LocalEMR's own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import GroupSpec
from localemr.domain.model.records import CORE, TASK, AutoTermination

DEFAULT_IDLE_TIMEOUT = 3600
"""Seconds; the default of EMR's console and command line."""

MIN_IDLE_TIMEOUT, MAX_IDLE_TIMEOUT = 60, 604800
PERFORMANCE_INDEXES = (1, 25, 50, 75, 100)


def read_auto_termination(policy: Mapping[str, Any], now: float) -> AutoTermination:
    """The cluster's new AutoTerminationPolicy."""
    timeout: int = policy.get("IdleTimeout", DEFAULT_IDLE_TIMEOUT)
    if not MIN_IDLE_TIMEOUT <= timeout <= MAX_IDLE_TIMEOUT:
        raise ValidationException(
            f"Invalid idle timeout. Allowed idle timeout is from {MIN_IDLE_TIMEOUT} to {MAX_IDLE_TIMEOUT} seconds"
        )
    return AutoTermination(timeout, now)


def check_managed_scaling(policy: Mapping[str, Any], groups: Iterable[GroupSpec]) -> None:
    """Check a ManagedScalingPolicy for a cluster with these groups."""
    groups = list(groups)
    if any(group.auto_scaling is not None for group in groups):
        raise ValidationException(
            "Managed scaling cannot be used on a cluster whose instance groups have automatic scaling policies."
        )
    limits = policy.get("ComputeLimits")
    if limits is None:
        raise _unmanageable("The compute limits are missing")
    _check_limits(limits, fleets=any(group.fleet is not None for group in groups))
    index = policy.get("UtilizationPerformanceIndex")
    if index is None:
        return
    if policy.get("ScalingStrategy") != "ADVANCED":
        raise _unmanageable("The utilization performance index requires the scaling strategy ADVANCED")
    if index not in PERFORMANCE_INDEXES:
        allowed = ", ".join(map(str, PERFORMANCE_INDEXES))
        raise _unmanageable(f"The utilization performance index must be one of {allowed}")


def _check_limits(limits: Mapping[str, Any], fleets: bool) -> None:
    if fleets and limits["UnitType"] != "InstanceFleetUnits":
        raise _unmanageable("Clusters that use instance fleets need the unit type InstanceFleetUnits")
    if not fleets and limits["UnitType"] == "InstanceFleetUnits":
        raise _unmanageable("The unit type InstanceFleetUnits is for clusters that use instance fleets")
    least, most = limits["MinimumCapacityUnits"], limits["MaximumCapacityUnits"]
    if least < 1:
        raise _unmanageable("The min capacity must be at least 1")
    if least > most:
        raise _unmanageable("The min capacity cannot be higher than max capacity")
    for name, words in (("MaximumCoreCapacityUnits", "Core"), ("MaximumOnDemandCapacityUnits", "On-Demand")):
        if limits.get(name, most) > most:
            raise _unmanageable(f"The max {words} capacity cannot be higher than max capacity")
        if limits.get(name, most) < 0:
            raise _unmanageable(f"The max {words} capacity cannot be negative")


def _unmanageable(why: str) -> ValidationException:
    return ValidationException(f"Invalid configuration for managed scaling. {why}")


def check_auto_scaling(policy: Mapping[str, Any], role: str, managed: bool) -> None:
    """Check an AutoScalingPolicy for a group of this role. `managed` is whether its cluster has managed scaling."""
    if role not in (CORE, TASK):
        raise ValidationException("Automatic scaling policies are only for core and task instance groups.")
    if managed:
        raise ValidationException("An automatic scaling policy cannot be used on a cluster with managed scaling.")
    least, most = policy["Constraints"]["MinCapacity"], policy["Constraints"]["MaxCapacity"]
    if not 0 <= least <= most:
        raise _unscalable("MinCapacity must not be negative nor greater than MaxCapacity")
    names = [rule["Name"] for rule in policy["Rules"]]
    if len(set(names)) < len(names):
        raise _unscalable("Rule names must be unique")
    for rule in policy["Rules"]:
        _check_rule(rule)


def _check_rule(rule: Mapping[str, Any]) -> None:
    name, action = rule["Name"], rule["Action"]["SimpleScalingPolicyConfiguration"]
    alarm = rule["Trigger"]["CloudWatchAlarmDefinition"]
    if not name.strip():
        raise _unscalable("A rule must have a name")
    if action.get("AdjustmentType") == "EXACT_CAPACITY" and action["ScalingAdjustment"] < 1:
        raise _unscalable(f"ScalingAdjustment of rule '{name}' must be positive with EXACT_CAPACITY")
    if action.get("CoolDown", 0) < 0:
        raise _unscalable(f"CoolDown of rule '{name}' must not be negative")
    for member in ("EvaluationPeriods", "Period"):
        if alarm.get(member, 1) < 1:
            raise _unscalable(f"{member} of rule '{name}' must be positive")


def _unscalable(why: str) -> ValidationException:
    return ValidationException(f"Invalid automatic scaling policy. {why}")
