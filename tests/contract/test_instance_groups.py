"""AddInstanceGroups and ModifyInstanceGroups: answers, errors to the word, and what was stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.records import Records
from localemr.domain.model.states import InstanceState
from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import GROUPS, UNKNOWN, refusal, run, validation
from tests.contract.test_instances import instance

TASK = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1}
NOT_READY = "An instance group may only be {} when the cluster is running or waiting"
ENDING = "A job flow that is shutting down, terminated, or finished may not be modified."


def waiting(endpoint: Endpoint, emr: Any, task: int = 2, **members: Any) -> tuple[str, list[str]]:
    """A WAITING cluster of a master, two core and some task instances; its id and those of its groups."""
    groups = [*GROUPS, {**TASK, "InstanceCount": task}]
    cluster_id = run(emr, Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True}, **members)
    of = [0, 1, 1, *[2] * task]

    def running(old: Records) -> Records:
        made = [instance(old, group, number, InstanceState.RUNNING) for number, group in enumerate(of, 1)]
        return replace(old, instances=tuple(made))

    endpoint.save(running, cluster_id)
    endpoint.move(cluster_id, "WAITING")
    endpoint.woken.clear()
    return cluster_id, [group.id for group in endpoint.load(cluster_id).groups]


def ec2_ids(emr: Any, cluster_id: str, role: str) -> list[str]:
    listed = emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=[role])["Instances"]
    return [each["Ec2InstanceId"] for each in listed]


def shown(emr: Any, cluster_id: str) -> list[tuple[str, int]]:
    listed = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    return [(each["InstanceGroupType"], each["RequestedInstanceCount"]) for each in listed]


def test_groups_are_added_in_order(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, before = waiting(endpoint, emr)
    endpoint.now = START + 100
    spark = {"Classification": "spark-defaults", "Properties": {"a": "b"}}
    more = {**TASK, "Name": "spot", "Market": "SPOT", "BidPrice": "0.1", "InstanceCount": 2, "Configurations": [spark]}
    answer = emr.add_instance_groups(JobFlowId=cluster_id, InstanceGroups=[more, {**TASK, "InstanceType": "c5.xlarge"}])
    assert answer["JobFlowId"] == cluster_id
    assert answer["ClusterArn"] == f"arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/{cluster_id}"
    listed = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert [each["Id"] for each in listed] == before + answer["InstanceGroupIds"]
    added = listed[3]
    assert added["Status"]["Timeline"]["CreationDateTime"].timestamp() == START + 100
    assert (added["Status"]["State"], added["RequestedInstanceCount"], added["RunningInstanceCount"]) == (
        "PROVISIONING", 2, 0,
    )  # fmt: skip
    assert (added["Name"], added["Market"], added["BidPrice"]) == ("spot", "SPOT", "0.1")
    assert added["Configurations"] == [spark]
    assert listed[4]["InstanceType"] == "c5.xlarge"
    assert endpoint.woken == [cluster_id]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([], "At least one instance group must be specified."),
        ([{**TASK, "InstanceCount": 0}], "An instance group must have at least one instance."),
        (
            [TASK, {**TASK, "InstanceType": "r7g.large"}],
            "Instance type 'r7g.large' is not supported. EMR has no type with a similar name.",
        ),
        (
            [{**TASK, "InstanceRole": "MASTER"}],
            "Multiple master instance groups supplied, you must specify exactly one master instance group",
        ),
        (
            [{**TASK, "InstanceRole": "CORE"}],
            "Multiple core instance groups supplied, you must specify at most one core instance group",
        ),
        ([TASK] * 48, "The number of task instance groups exceeds the maximum of 48."),
        ([{**TASK, "InstanceCount": 236}], "A cluster may have 240 instances on LocalEMR; 241 were requested."),
        ([{**TASK, "BidPrice": "1"}], "Attempted to set bid price for on demand instance group."),
        (
            [{**TASK, "Configurations": [{"Classification": "spark-log4j", "Properties": {}}]}],
            "Classification 'spark-log4j' is not valid for parent classification 'null'.",
        ),
        (
            [{**TASK, "InstanceRole": "X"}],
            "1 validation error detected: Value 'X' at 'instanceGroups.1.member.instanceRole' failed to satisfy "
            "constraint: Member must satisfy enum value set: [MASTER, CORE, TASK]",
        ),
    ],
)
def test_refused_groups_leave_nothing(endpoint: Endpoint, emr: Any, groups: list[Any], message: str) -> None:
    cluster_id, _ = waiting(endpoint, emr)
    before = endpoint.load(cluster_id)
    call = emr.add_instance_groups
    assert refusal(call, JobFlowId=cluster_id, InstanceGroups=groups) == validation(message)
    assert endpoint.load(cluster_id) == before
    assert endpoint.woken == []


def test_a_cluster_without_core_instances_stays_so(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, Instances={"InstanceCount": 1, "MasterInstanceType": "m5.xlarge"})
    endpoint.move(cluster_id, "RUNNING")
    call = emr.add_instance_groups
    assert refusal(call, JobFlowId=cluster_id, InstanceGroups=[TASK]) == validation(
        "Clusters with task nodes must also define core nodes."
    )
    for groups in ([{**TASK, "InstanceRole": "CORE"}], [TASK, {**TASK, "InstanceRole": "CORE"}]):
        assert refusal(call, JobFlowId=cluster_id, InstanceGroups=groups) == validation(
            "A core instance group can only be defined when the cluster is created."
        )


def test_clusters_to_which_no_group_can_be_added(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, groups = waiting(endpoint, emr)
    add, modify = emr.add_instance_groups, emr.modify_instance_groups
    asked = {"InstanceGroups": [TASK]}
    change = {"InstanceGroups": [{"InstanceGroupId": groups[2], "InstanceCount": 3}]}
    assert refusal(add, JobFlowId=UNKNOWN, **asked) == validation("Specified job flow ID does not exist.")
    assert refusal(add, JobFlowId="j-1", **asked) == validation("jobFlowId 'j-1' is not valid.")
    for state in ("STARTING", "BOOTSTRAPPING"):
        endpoint.move(cluster_id, state)
        assert refusal(add, JobFlowId=cluster_id, **asked) == validation(NOT_READY.format("added"))
        assert refusal(modify, **change) == validation(NOT_READY.format("modified"))
    endpoint.move(cluster_id, "RUNNING")
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    for state in ("RUNNING", "TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"):
        endpoint.move(cluster_id, state)
        assert refusal(add, JobFlowId=cluster_id, **asked) == validation(ENDING)
        assert refusal(modify, **change) == validation(NOT_READY.format("modified"))


def test_new_instances_that_do_not_fit_on_the_host(make_endpoint: Callable[..., Endpoint]) -> None:
    # Idle, the five instances take 3,000 MiB; 1,024 MiB are for a job.
    endpoint = make_endpoint(host_memory_mb=4924)
    emr = endpoint.client()
    cluster_id, groups = waiting(endpoint, emr)
    end = (
        "needs 1000 MiB of memory for daemons and a small job, 900 MiB of 4924 MiB are free. Use fewer instances, "
        "terminate other clusters, or let clusters take more of the host's memory (LOCALEMR_HOST_MEMORY_SHARE)."
    )
    assert refusal(emr.add_instance_groups, JobFlowId=cluster_id, InstanceGroups=[TASK, TASK]) == validation(
        f"The new instances do not fit on this host: 1 x m5.xlarge, 1 x m5.xlarge {end}"
    )
    change = {"InstanceGroupId": groups[2], "InstanceCount": 4}
    assert refusal(emr.modify_instance_groups, InstanceGroups=[change]) == validation(
        f"The new instances do not fit on this host: 2 x m5.xlarge {end}"
    )
    assert shown(emr, cluster_id) == [("MASTER", 1), ("CORE", 2), ("TASK", 2)]
    emr.modify_instance_groups(InstanceGroups=[{**change, "InstanceCount": 3}])
    emr.modify_instance_groups(InstanceGroups=[{**change, "InstanceCount": 0}])
    assert shown(emr, cluster_id)[2] == ("TASK", 0)


def test_groups_are_resized(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, (_, core, task) = waiting(endpoint, emr)
    changes = [
        {"InstanceGroupId": core, "InstanceCount": 3},
        {"InstanceGroupId": task, "InstanceCount": 0},
    ]
    assert set(emr.modify_instance_groups(ClusterId=cluster_id, InstanceGroups=changes)) == {"ResponseMetadata"}
    assert shown(emr, cluster_id) == [("MASTER", 1), ("CORE", 3), ("TASK", 0)]
    assert endpoint.woken == [cluster_id]
    assert [group.spec.launched for group in endpoint.load(cluster_id).groups] == [1, 2, 2]
    emr.modify_instance_groups(InstanceGroups=[{"InstanceGroupId": core, "InstanceCount": 1}])
    assert shown(emr, cluster_id) == [("MASTER", 1), ("CORE", 1), ("TASK", 0)]
    assert [group.spec.launched for group in endpoint.load(cluster_id).groups] == [1, 2, 2]


def test_a_shrink_policy_is_shown_until_the_next_resize(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, groups = waiting(endpoint, emr)
    first, second = ec2_ids(emr, cluster_id, "TASK")
    policy = {
        "DecommissionTimeout": 60,
        "InstanceResizePolicy": {
            "InstancesToTerminate": [first], "InstancesToProtect": [second], "InstanceTerminationTimeout": 30,
        },
    }  # fmt: skip
    change = {"InstanceGroupId": groups[2], "InstanceCount": 1}
    emr.modify_instance_groups(InstanceGroups=[{**change, "ShrinkPolicy": policy}])
    listed = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert [each["ShrinkPolicy"] for each in listed] == [{}, {}, policy]
    emr.modify_instance_groups(InstanceGroups=[change])
    assert emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"][2]["ShrinkPolicy"] == {}


def test_instances_terminated_by_name_lower_the_count_once(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, groups = waiting(endpoint, emr, task=3)
    first, second, _ = ec2_ids(emr, cluster_id, "TASK")
    for named in ([first, first], [first], [second, first]):
        emr.modify_instance_groups(
            InstanceGroups=[{"InstanceGroupId": groups[2], "EC2InstanceIdsToTerminate": named}]
        )  # fmt: skip
    assert shown(emr, cluster_id)[2] == ("TASK", 1)
    assert endpoint.load(cluster_id).groups[2].spec.terminate == (first, second)

    def ended(old: Records) -> Records:
        gone = replace(old.instances[-1], status=replace(old.instances[-1].status, state=InstanceState.TERMINATED))
        leaving = replace(old.instances[3], status=replace(old.instances[3].status, leaving=START))
        return replace(old, instances=(*old.instances[:3], leaving, *old.instances[4:-1], gone))

    endpoint.save(ended, cluster_id)
    change = {"InstanceGroupId": groups[2], "EC2InstanceIdsToTerminate": ec2_ids(emr, cluster_id, "TASK")}
    emr.modify_instance_groups(InstanceGroups=[change])
    assert shown(emr, cluster_id)[2] == ("TASK", 1)


@pytest.mark.parametrize(
    ("index", "change", "message"),
    [
        (0, {"InstanceCount": 1}, "A master instance group may not be modified"),
        (0, {"InstanceCount": 3}, "A master instance group may not be modified"),
        (2, {"InstanceCount": -1}, "The number of instances of an instance group must not be negative."),
        (2, {"InstanceCount": 238}, "A cluster may have 240 instances on LocalEMR; 241 were requested."),
        (2, {"EC2InstanceIdsToTerminate": ["i-0"]}, "Instance id 'i-0' is not valid."),
        (
            2,
            {"InstanceCount": 1, "EC2InstanceIdsToTerminate": ["i-0"]},
            "Specify either InstanceCount or EC2InstanceIdsToTerminate, not both.",
        ),
        (
            2,
            {"InstanceCount": 1, "ShrinkPolicy": {"InstanceResizePolicy": {"InstancesToProtect": ["i-0"]}}},
            "Instance id 'i-0' is not valid.",
        ),
        (
            1,
            {"InstanceCount": 0},
            "The core instance group cannot be shrunk to 0: its HDFS needs at least 1 instances (dfs.replication).",
        ),
    ],
)
def test_a_refused_change_changes_nothing(
    endpoint: Endpoint, emr: Any, index: int, change: dict[str, Any], message: str
) -> None:
    cluster_id, groups = waiting(endpoint, emr)
    before = endpoint.load(cluster_id)
    good = {"InstanceGroupId": groups[1 if index == 2 else 2], "InstanceCount": 2}
    changes = [good, {"InstanceGroupId": groups[index], **change}]
    assert refusal(emr.modify_instance_groups, InstanceGroups=changes) == validation(message)
    assert endpoint.load(cluster_id) == before
    assert endpoint.woken == []


def test_policies_that_contradict_themselves(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, groups = waiting(endpoint, emr)
    first, second = ec2_ids(emr, cluster_id, "TASK")

    def refused(count: int, **policy: Any) -> tuple[int, str, str]:
        change = {"InstanceGroupId": groups[2], "InstanceCount": count}
        return refusal(
            emr.modify_instance_groups,
            InstanceGroups=[change | {"ShrinkPolicy": {"InstanceResizePolicy": policy}}],
        )

    assert refused(1, InstancesToTerminate=[first], InstancesToProtect=[first, second]) == validation(
        f"Instance {first} cannot be both terminated and protected."
    )
    assert refused(1, InstancesToProtect=[first, second]) == validation(
        "An instance group with 2 protected instances cannot be shrunk to 1."
    )
    negative = "The timeouts of a shrink policy must not be negative."
    assert refused(1, InstanceTerminationTimeout=-1) == validation(negative)
    change = {"InstanceGroupId": groups[2], "InstanceCount": 1, "ShrinkPolicy": {"DecommissionTimeout": -1}}
    assert refusal(emr.modify_instance_groups, InstanceGroups=[change]) == validation(negative)


def test_groups_that_cannot_be_named(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, groups = waiting(endpoint, emr)
    other, theirs = waiting(endpoint, emr)
    call = emr.modify_instance_groups
    change = {"InstanceGroupId": groups[2], "InstanceCount": 1}
    unknown = {"InstanceGroupId": "ig-X", "InstanceCount": 1}
    foreign = {"InstanceGroupId": theirs[2], "InstanceCount": 1}
    assert refusal(call) == refusal(call, InstanceGroups=[]) == validation(
        "At least one instance group must be specified."
    )  # fmt: skip
    for changes in ([unknown], [change, unknown]):
        assert refusal(call, InstanceGroups=changes) == validation("Instance group id 'ig-X' is not valid.")
    not_here = validation(f"Instance group id '{theirs[2]}' is not valid.")
    assert refusal(call, ClusterId=cluster_id, InstanceGroups=[foreign]) == not_here
    assert refusal(call, InstanceGroups=[change, foreign]) == not_here
    assert refusal(call, InstanceGroups=[change, change]) == validation(
        f"Instance group id '{groups[2]}' is named more than once."
    )
    for wrong, text in ((UNKNOWN, "Specified job flow ID does not exist."), ("j-1", "clusterId 'j-1' is not valid.")):
        assert refusal(call, ClusterId=wrong, InstanceGroups=[change]) == validation(text)
    assert shown(emr, cluster_id) == shown(emr, other) == [("MASTER", 1), ("CORE", 2), ("TASK", 2)]


def test_a_scaling_policy_of_a_new_group_is_checked(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, ids = waiting(endpoint, emr)
    constraints = {"MinCapacity": 5, "MaxCapacity": 1}
    bad = {**TASK, "AutoScalingPolicy": {"Constraints": constraints, "Rules": []}}
    assert refusal(emr.add_instance_groups, JobFlowId=cluster_id, InstanceGroups=[bad])[:2] == validation("")[:2]
    assert [each["Id"] for each in emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]] == ids
