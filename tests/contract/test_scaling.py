"""Managed scaling over the memory runtime, as a client sees it: scripted measurements, its own clock."""

from __future__ import annotations

from typing import Any

import pytest

from localemr.testing.client import ControlError
from localemr.testing.memory import MemoryEmr
from tests.contract.requests import cluster, refusal, validation
from tests.contract.test_testing import ready
from tests.waiting import wait_for

MB = 12288
"""What an m5.xlarge offers to YARN."""


def policy(**limits: Any) -> dict[str, Any]:
    least_and_most = {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 3}
    return {"ComputeLimits": {**least_and_most, **limits}}


def groups(emr: Any, cluster_id: str) -> list[tuple[str, str, int, int, str]]:
    """Role, market, requested and running count, and state of the groups but the master's."""
    return [
        (
            each["InstanceGroupType"],
            each["Market"],
            each["RequestedInstanceCount"],
            each["RunningInstanceCount"],
            each["Status"]["State"],
        )
        for each in emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
        if each["InstanceGroupType"] != "MASTER"
    ]


def waits_for(emr: Any, cluster_id: str, *counts: int) -> list[tuple[str, str, int, int, str]]:
    """The groups once they are RUNNING with these counts."""

    def look() -> list[tuple[str, str, int, int, str]] | None:
        found = groups(emr, cluster_id)
        complete = all(each[2] == each[3] and each[4] == "RUNNING" for each in found)
        return found if complete and [each[2] for each in found] == list(counts) else None

    return wait_for(f"groups of {counts}", look, 10)


@pytest.mark.shows("emr", "PutManagedScalingPolicy", "GetManagedScalingPolicy")
def test_a_cluster_follows_its_load_and_returns_to_its_minimum(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    cluster_id = ready(emr)
    control.speed(0)
    limits = policy(MaximumCoreCapacityUnits=1, MaximumOnDemandCapacityUnits=2)
    emr.put_managed_scaling_policy(ClusterId=cluster_id, ManagedScalingPolicy=limits)
    assert emr.get_managed_scaling_policy(ClusterId=cluster_id)["ManagedScalingPolicy"] == limits
    control.metrics(cluster_id, {"yarn-mb-total": MB, "yarn-mb-allocated": MB, "yarn-mb-pending": 2 * MB})
    found = waits_for(emr, cluster_id, 1, 1, 1)
    assert [each[:2] for each in found] == [("CORE", "ON_DEMAND"), ("TASK", "ON_DEMAND"), ("TASK", "SPOT")]
    control.metrics(cluster_id, {"yarn-mb-total": 3 * MB, "yarn-mb-allocated": 3 * MB, "yarn-mb-pending": 0})
    for _ in range(5):
        control.advance(30)
        waits_for(emr, cluster_id, 1, 1, 1)
    control.metrics(cluster_id, {"yarn-mb-allocated": 0})
    control.advance(0)
    wait_for("the end of the surplus", lambda: _advance(emr_memory, cluster_id)[2:] == [0, 0], 20)
    waits_for(emr, cluster_id, 1, 0, 0)


def _advance(emr_memory: MemoryEmr, cluster_id: str) -> list[int]:
    """The requested counts of all groups, 5 s later."""
    emr_memory.control.advance(5)
    shown = emr_memory.client().list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    return [each["RequestedInstanceCount"] for each in shown]


def test_the_minimum_is_there_at_once_and_stays_without_a_policy(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    cluster_id = ready(emr)
    emr.put_managed_scaling_policy(ClusterId=cluster_id, ManagedScalingPolicy=policy(MinimumCapacityUnits=2))
    waits_for(emr, cluster_id, 2)
    emr.remove_managed_scaling_policy(ClusterId=cluster_id)
    emr_memory.control.metrics(cluster_id, {"yarn-mb-total": 2 * MB, "yarn-mb-pending": 9 * MB})
    emr_memory.control.advance(120)
    waits_for(emr, cluster_id, 2)


def test_without_looks_nothing_follows(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    cluster_id = ready(emr)
    emr.put_managed_scaling_policy(ClusterId=cluster_id, ManagedScalingPolicy=policy(MinimumCapacityUnits=2))
    waits_for(emr, cluster_id, 2)
    (group,) = [
        each["Id"]
        for each in emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
        if each["InstanceGroupType"] == "CORE"
    ]
    control.metric(cluster_id, "yarn-mb-pending", 0)
    control.metrics(cluster_id, None)
    control.advance(61)
    emr.modify_instance_groups(ClusterId=cluster_id, InstanceGroups=[{"InstanceGroupId": group, "InstanceCount": 3}])
    for _ in range(3):
        control.advance(61)
        waits_for(emr, cluster_id, 3)
    control.metric(cluster_id, "yarn-mb-total", 3 * MB)
    wait_for("the end of the surplus", lambda: _advance(emr_memory, cluster_id) == [1, 2], 20)


@pytest.mark.parametrize(
    "values", [{"yarn-mb-pending": "1"}, {"yarn-mb-pending": True}, {"../hosts": 1}, {"": 1}, ["yarn-mb-pending"]]
)
def test_metrics_that_are_none(emr_memory: MemoryEmr, values: Any) -> None:
    cluster_id = ready(emr_memory.client())
    with pytest.raises(ControlError):
        emr_memory.control.metrics(cluster_id, values)
    with pytest.raises(ControlError, match="there is no such cluster"):
        emr_memory.control.metric("j-ABC", "yarn-mb-pending", 1)


def test_the_advanced_strategy_began_with_a_label(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    advanced = policy() | {"ScalingStrategy": "ADVANCED", "UtilizationPerformanceIndex": 50}
    message = "The scaling strategy ADVANCED is not supported on release label emr-6.15.0. Supported from emr-7.0.0 on."
    cluster_id = ready(emr, ReleaseLabel="emr-6.15.0", ManagedScalingPolicy=policy())
    refused = refusal(emr.put_managed_scaling_policy, ClusterId=cluster_id, ManagedScalingPolicy=advanced)
    assert refused == validation(message)
    assert emr.get_managed_scaling_policy(ClusterId=cluster_id)["ManagedScalingPolicy"] == policy()
    request = cluster(ReleaseLabel="emr-6.15.0", ManagedScalingPolicy=advanced)
    assert refusal(emr.run_job_flow, **request) == validation(message)
