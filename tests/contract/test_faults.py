"""Scripted faults of clusters and instances over the memory runtime: what EMR shows of them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.requests import cluster
from tests.contract.test_testing import ready, run, state
from tests.waiting import wait_for

NO_CAPACITY = (
    "EC2 is out of capacity for m5.xlarge in availability zone us-east-1a. Learn more at "
    "https://docs.aws.amazon.com/console/elasticmapreduce/ERROR_noinstancecapacity"
)


def groups(task: int = 1, market: str = "SPOT") -> dict[str, Any]:
    """Instances with a spot task group of the name `spot`."""
    plain = [{"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": 1} for role in ("MASTER", "CORE")]
    tasks = {"Name": "spot", "InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": task}
    return {"InstanceGroups": [*plain, {**tasks, "Market": market}], "KeepJobFlowAliveWhenNoSteps": True}


def tasks(emr: Any, cluster_id: str) -> list[tuple[str, str]]:
    """State and message of the cluster's task instances, sorted."""
    found = emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=["TASK"])["Instances"]
    shown = [(each["Status"]["State"], each["Status"]["StateChangeReason"].get("Message", "")) for each in found]
    return sorted(shown)


def waits_for(emr: Any, cluster_id: str, *states: str) -> list[tuple[str, str]]:
    """The task instances once they are in these states (sorted)."""

    def look() -> list[tuple[str, str]] | None:
        seen = tasks(emr, cluster_id)
        return seen if [each for each, _ in seen] == list(states) else None

    return wait_for(f"task instances {states}", look, 5)


@pytest.mark.parametrize("written_first", [True, False])
def test_a_spot_instance_is_lost_two_minutes_after_its_notice_and_replaced(
    emr_memory: MemoryEmr, written_first: bool
) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    control.speed(0)
    if written_first:
        control.interrupt_spot(after=600)
    cluster_id = ready(emr, Instances=groups())
    if not written_first:
        control.interrupt_spot(after=600)
    for seconds in (600, 119):
        control.advance(seconds)
        assert [each for each, _ in tasks(emr, cluster_id)] == ["RUNNING"]
    control.advance(2)
    (_, none), (_, message) = waits_for(emr, cluster_id, "RUNNING", "TERMINATED")
    assert (none, message.endswith(" was terminated: Server.SpotInstanceTermination.")) == ("", True)
    lost = emr.list_instances(ClusterId=cluster_id, InstanceStates=["TERMINATED"])["Instances"]
    assert [(each["Market"], each["Status"]["StateChangeReason"]["Code"]) for each in lost] == [
        ("SPOT", "INSTANCE_FAILURE")
    ]
    line = lost[0]["Status"]["Timeline"]
    # Had it gone at its notice, its end would be 121 s earlier: the clock stands between its moves.
    assert (line["EndDateTime"] - line["CreationDateTime"]).total_seconds() == pytest.approx(721, abs=0.01)
    assert control.rules() == []


