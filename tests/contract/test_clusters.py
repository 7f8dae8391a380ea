"""Operations on clusters: answers, defaults, errors to the word, and what was stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.records import CORE, MASTER, Instance, InstanceSpec, InstanceStatus, Records
from localemr.domain.model.states import InstanceState, Reason
from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import GROUPS, ROLES, UNKNOWN, cluster, invalid, refusal, run, step, validation


def with_instances(old: Records, ready: float | None = None) -> Records:
    """The cluster with its three instances, running if `ready`."""
    state = InstanceState.PROVISIONING if ready is None else InstanceState.RUNNING
    groups = {group.spec.role: group.id for group in old.groups}
    instances = tuple(
        Instance(
            f"ci-{number}", old.cluster.id, START,
            InstanceSpec(groups[role], role, "m5.xlarge", number, f"i-{number}", f"ip-10-213-0-{number + 10}"),
            InstanceStatus(state, ready=ready),
        )
        for number, role in enumerate((MASTER, CORE, CORE), 1)
    )  # fmt: skip
    return replace(old, instances=instances)


def test_run_job_flow_and_describe(endpoint: Endpoint, emr: Any) -> None:
    answer = emr.run_job_flow(
        **cluster(LogUri="s3://logs/emr", Tags=[{"Key": "k", "Value": "v"}]),
    )
    cluster_id = answer["JobFlowId"]
    arn = f"arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/{cluster_id}"
    assert answer["ClusterArn"] == arn
    assert endpoint.woken == [cluster_id]
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    created = shown["Status"]["Timeline"].pop("CreationDateTime")
    assert created.timestamp() == START
    assert shown == {
        "Id": cluster_id,
        "Name": "test",
        "Status": {"State": "STARTING", "StateChangeReason": {}, "Timeline": {}},
        "Ec2InstanceAttributes": {
            "RequestedEc2SubnetIds": [],
            "Ec2AvailabilityZone": "us-east-1a",
            "RequestedEc2AvailabilityZones": [],
            "IamInstanceProfile": "EMR_EC2_DefaultRole",
            "AdditionalMasterSecurityGroups": [],
            "AdditionalSlaveSecurityGroups": [],
        },
        "InstanceCollectionType": "INSTANCE_GROUP",
        "LogUri": "s3n://logs/emr/",
        "ReleaseLabel": "emr-7.13.0",
        "AutoTerminate": False,
        "TerminationProtected": False,
        "UnhealthyNodeReplacement": True,
        "VisibleToAllUsers": True,
        "Applications": [{"Name": "Spark", "Version": "3.5.6"}],
        "Tags": [{"Key": "k", "Value": "v"}],
        "ServiceRole": "EMR_DefaultRole",
        "NormalizedInstanceHours": 0,
        "Configurations": [],
        "ScaleDownBehavior": "TERMINATE_AT_TASK_COMPLETION",
        "ClusterArn": arn,
        "StepConcurrencyLevel": 1,
        "PlacementGroups": [],
    }


def test_defaults_of_an_old_program(endpoint: Endpoint, emr: Any) -> None:
    instances = {"MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "c5.xlarge", "InstanceCount": 3}
    cluster_id = emr.run_job_flow(Name="old", Instances={**instances, "HadoopVersion": "1.0.3"}, **ROLES)["JobFlowId"]
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert (shown["ReleaseLabel"], shown["AutoTerminate"]) == ("emr-7.13.0", True)
    assert shown["Applications"] == [{"Name": "Hadoop", "Version": "3.4.2"}]
    assert not {"LogUri", "AutoScalingRole", "EbsRootVolumeSize", "MasterPublicDnsName"} & set(shown)
    groups = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert [(each["InstanceGroupType"], each["InstanceType"], each["RequestedInstanceCount"]) for each in groups] == [
        ("MASTER", "m5.xlarge", 1),
        ("CORE", "c5.xlarge", 2),
    ]


def test_a_running_cluster(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(endpoint.client("eu-west-1"))
    endpoint.save(with_instances, cluster_id)
    assert "MasterPublicDnsName" not in emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    endpoint.move(cluster_id, "BOOTSTRAPPING", reason=Reason("", "Running bootstrap actions"))
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert shown["MasterPublicDnsName"] == "ip-10-213-0-11.eu-west-1.compute.internal"
    assert shown["Status"]["StateChangeReason"] == {"Message": "Running bootstrap actions"}
    assert shown["NormalizedInstanceHours"] == 0
    endpoint.save(
        lambda old: replace(
            old,
            instances=tuple(
                replace(each, status=InstanceStatus(InstanceState.RUNNING, ready=START + 60)) for each in old.instances
            ),
        ),
        cluster_id,
    )
    endpoint.move(cluster_id, "WAITING", ready=START + 60)
    endpoint.now = START + 60 + 3601
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert shown["Status"]["Timeline"]["ReadyDateTime"].timestamp() == START + 60
    assert shown["NormalizedInstanceHours"] == 3 * 8 * 2
    assert emr.list_clusters()["Clusters"][0]["NormalizedInstanceHours"] == 48


def test_an_ended_cluster_has_code_and_message(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    endpoint.move(cluster_id, "TERMINATED_WITH_ERRORS", reason=Reason("STEP_FAILURE", "Shut down"), ended=START + 9)
    status = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]
    assert status["StateChangeReason"] == {"Code": "STEP_FAILURE", "Message": "Shut down"}
    assert status["Timeline"]["EndDateTime"].timestamp() == START + 9


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ReleaseLabel": "emr-5.3.1"}, "The supplied release label is invalid: emr-5.3.1."),
        ({"Name": "a<b"}, "Invalid cluster name: it must not contain any of the characters <, >, $, | and `."),
        (
            {"Configurations": [{"Classification": "spark-log4j", "Properties": {}}]},
            "Classification 'spark-log4j' is not valid for parent classification 'null'.",
        ),
        (
            {"Instances": {"InstanceGroups": [{**GROUPS[0], "InstanceType": "r7g.large"}]}},
            "Instance type 'r7g.large' is not supported. EMR has no type with a similar name.",
        ),
        (
            {"Instances": {"InstanceGroups": [{**GROUPS[0], "InstanceRole": "X"}]}},
            "1 validation error detected: Value 'X' at 'instances.instanceGroups.1.member.instanceRole' failed to "
            "satisfy constraint: Member must satisfy enum value set: [MASTER, CORE, TASK]",
        ),
        ({"StepConcurrencyLevel": 257}, "Invalid step concurrency level. Allowed level is from 1 to 256"),
    ],
)
def test_a_refused_cluster_leaves_nothing(endpoint: Endpoint, emr: Any, members: dict[str, Any], message: str) -> None:
    assert refusal(emr.run_job_flow, **cluster(Steps=[step()]) | members) == validation(message)
    assert endpoint.stored() == endpoint.woken == []


def test_a_cluster_that_does_not_fit_on_the_host(make_endpoint: Callable[..., Endpoint]) -> None:
    # Idle, a master takes 1,000 MiB and a core instance 500; 1,024 MiB are for a job.
    endpoint = make_endpoint(host_memory_mb=6000)
    emr = endpoint.client()
    first = run(emr)
    assert refusal(emr.run_job_flow, **cluster()) == validation(
        "The cluster does not fit on this host: 1 x m5.xlarge, 2 x m5.xlarge needs 3024 MiB of memory for daemons and "
        "a small job, 2976 MiB of 6000 MiB are free. Use fewer instances, terminate other clusters, or let clusters "
        "take more of the host's memory (LOCALEMR_HOST_MEMORY_SHARE)."
    )
    assert endpoint.stored() == [first]
    small = run(emr, Instances={"InstanceCount": 1, "MasterInstanceType": "m5.xlarge"})
    assert endpoint.stored() == [small, first]
    endpoint.move(first, "TERMINATED")
    run(emr)


def test_list_clusters_in_pages_while_clusters_are_added(endpoint: Endpoint, emr: Any) -> None:
    ids = []
    for _ in range(53):
        endpoint.now += 1
        ids.append(run(emr))
    newest_first = ids[::-1]
    first = emr.list_clusters()
    assert [each["Id"] for each in first["Clusters"]] == newest_first[:50]
    endpoint.now += 1
    added = run(emr)
    second = emr.list_clusters(Marker=first["Marker"])
    assert [each["Id"] for each in second["Clusters"]] == newest_first[50:]
    assert "Marker" not in second
    pages = emr.get_paginator("list_clusters").paginate()
    assert [each["Id"] for each in pages.search("Clusters[]")] == [added, *newest_first]


def test_clusters_of_the_same_moment_do_not_get_lost_between_pages(endpoint: Endpoint, emr: Any) -> None:
    ids = {run(emr) for _ in range(51)}
    pages = emr.get_paginator("list_clusters").paginate()
    listed = [each["Id"] for each in pages.search("Clusters[]")]
    assert len(listed) == 51
    assert set(listed) == ids


@pytest.mark.shows("emr", "ListClusters")
def test_list_clusters_by_state_and_time(endpoint: Endpoint, emr: Any) -> None:
    ids = []
    for endpoint.now in (START, START + 10, START + 20):
        ids.append(run(emr))
    endpoint.move(ids[1], "WAITING")

    def listed(**filters: Any) -> list[str]:
        return [each["Id"] for each in emr.list_clusters(**filters)["Clusters"]]

    assert listed(ClusterStates=["WAITING"]) == [ids[1]]
    assert listed(ClusterStates=["WAITING", "STARTING"]) == ids[::-1]
    assert listed(ClusterStates=["TERMINATED"]) == []
    assert listed(CreatedAfter=START) == [ids[2], ids[1]]
    assert listed(CreatedBefore=START + 20) == [ids[1], ids[0]]
    assert listed(CreatedAfter=START, CreatedBefore=START + 20, ClusterStates=["STARTING"]) == []
    summary = emr.list_clusters(ClusterStates=["WAITING"])["Clusters"][0]
    assert set(summary) == {"Id", "Name", "Status", "NormalizedInstanceHours", "ClusterArn"}
    assert refusal(emr.list_clusters, Marker="x") == invalid("Marker 'x' is not valid.")


@pytest.mark.parametrize(
    ("method", "more"),
    [
        ("describe_cluster", {}),
        ("list_instances", {}),
        ("list_instance_groups", {}),
        ("list_bootstrap_actions", {}),
        ("list_steps", {}),
        ("describe_step", {"StepId": "s-1"}),
        ("cancel_steps", {"StepIds": ["s-1"]}),
    ],
)
def test_ids_of_no_cluster_in_new_operations(emr: Any, method: str, more: dict[str, Any]) -> None:
    call = getattr(emr, method)
    assert refusal(call, ClusterId=UNKNOWN, **more) == invalid(f"Cluster id '{UNKNOWN}' is not valid.")
    assert refusal(call, ClusterId="j-1", **more) == validation("clusterId 'j-1' is not valid.")


@pytest.mark.shows("emr", "ListBootstrapActions")
def test_bootstrap_actions(emr: Any) -> None:
    actions = [
        {"Name": f"b{number}", "ScriptBootstrapAction": {"Path": f"s3://b/{number}.sh", "Args": [str(number)]}}
        for number in range(16)
    ]
    cluster_id = run(emr, BootstrapActions=actions)
    listed = emr.list_bootstrap_actions(ClusterId=cluster_id)
    assert listed["BootstrapActions"] == [
        {"Name": f"b{number}", "ScriptPath": f"s3://b/{number}.sh", "Args": [str(number)]} for number in range(16)
    ]
    assert "Marker" not in listed
    assert emr.list_bootstrap_actions(ClusterId=run(emr))["BootstrapActions"] == []


def test_configurations_come_back_as_they_were_sent(emr: Any) -> None:
    configurations = [
        {"Classification": "core-site", "Properties": {"a": "b"}},
        {
            "Classification": "hadoop-env",
            "Properties": {},
            "Configurations": [{"Classification": "export", "Properties": {"X": "1"}}],
        },
    ]
    cluster_id = run(emr, Configurations=configurations)
    assert emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Configurations"] == configurations
