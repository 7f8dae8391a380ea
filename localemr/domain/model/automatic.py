"""Automatic scaling of an instance group: a policy's rules as alarms, and what their actions make of a number of
instances. Pure.

Sources: EMR's management guide, "Using automatic scaling with a custom policy", and Application Auto Scaling's user
guide, "Step scaling policies", for rounding.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

NAMESPACE = "AWS/ElasticMapReduce"
"""CloudWatch's namespace of clusters' metrics."""
CLUSTER_DIMENSION, THIS_CLUSTER = "JobFlowId", "${emr.clusterId}"
PERIOD, SHORTEST = 300, 60
"""Seconds between two values of EMR's metrics, and the shortest period that an alarm of a policy has here."""


@dataclass(frozen=True)
class Activity:
    """The last scaling of a group by its policy: when it began and ended (epoch seconds; None: it has not), and the
    seconds that its rule wants until the next one."""

    since: float
    cool_down: float = 0.0
    ended: float | None = None


def definition(rule: Mapping[str, Any], cluster_id: str) -> dict[str, Any]:
    """A rule's CloudWatchAlarmDefinition, with the cluster as its dimension where it names none or THIS_CLUSTER."""
    alarm = rule["Trigger"]["CloudWatchAlarmDefinition"]
    dimensions = alarm.get("Dimensions") or [{"Key": CLUSTER_DIMENSION, "Value": THIS_CLUSTER}]
    shown = [{**each, "Value": each.get("Value", "").replace(THIS_CLUSTER, cluster_id)} for each in dimensions]
    return {**alarm, "Dimensions": shown}


def alarm_of(rule: Mapping[str, Any], cluster_id: str, period: float) -> dict[str, Any]:
    """The rule's alarm in CloudWatch's own words. Where clusters' metrics are `period` seconds apart, less than EMR's,
    alarms on them have periods that are shorter by as much."""
    given = definition(rule, cluster_id)
    namespace = given.get("Namespace", NAMESPACE)
    seconds = given["Period"]
    if namespace == NAMESPACE and period < PERIOD:
        seconds = max(round(seconds * period / PERIOD / SHORTEST), 1) * SHORTEST
    found = {
        "Namespace": namespace,
        "MetricName": given["MetricName"],
        "Dimensions": [{"Name": each.get("Key", ""), "Value": each["Value"]} for each in given["Dimensions"]],
        "Statistic": _words(given.get("Statistic", "AVERAGE")),
        "Period": seconds,
        "EvaluationPeriods": given.get("EvaluationPeriods", 1),
        "Threshold": given["Threshold"],
        "ComparisonOperator": f"{_words(given['ComparisonOperator'])}Threshold",
    }
    if found["ComparisonOperator"].endswith("OrEqualThreshold"):
        found["ComparisonOperator"] = found["ComparisonOperator"].replace("OrEqual", "OrEqualTo")
    return found | ({"Unit": unit(given["Unit"])} if "Unit" in given else {})


def unit(name: str) -> str:
    """CloudWatch's name of a unit in EMR's: `Kilobytes/Second` for KILO_BYTES_PER_SECOND."""
    what, _, per = name.partition("_PER_")
    return "/".join(each.replace("_", "").capitalize() for each in (what, per) if each)


def _words(name: str) -> str:
    """`GreaterThan` for GREATER_THAN."""
    return "".join(each.capitalize() for each in name.split("_"))


def adjusted(count: int, action: Mapping[str, Any], constraints: Mapping[str, Any]) -> int:
    """The number of instances after a SimpleScalingPolicyConfiguration, within the policy's Constraints. A percentage
    is rounded towards nothing, and changes one instance at least."""
    amount, kind = action["ScalingAdjustment"], action.get("AdjustmentType", "CHANGE_IN_CAPACITY")
    if kind == "EXACT_CAPACITY":
        wanted = amount
    elif kind == "PERCENT_CHANGE_IN_CAPACITY":
        change = int(count * amount / 100)
        wanted = count + (change or (amount > 0) - (amount < 0))
    else:
        wanted = count + amount
    return int(min(max(wanted, constraints["MinCapacity"]), constraints["MaxCapacity"]))
