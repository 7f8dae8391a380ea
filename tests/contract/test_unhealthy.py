"""Unhealthy node replacement over the memory runtime, as a client sees it: scripted measurements, its own clock."""

from __future__ import annotations

from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.requests import GROUPS
from tests.contract.test_events import follow, seen
from tests.contract.test_testing import ready, state
from tests.receiver import receiving
from tests.waiting import wait_for

AFTER = 2700
"""EMR's 45 minutes."""
INSTANCES: dict[str, Any] = {
    "KeepJobFlowAliveWhenNoSteps": True,
    "InstanceGroups": [*GROUPS, {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1}],
}


def listed(emr: Any, cluster_id: str, role: str) -> list[dict[str, Any]]:
    return list(emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=[role])["Instances"])


def sicken(emr_memory: MemoryEmr, cluster_id: str, role: str, value: float = 1) -> dict[str, Any]:
    """The first instance of a role, all of which YARN now calls unhealthy, seen by a look after their start."""
    found = listed(emr_memory.client(), cluster_id, role)
    hosts = [each["PrivateDnsName"].split(".")[0] for each in found]
    emr_memory.control.metrics(cluster_id, {f"yarn-unhealthy.{host}": value for host in hosts})
    emr_memory.control.advance(30)
    return found[0]


@pytest.mark.shows("emr", "SetUnhealthyNodeReplacement")
def test_an_unhealthy_task_instance_is_replaced_where_that_is_on(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    with receiving() as receiver:
        follow(emr_memory.client("events"), receiver)
        cluster_id = ready(emr, Instances=INSTANCES)
        emr.set_unhealthy_node_replacement(JobFlowIds=[cluster_id], UnhealthyNodeReplacement=False)
        gone = sicken(emr_memory, cluster_id, "TASK")
        control.advance(AFTER)
        assert [each["Id"] for each in listed(emr, cluster_id, "TASK")] == [gone["Id"]]
        emr.set_unhealthy_node_replacement(JobFlowIds=[cluster_id], UnhealthyNodeReplacement=True)

        def replaced() -> list[dict[str, Any]]:
            found = sorted(listed(emr, cluster_id, "TASK"), key=lambda each: str(each["Status"]["State"]))
            return found if [each["Status"]["State"] for each in found] == ["RUNNING", "TERMINATED"] else []

        _, old = wait_for("another instance", replaced)
        reason = old["Status"]["StateChangeReason"]
        assert (old["Id"], reason["Code"]) == (gone["Id"], "INSTANCE_FAILURE")
        assert reason["Message"].startswith(f"Instance {gone['Ec2InstanceId']} was unhealthy for ")
        found = wait_for("its events", lambda: _two(seen(receiver, "EMR Unhealthy Node Replacement")))
        assert [(each["state"], each["instanceId"]) for each in found] == [
            ("UNHEALTHY", gone["Ec2InstanceId"]),
            ("REPLACING", gone["Ec2InstanceId"]),
        ]


def _two(found: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return found if len(found) == 2 else []


def test_without_a_healthy_core_instance_the_cluster_ends_unless_it_is_protected(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    cluster_id = ready(emr, Instances=INSTANCES | {"TerminationProtected": True})
    sicken(emr_memory, cluster_id, "CORE", 2)
    control.advance(AFTER)
    assert emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"] == "WAITING"
    emr.set_termination_protection(JobFlowIds=[cluster_id], TerminationProtected=False)
    reason = state(emr, cluster_id, "TERMINATED_WITH_ERRORS")["StateChangeReason"]
    assert (reason["Code"], reason["Message"].split(":")[0]) == ("INSTANCE_FAILURE", "NO_SLAVES_LEFT")
