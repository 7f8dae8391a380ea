"""DescribeJobFlows, the deprecated form."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from localemr.domain.model.ids import ec2_instance_id
from localemr.domain.model.states import Reason
from localemr.domain.model.steps import Failure
from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import UNKNOWN, cluster, refusal, run, step, validation
from tests.contract.test_instances import with_four

DAY = 86400.0


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(seconds, UTC)


def found(emr: Any, **filters: Any) -> list[str]:
    """The ids of what is answered."""
    return [each["JobFlowId"] for each in emr.describe_job_flows(**filters)["JobFlows"]]


@pytest.mark.shows("emr", "DescribeJobFlows")
def test_a_job_flow_in_full(endpoint: Endpoint, emr: Any) -> None:
    request = cluster(
        LogUri="s3://bucket/logs",
        ServiceRole="service",
        JobFlowRole="profile",
        AutoScalingRole="scaling",
        BootstrapActions=[{"Name": "b", "ScriptBootstrapAction": {"Path": "s3://b/x.sh", "Args": ["1"]}}],
    )
    request["Instances"] |= {"Ec2KeyName": "key", "Ec2SubnetId": "subnet-1", "TerminationProtected": True}
    cluster_id = emr.run_job_flow(**request)["JobFlowId"]
    endpoint.save(with_four, cluster_id)
    endpoint.move(cluster_id, "WAITING", ready=START + 60, reason=Reason("", "Cluster ready to run steps."))
    (flow,) = emr.describe_job_flows(JobFlowIds=[cluster_id])["JobFlows"]
    instances = flow.pop("Instances")
    assert flow == {
        "JobFlowId": cluster_id,
        "Name": "test",
        "LogUri": "s3n://bucket/logs/",
        "ExecutionStatusDetail": {
            "State": "WAITING",
            "CreationDateTime": at(START),
            "StartDateTime": at(START + 60),
            "ReadyDateTime": at(START + 60),
            "LastStateChangeReason": "Cluster ready to run steps.",
        },
        "Steps": [],
        "BootstrapActions": [
            {"BootstrapActionConfig": {"Name": "b", "ScriptBootstrapAction": {"Path": "s3://b/x.sh", "Args": ["1"]}}}
        ],
        "SupportedProducts": [],
        "VisibleToAllUsers": True,
        "ServiceRole": "service",
        "JobFlowRole": "profile",
        "AutoScalingRole": "scaling",
        "ScaleDownBehavior": "TERMINATE_AT_TASK_COMPLETION",
    }
    groups = instances.pop("InstanceGroups")
    assert instances == {
        "MasterInstanceType": "m5.xlarge",
        "SlaveInstanceType": "m5.xlarge",
        "InstanceCount": 3,
        "MasterPublicDnsName": "ip-10-213-0-11.ec2.internal",
        "MasterInstanceId": ec2_instance_id(cluster_id, 1),
        "NormalizedInstanceHours": 16,
        "Ec2KeyName": "key",
        "Ec2SubnetId": "subnet-1",
        "Placement": {"AvailabilityZone": "us-east-1a"},
        "KeepJobFlowAliveWhenNoSteps": True,
        "TerminationProtected": True,
        "UnhealthyNodeReplacement": True,
        "HadoopVersion": "3.4.2",
    }
    listed = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert groups[1] == {
        "InstanceGroupId": listed[1]["Id"],
        "Name": "",
        "Market": "ON_DEMAND",
        "InstanceRole": "CORE",
        "InstanceType": "m5.xlarge",
        "InstanceRequestCount": 2,
        "InstanceRunningCount": 1,
        "State": "PROVISIONING",
        "CreationDateTime": at(START),
    }
    assert [each["InstanceRole"] for each in groups] == ["MASTER", "CORE"]


def test_a_cluster_that_was_just_requested(emr: Any) -> None:
    instances = {"MasterInstanceType": "m5.2xlarge", "InstanceCount": 1}
    cluster_id = run(emr, Instances=instances)
    (flow,) = emr.describe_job_flows()["JobFlows"]
    assert flow["JobFlowId"] == cluster_id
    assert flow["ExecutionStatusDetail"] == {"State": "STARTING", "CreationDateTime": at(START)}
    assert flow["Instances"]["SlaveInstanceType"] == "m5.2xlarge"
    assert flow["Instances"]["InstanceCount"] == 1
    assert {"MasterPublicDnsName", "MasterInstanceId"}.isdisjoint(flow["Instances"])


def test_steps(endpoint: Endpoint, emr: Any) -> None:
    jar = {"Jar": "j.jar", "MainClass": "M", "Args": ["a"], "Properties": [{"Key": "k", "Value": "v"}]}
    steps = [{"Name": "full", "HadoopJarStep": jar, "ActionOnFailure": "CONTINUE"}, step("b"), step("c")]
    cluster_id = run(emr, Steps=steps)
    first, second, _ = (each.id for each in endpoint.load(cluster_id).steps)
    endpoint.move_step(
        cluster_id, first, "FAILED", started=START + 1, ended=START + 2, failure=Failure("No such file.", "m", "f")
    )
    endpoint.move_step(cluster_id, second, "CANCEL_PENDING", started=START + 3)
    shown = emr.describe_job_flows()["JobFlows"][0]["Steps"]
    assert shown[0]["StepConfig"] == steps[0]
    assert shown[1]["StepConfig"]["ActionOnFailure"] == "TERMINATE_CLUSTER"
    assert [each["ExecutionStatusDetail"] for each in shown] == [
        {
            "State": "FAILED",
            "CreationDateTime": at(START),
            "StartDateTime": at(START + 1),
            "EndDateTime": at(START + 2),
            "LastStateChangeReason": "No such file.",
        },
        {"State": "RUNNING", "CreationDateTime": at(START), "StartDateTime": at(START + 3)},
        {"State": "PENDING", "CreationDateTime": at(START)},
    ]


def test_only_the_last_steps_are_shown(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, Steps=[step(f"s{number}") for number in range(256)])
    for each in endpoint.load(cluster_id).steps:
        endpoint.move_step(cluster_id, each.id, "COMPLETED")
    emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[step("last")])
    names = [each["StepConfig"]["Name"] for each in emr.describe_job_flows()["JobFlows"][0]["Steps"]]
    assert (len(names), names[0], names[-1]) == (256, "s1", "last")


@pytest.mark.parametrize(
    ("state", "code", "shown"),
    [
        ("STARTING", "", "STARTING"),
        ("BOOTSTRAPPING", "", "BOOTSTRAPPING"),
        ("RUNNING", "", "RUNNING"),
        ("WAITING", "", "WAITING"),
        ("TERMINATING", "USER_REQUEST", "SHUTTING_DOWN"),
        ("TERMINATED", "USER_REQUEST", "TERMINATED"),
        ("TERMINATED", "ALL_STEPS_COMPLETED", "COMPLETED"),
        ("TERMINATED", "STEP_FAILURE", "COMPLETED"),
        ("TERMINATED_WITH_ERRORS", "STEP_FAILURE", "FAILED"),
    ],
)
def test_states_of_old(endpoint: Endpoint, emr: Any, state: str, code: str, shown: str) -> None:
    cluster_id = run(emr)
    endpoint.move(cluster_id, state, reason=Reason(code, "why"))
    (flow,) = emr.describe_job_flows(JobFlowStates=[shown])["JobFlows"]
    assert flow["JobFlowId"] == cluster_id
    assert flow["ExecutionStatusDetail"]["State"] == shown
    others = ["STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "SHUTTING_DOWN", "TERMINATED", "COMPLETED", "FAILED"]
    others.remove(shown)
    assert found(emr, JobFlowStates=others) == []


def test_ids_and_times(endpoint: Endpoint, emr: Any) -> None:
    made = []
    for seconds in range(3):
        endpoint.now = START + seconds
        made.append(run(emr))
    assert found(emr) == made[::-1]
    assert found(emr, JobFlowIds=[made[0], made[2], made[0]]) == [made[2], made[0]]
    assert found(emr, CreatedAfter=START) == [made[2], made[1]]
    assert found(emr, CreatedBefore=START + 2) == [made[1], made[0]]
    assert found(emr, CreatedAfter=START, CreatedBefore=START + 2) == [made[1]]
    assert found(emr, JobFlowIds=made[:2], CreatedAfter=START) == [made[1]]
    assert found(emr, JobFlowIds=[], JobFlowStates=[]) == made[::-1]


def test_old_job_flows_are_not_shown(endpoint: Endpoint, emr: Any) -> None:
    live, ended = run(emr), run(emr)
    endpoint.move(ended, "TERMINATED")
    for days, unfiltered, filtered in [
        (13, {live, ended}, {live, ended}),
        (15, {live}, {live, ended}),
        (59, {live}, {live, ended}),
        (61, set(), set()),
    ]:
        endpoint.now = START + days * DAY
        assert set(found(emr)) == unfiltered
        assert set(found(emr, CreatedAfter=0)) == filtered
        assert set(found(emr, JobFlowIds=[live, ended])) == filtered


def test_at_most_512_are_shown(endpoint: Endpoint, emr: Any) -> None:
    first = endpoint.load(run(emr))

    def more() -> None:
        for number in range(520):
            made = replace(first.cluster, id=f"j-{number:013}", created=START + 1 + number)
            groups = tuple(replace(each, id=f"{each.id}-{number}", cluster_id=made.id) for each in first.groups)
            endpoint.store.add_cluster(replace(first, cluster=made, groups=groups))

    endpoint.server.do(more)
    shown = found(emr)
    assert (len(shown), shown[0], shown[-1]) == (512, f"j-{519:013}", f"j-{8:013}")


def test_refusals(emr: Any) -> None:
    cluster_id = run(emr)
    for wanted in (UNKNOWN, "nonsense"):
        refused = refusal(emr.describe_job_flows, JobFlowIds=[cluster_id, wanted])
        assert refused == validation("Specified job flow ID not valid")
    assert refusal(emr.describe_job_flows, JobFlowStates=["NONE"])[:2] == validation("")[:2]
