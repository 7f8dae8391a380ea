"""A cluster with three primaries through EMR's API, over the memory runtime."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from localemr.testing.memory import MemoryEmr
from tests.contract.catalogue import PROTECTED
from tests.contract.requests import step
from tests.contract.test_testing import ready, run, state
from tests.waiting import wait_for


def three(core: int = 1) -> dict[str, Any]:
    """Instances with a group of three masters."""
    counts = {"MASTER": 3, "CORE": core}
    groups = [{"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": n} for role, n in counts.items()]
    return {"InstanceGroups": groups, "Ec2SubnetId": "subnet-1"}


def primaries(emr: Any, cluster_id: str, *states: str) -> list[dict[str, Any]]:
    found = emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=["MASTER"], InstanceStates=list(states))
    return list(found["Instances"])


def lose(memory: MemoryEmr, number: str = "*", times: int = 1) -> None:
    """Primaries are lost, by their numbers among the cluster's instances."""
    match = {"role": "MASTER", "number": number}
    memory.control.script({"on": "instance", "match": match, "result": "lose", "times": times})


def test_what_is_shown_of_three(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    cluster_id = ready(emr, Instances=three(), PlacementGroupConfigs=[{"InstanceRole": "MASTER"}])
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert (shown["TerminationProtected"], shown["AutoTerminate"]) == (True, False)
    assert shown["PlacementGroups"] == [{"InstanceRole": "MASTER", "PlacementStrategy": "SPREAD"}]
    assert [each["Name"] for each in shown["Applications"]] == ["Spark"]
    (group, _) = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert (group["RequestedInstanceCount"], group["RunningInstanceCount"]) == (3, 3)
    running = primaries(emr, cluster_id, "RUNNING")
    assert shown["MasterPublicDnsName"] in {each["PrivateDnsName"] for each in running}
    assert len({each["PrivateDnsName"] for each in running}) == 3
    with pytest.raises(ClientError) as caught:
        emr.terminate_job_flows(JobFlowIds=[cluster_id])
    assert caught.value.response["Error"]["Message"] == PROTECTED
    emr.set_termination_protection(JobFlowIds=[cluster_id], TerminationProtected=False)
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    assert state(emr, cluster_id, "TERMINATED")["StateChangeReason"]["Code"] == "USER_REQUEST"


def test_a_lost_primary_is_replaced_under_its_name_and_address(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    cluster_id = ready(emr, Instances=three())
    before = {each["Id"]: each for each in primaries(emr, cluster_id, "RUNNING")}
    lose(emr_memory, "2")

    def replaced() -> list[dict[str, Any]]:
        found = primaries(emr, cluster_id, "RUNNING")
        return found if len(found) == 3 and {each["Id"] for each in found} != {*before} else []

    after = {each["Id"]: each for each in wait_for("another primary", replaced)}
    (gone,) = primaries(emr, cluster_id, "TERMINATED")
    (new,) = (each for each in after.values() if each["Id"] not in before)
    assert gone["Status"]["StateChangeReason"]["Code"] == "INSTANCE_FAILURE"
    for name in ("PrivateDnsName", "PrivateIpAddress", "InstanceGroupId", "InstanceType"):
        assert new[name] == before[gone["Id"]][name]
    assert new["Ec2InstanceId"] != gone["Ec2InstanceId"]
    assert state(emr, cluster_id, "WAITING")
    (step_id,) = emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[step("after")])["StepIds"]
    wait_for(
        "a step after that",
        lambda: emr.describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]["Status"]["State"] == "COMPLETED",
    )


def test_the_loss_of_two_ends_the_cluster(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    cluster_id = ready(emr, Instances=three())
    lose(emr_memory, times=2)
    reason = state(emr, cluster_id, "TERMINATED_WITH_ERRORS")["StateChangeReason"]
    assert (reason["Code"], reason["Message"]) == ("INSTANCE_FAILURE", "The master node was terminated. ")


def test_a_fleet_of_three_masters_is_refused(emr_memory: MemoryEmr) -> None:
    types = [{"InstanceType": "m5.xlarge"}]
    fleets = [
        {"InstanceFleetType": role, "TargetOnDemandCapacity": n, "InstanceTypeConfigs": types}
        for role, n in (("MASTER", 3), ("CORE", 1))
    ]
    with pytest.raises(ClientError) as caught:
        run(emr_memory.client(), Instances={"InstanceFleets": fleets})
    assert "three master instances of an instance fleet" in caught.value.response["Error"]["Message"]