def test_instances_on_demand_are_never_interrupted(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    cluster_id = ready(emr, Instances=groups(market="ON_DEMAND"))
    control.interrupt_spot(notice=0)
    control.advance(3600)
    assert [each for each, _ in tasks(emr, cluster_id)] == ["RUNNING"]
    assert [each["match"]["market"] for each in control.rules()] == ["SPOT"]


def test_all_core_instances_on_spot_take_the_cluster_with_them(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    instances = groups(task=0)
    instances["InstanceGroups"] = [each | {"Market": "SPOT"} for each in instances["InstanceGroups"][:2]]
    cluster_id = ready(emr, Instances=instances)
    control.interrupt_spot("CORE", notice=0, times=None)
    reason = state(emr, cluster_id, "TERMINATED_WITH_ERRORS")["StateChangeReason"]
    assert (reason["Code"], reason["Message"].split(":")[0]) == ("INSTANCE_FAILURE", "NO_SLAVES_LEFT")


def test_a_fault_comes_over_instances_that_run_already(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    cluster_id = ready(emr, Instances=groups(task=3))
    before = {each["Id"] for each in emr.list_instances(ClusterId=cluster_id)["Instances"]}
    control.script({"on": "instance", "match": {"group": "sp*"}, "result": "lose", "skip": 1, "times": 1})
    waits_for(emr, cluster_id, "RUNNING", "RUNNING", "RUNNING", "TERMINATED")
    assert control.rules() == []
    lost = emr.list_instances(ClusterId=cluster_id, InstanceStates=["TERMINATED"])["Instances"]
    assert {each["Id"] for each in lost} < before


@pytest.mark.parametrize(
    ("rule", "code", "message"),
    [
        ({}, "INTERNAL_ERROR", "Failed to start the job flow due to an internal error"),
        (
            {"reason": "VALIDATION_ERROR", "message": "EMR service role arn:aws:iam::1:role/x is invalid"},
            "VALIDATION_ERROR",
            "EMR service role arn:aws:iam::1:role/x is invalid",
        ),
    ],
)
def test_a_cluster_fails_before_it_has_instances(
    emr_memory: MemoryEmr, rule: dict[str, str], code: str, message: str
) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    control.speed(0)
    control.fail_cluster("doomed", after=60, times=1, **rule)
    cluster_id = run(emr, Name="doomed")
    wait_for("the first attempt, with which the minute begins", lambda: control.rules() == [])
    control.advance(59)
    assert state(emr, cluster_id, "STARTING")["StateChangeReason"] == {"Message": "Provisioning Amazon EC2 capacity"}
    control.advance(2)
    status = state(emr, cluster_id, "TERMINATED_WITH_ERRORS")
    assert status["StateChangeReason"] == {"Code": code, "Message": message}
    assert "ReadyDateTime" not in status["Timeline"]
    assert emr.list_instances(ClusterId=cluster_id)["Instances"] == []
    control.speed(1)
    assert ready(emr, Name="blessed")


def test_ec2_without_capacity_ends_a_cluster_that_starts(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    control.fail_instance("CORE")
    reason = state(emr, run(emr), "TERMINATED_WITH_ERRORS")["StateChangeReason"]
    assert reason == {"Code": "INTERNAL_ERROR", "Message": NO_CAPACITY}


def test_ec2_without_capacity_suspends_a_group_that_is_added(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    control.fail_instance("TASK")
    cluster_id = ready(emr)
    emr.add_instance_groups(JobFlowId=cluster_id, InstanceGroups=groups()["InstanceGroups"][2:])

    def suspended() -> dict[str, Any] | None:
        found = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
        return next((each["Status"] for each in found if each["Status"]["State"] == "SUSPENDED"), None)

    assert NO_CAPACITY in wait_for("the group", suspended, 5)["StateChangeReason"]["Message"]
    state(emr, cluster_id, "WAITING")


def shows_provisioning(emr: Any) -> Callable[[str], bool]:
    def look(cluster_id: str) -> bool:
        found = emr.list_instances(ClusterId=cluster_id)["Instances"]
        return bool(found) and {each["Status"]["State"] for each in found} == {"PROVISIONING"}

    return look


def test_instances_take_as_long_as_the_clock_says(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    control.speed(0)
    control.script({"on": "instance", "after": 240})
    cluster_id = run(emr)
    wait_for("instances", lambda: shows_provisioning(emr)(cluster_id), 5)
    control.advance(239)
    assert shows_provisioning(emr)(cluster_id)
    control.advance(2)
    line = state(emr, cluster_id, "WAITING")["Timeline"]
    assert (line["ReadyDateTime"] - line["CreationDateTime"]).total_seconds() == pytest.approx(241)


def test_a_cluster_whose_instances_never_come_can_be_ended(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    control.script({"on": "instance", "match": {"role": "MASTER"}, "result": "hang"})
    cluster_id = run(emr)
    wait_for("instances", lambda: len(emr.list_instances(ClusterId=cluster_id)["Instances"]) == 3, 5)
    control.advance(86400)
    assert state(emr, cluster_id, "STARTING")
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    assert state(emr, cluster_id, "TERMINATED")["StateChangeReason"]["Code"] == "USER_REQUEST"


def test_the_third_step_of_a_name_fails(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    emr_memory.control.fail_step("load", skip=2, times=1)
    steps = [
        {"Name": "load", "ActionOnFailure": "CONTINUE", "HadoopJarStep": {"Jar": "command-runner.jar"}}
        for _ in range(4)
    ]
    cluster_id = emr.run_job_flow(**cluster(Steps=steps))["JobFlowId"]
    state(emr, cluster_id, "WAITING")
    shown = [each["Status"]["State"] for each in reversed(emr.list_steps(ClusterId=cluster_id)["Steps"])]
    assert shown == ["COMPLETED", "COMPLETED", "FAILED", "COMPLETED"]
