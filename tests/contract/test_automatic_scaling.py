"""Automatic scaling over the memory runtime, as a client sees it: scripted measurements, its own clock."""

from __future__ import annotations

from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.test_auto_scaling import rule
from tests.contract.test_scaling import groups
from tests.contract.test_testing import ready
from tests.waiting import wait_for


def core(emr: Any, cluster: str) -> str:
    (found,) = [
        str(each["Id"])
        for each in emr.list_instance_groups(ClusterId=cluster)["InstanceGroups"]
        if each["InstanceGroupType"] == "CORE"
    ]
    return found


def counts(emr: Any, cluster: str) -> list[tuple[int, int, str]]:
    return [each[2:] for each in groups(emr, cluster)]


def resting(name: str, change: int, operator: str, threshold: float, **alarm: Any) -> dict[str, Any]:
    given = rule(name, ComparisonOperator=operator, Threshold=threshold, **alarm)
    return given | {"Action": {"SimpleScalingPolicyConfiguration": {"ScalingAdjustment": change, "CoolDown": 600}}}


@pytest.mark.shows("emr", "PutAutoScalingPolicy", "RemoveAutoScalingPolicy")
def test_a_group_follows_its_rules(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    cluster = ready(emr)
    control.speed(0)
    policy = {
        "Constraints": {"MinCapacity": 1, "MaxCapacity": 4},
        "Rules": [resting("out", 1, "LESS_THAN", 15.0), resting("in", -2, "GREATER_THAN", 75.0)],
    }
    group = core(emr, cluster)
    emr.put_auto_scaling_policy(ClusterId=cluster, InstanceGroupId=group, AutoScalingPolicy=policy)
    assert counts(emr, cluster) == [(2, 2, "RUNNING")]

    def reached(count: int, available: int) -> bool:
        control.metrics(cluster, {"yarn-mb-total": 100, "yarn-mb-available": available})
        control.advance(60)
        return counts(emr, cluster) == [(count, count, "RUNNING")]

    began = control.advance(0)
    wait_for("one more", lambda: reached(3, 10), 20)
    grown = control.advance(0)
    assert grown - began < 1800
    wait_for("another one", lambda: reached(4, 10), 30)
    assert control.advance(0) - grown > 540, "the cool-down"
    for _ in range(30):
        reached(4, 10)
    assert counts(emr, cluster) == [(4, 4, "RUNNING")]
    wait_for("two less", lambda: reached(2, 90), 30)
    wait_for("the minimum", lambda: reached(1, 90), 30)
    emr.remove_auto_scaling_policy(ClusterId=cluster, InstanceGroupId=group)
    for _ in range(30):
        reached(1, 10)
    assert counts(emr, cluster) == [(1, 1, "RUNNING")]


def test_a_metric_of_ones_own(emr_memory: MemoryEmr) -> None:
    emr, cloudwatch, control = emr_memory.client(), emr_memory.client("cloudwatch"), emr_memory.control
    cluster = ready(emr)
    control.speed(0)
    own = {"Namespace": "Mine", "MetricName": "Queue", "Period": 60, "Unit": "COUNT", "Statistic": "MAXIMUM"}
    own["Dimensions"] = [{"Key": "Name", "Value": "jobs"}]
    policy = {
        "Constraints": {"MinCapacity": 1, "MaxCapacity": 9},
        "Rules": [resting("out", 2, "GREATER_THAN_OR_EQUAL", 5.0, **own)],
    }
    emr.put_auto_scaling_policy(ClusterId=cluster, InstanceGroupId=core(emr, cluster), AutoScalingPolicy=policy)
    for _ in range(10):
        control.advance(60)
    assert counts(emr, cluster) == [(2, 2, "RUNNING")]

    def reached() -> bool:
        datum = {"MetricName": "Queue", "Value": 5, "Unit": "Count", "Timestamp": control.advance(0)}
        datum["Dimensions"] = [{"Name": "Name", "Value": "jobs"}]
        cloudwatch.put_metric_data(Namespace="Mine", MetricData=[datum])
        control.advance(61)
        return counts(emr, cluster) == [(4, 4, "RUNNING")]

    wait_for("two more", reached, 20)
