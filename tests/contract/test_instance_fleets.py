"""Clusters of instance fleets: what is read back, errors to the word, and what was stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localemr.domain.model.records import Records
from localemr.domain.model.states import InstanceState
from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import UNKNOWN, cluster, invalid, refusal, run, validation
from tests.contract.test_instances import instance

SPOT = {"TimeoutDurationMinutes": 10, "TimeoutAction": "SWITCH_TO_ON_DEMAND"}
EBS = {
    "EbsOptimized": True,
    "EbsBlockDeviceConfigs": [
        {"VolumeSpecification": {"VolumeType": "gp3", "SizeInGB": 32}, "VolumesPerInstance": 2},
    ],
}
MASTER = {
    "InstanceFleetType": "MASTER",
    "TargetOnDemandCapacity": 1,
    "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}],
}
CORE = {
    "Name": "workers",
    "InstanceFleetType": "CORE",
    "TargetOnDemandCapacity": 2,
    "TargetSpotCapacity": 3,
    "InstanceTypeConfigs": [
        {"InstanceType": "m5.2xlarge", "WeightedCapacity": 2, "BidPrice": "0.5", "EbsConfiguration": EBS},
        {"InstanceType": "r9.huge", "WeightedCapacity": 4, "BidPriceAsPercentageOfOnDemandPrice": 80.0},
    ],
    "LaunchSpecifications": {"SpotSpecification": SPOT},
    "ResizeSpecifications": {"SpotResizeSpecification": {"TimeoutDurationMinutes": 20}},
    "Context": "c",
}
TASK = {
    "InstanceFleetType": "TASK",
    "TargetSpotCapacity": 2,
    "InstanceTypeConfigs": [{"InstanceType": "c5.xlarge"}],
}
EXCLUSIVE = "Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in the request uses"
NOT_READY = "An instance fleet may only be {} when the cluster is running or waiting"


def fleets(*wanted: dict[str, Any], **more: Any) -> dict[str, Any]:
    return {"InstanceFleets": list(wanted), "KeepJobFlowAliveWhenNoSteps": True, **more}


def waiting(endpoint: Endpoint, emr: Any, *more: dict[str, Any]) -> tuple[str, list[str]]:
    """A WAITING cluster of a master and three core instances, two of them of the market SPOT; its id, its fleets'."""
    cluster_id = run(emr, Instances=fleets(MASTER, CORE, *more))

    def running(old: Records) -> Records:
        made = []
        for number, (index, market) in enumerate([(0, "ON_DEMAND"), (1, "ON_DEMAND"), (1, "SPOT"), (1, "SPOT")], 1):
            each = instance(old, index, number, InstanceState.RUNNING)
            made.append(replace(each, spec=replace(each.spec, market=market)))
        return replace(old, instances=tuple(made))

    endpoint.save(running, cluster_id)
    endpoint.move(cluster_id, "WAITING")
    endpoint.woken.clear()
    return cluster_id, [group.id for group in endpoint.load(cluster_id).groups]


def listed(emr: Any, cluster_id: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = emr.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"]
    return found


def capacities(emr: Any, cluster_id: str, index: int = 1) -> tuple[int, ...]:
    shown = listed(emr, cluster_id)[index]
    return tuple(
        shown[f"{kind}{market}Capacity"] for kind in ("Target", "Provisioned") for market in ("OnDemand", "Spot")
    )


def error_code(call: Callable[..., Any], **request: Any) -> Any:
    with pytest.raises(ClientError) as caught:
        call(**request)
    return caught.value.response.get("ErrorCode")


def test_list_instance_fleets(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, Instances=fleets(MASTER, CORE))
    master, core = listed(emr, cluster_id)
    assert core["Status"].pop("Timeline")["CreationDateTime"].timestamp() == START
    volume = {"VolumeType": "gp3", "SizeInGB": 32}
    assert core == {
        "Id": endpoint.load(cluster_id).groups[1].id,
        "Name": "workers",
        "Status": {"State": "PROVISIONING", "StateChangeReason": {"Message": ""}},
        "InstanceFleetType": "CORE",
        "TargetOnDemandCapacity": 2,
        "TargetSpotCapacity": 3,
        "ProvisionedOnDemandCapacity": 0,
        "ProvisionedSpotCapacity": 0,
        "InstanceTypeSpecifications": [
            {
                "InstanceType": "m5.2xlarge",
                "WeightedCapacity": 2,
                "BidPrice": "0.5",
                "Configurations": [],
                "EbsBlockDevices": [
                    {"VolumeSpecification": volume, "Device": "/dev/sdb"},
                    {"VolumeSpecification": volume, "Device": "/dev/sdc"},
                ],
                "EbsOptimized": True,
            },
            {
                "InstanceType": "r9.huge",
                "WeightedCapacity": 4,
                "BidPriceAsPercentageOfOnDemandPrice": 80.0,
                "Configurations": [],
                "EbsBlockDevices": [],
            },
        ],
        "LaunchSpecifications": CORE["LaunchSpecifications"],
        "ResizeSpecifications": CORE["ResizeSpecifications"],
        "Context": "c",
    }
    assert master["Name"] == ""
    assert master["InstanceTypeSpecifications"][0]["BidPriceAsPercentageOfOnDemandPrice"] == 100.0


def test_what_runs_counts_in_units(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, _ = waiting(endpoint, emr)
    assert capacities(emr, cluster_id, 0) == (1, 0, 1, 0)
    assert capacities(emr, cluster_id) == (2, 3, 2, 4)


def test_describe_cluster(emr: Any) -> None:
    cluster_id = run(emr, Instances=fleets(MASTER, CORE, Ec2SubnetIds=["subnet-1", "subnet-2"]))
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert shown["InstanceCollectionType"] == "INSTANCE_FLEET"
    ec2 = shown["Ec2InstanceAttributes"]
    assert (ec2["Ec2SubnetId"], ec2["RequestedEc2SubnetIds"]) == ("subnet-1", ["subnet-1", "subnet-2"])


def test_describe_job_flows(emr: Any) -> None:
    cluster_id = run(emr, Instances=fleets(MASTER, CORE))
    instances = emr.describe_job_flows(JobFlowIds=[cluster_id])["JobFlows"][0]["Instances"]
    assert (instances["InstanceCount"], instances["InstanceGroups"]) == (4, [])
    assert (instances["MasterInstanceType"], instances["SlaveInstanceType"]) == ("m5.xlarge", "m5.2xlarge")


def test_list_instances(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, (master, core) = waiting(endpoint, emr)
    found = emr.list_instances(ClusterId=cluster_id)["Instances"]
    assert [each["InstanceFleetId"] for each in found] == [master, core, core, core]
    assert all("InstanceGroupId" not in each for each in found)
    assert [each["Market"] for each in found] == ["ON_DEMAND", "ON_DEMAND", "SPOT", "SPOT"]
    for filters in ({"InstanceFleetId": core}, {"InstanceFleetType": "CORE"}):
        assert emr.list_instances(ClusterId=cluster_id, **filters)["Instances"] == found[1:]
    assert emr.list_instances(ClusterId=cluster_id, InstanceFleetType="TASK")["Instances"] == []
    unknown = invalid("Instance fleet id 'if-X' is not valid.")
    assert refusal(emr.list_instances, ClusterId=cluster_id, InstanceFleetId="if-X") == unknown
    for wrong in ({"InstanceGroupId": core}, {"InstanceGroupTypes": ["CORE"]}):
        assert refusal(emr.list_instances, ClusterId=cluster_id, **wrong) == invalid(
            f"{EXCLUSIVE} instance fleets. Use InstanceFleetId or InstanceFleetType instead."
        )


def test_groups_and_fleets_exclude_each_other(endpoint: Endpoint, emr: Any) -> None:
    of_fleets, ids = waiting(endpoint, emr)
    of_groups = run(emr)

    def text(used: str, operation: str, instead: str) -> str:
        return (
            f"{EXCLUSIVE} instance {used}. The {operation} operation does not support clusters that use instance "
            f"{used}. Use the {instead} operation instead."
        )

    call: Any = emr.list_instance_groups
    assert refusal(call, ClusterId=of_fleets) == invalid(text("fleets", "ListInstanceGroups", "ListInstanceFleets"))
    assert error_code(call, ClusterId=of_fleets) == "API_DOES_NOT_SUPPORT_INSTANCE_FLEET_CLUSTERS"
    call = emr.list_instance_fleets
    assert refusal(call, ClusterId=of_groups) == invalid(text("groups", "ListInstanceFleets", "ListInstanceGroups"))
    assert error_code(call, ClusterId=of_groups) == "API_DOES_NOT_SUPPORT_INSTANCE_GROUP_CLUSTERS"
    assert refusal(emr.add_instance_fleet, ClusterId=of_groups, InstanceFleet=TASK) == invalid(
        text("groups", "AddInstanceFleet", "AddInstanceGroups")
    )
    group = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1}
    assert refusal(emr.add_instance_groups, JobFlowId=of_fleets, InstanceGroups=[group]) == validation(
        text("fleets", "AddInstanceGroups", "AddInstanceFleet")
    )
    change = {"InstanceGroupId": ids[1], "InstanceCount": 1}
    assert refusal(emr.modify_instance_groups, InstanceGroups=[change]) == validation(
        text("fleets", "ModifyInstanceGroups", "ModifyInstanceFleet")
    )
    policy = {"Constraints": {"MinCapacity": 1, "MaxCapacity": 2}, "Rules": []}
    assert refusal(
        emr.put_auto_scaling_policy, ClusterId=of_fleets, InstanceGroupId=ids[1], AutoScalingPolicy=policy
    ) == validation(f"Instance group id '{ids[1]}' is not valid.")


def test_units_of_managed_scaling(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, _ = waiting(endpoint, emr)

    def policy(unit: str) -> dict[str, Any]:
        return {"ComputeLimits": {"UnitType": unit, "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 4}}

    call = emr.put_managed_scaling_policy
    call(ClusterId=cluster_id, ManagedScalingPolicy=policy("InstanceFleetUnits"))
    assert refusal(call, ClusterId=cluster_id, ManagedScalingPolicy=policy("Instances")) == validation(
        "Invalid configuration for managed scaling. Clusters that use instance fleets need the unit type "
        "InstanceFleetUnits"
    )


def test_a_refused_cluster_is_not_stored(endpoint: Endpoint, emr: Any) -> None:
    assert refusal(emr.run_job_flow, **cluster(Instances=fleets(MASTER, TASK))) == validation(
        "Clusters with task instance fleets must also define core instance fleets."
    )
    assert endpoint.stored() == []


def test_add_instance_fleet(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, before = waiting(endpoint, emr)
    endpoint.now = START + 100
    answer = emr.add_instance_fleet(ClusterId=cluster_id, InstanceFleet=TASK)
    assert answer["ClusterId"] == cluster_id
    assert answer["ClusterArn"] == f"arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/{cluster_id}"
    assert [each["Id"] for each in listed(emr, cluster_id)] == [*before, answer["InstanceFleetId"]]
    assert capacities(emr, cluster_id, 2) == (0, 2, 0, 0)
    assert endpoint.load(cluster_id).groups[2].spec.launched == 0
    assert endpoint.woken == [cluster_id]


@pytest.mark.parametrize(
    ("there", "config", "message"),
    [
        ((), MASTER, "A master instance fleet can only be defined when the cluster is created."),
        ((), CORE, "A core instance fleet can only be defined when the cluster is created."),
        (
            (TASK,),
            TASK,
            "Multiple task instance fleets were supplied; you must specify at most one task instance fleet. "
            "Revise the configuration and resubmit.",
        ),
        (
            (),
            {**TASK, "TargetSpotCapacity": 0, "Name": "t"},
            "The instance fleet (t) should have a value of one or greater for either targetOnDemandCapacity or "
            "targetSpotCapacity.",
        ),
        ((), {**TASK, "TargetSpotCapacity": 240}, "A cluster may have 240 instances on LocalEMR; 244 were requested."),
    ],
)
def test_a_refused_fleet_is_not_stored(
    endpoint: Endpoint, emr: Any, there: tuple[dict[str, Any], ...], config: dict[str, Any], message: str
) -> None:
    cluster_id, _ = waiting(endpoint, emr, *there)
    before = endpoint.load(cluster_id)
    assert refusal(emr.add_instance_fleet, ClusterId=cluster_id, InstanceFleet=config) == invalid(message)
    assert endpoint.load(cluster_id) == before
    assert endpoint.woken == []


def test_modify_instance_fleet(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, ids = waiting(endpoint, emr)
    change: dict[str, Any] = {"InstanceFleetId": ids[1], "TargetSpotCapacity": 7}
    emr.modify_instance_fleet(ClusterId=cluster_id, InstanceFleet=change)
    assert capacities(emr, cluster_id)[:2] == (2, 7)
    assert endpoint.load(cluster_id).groups[1].spec.count == 5
    assert endpoint.woken == [cluster_id]
    resize = {"OnDemandResizeSpecification": {"TimeoutDurationMinutes": 30}}
    change = {"InstanceFleetId": ids[1], "TargetOnDemandCapacity": 1, "ResizeSpecifications": resize, "Context": "d"}
    emr.modify_instance_fleet(ClusterId=cluster_id, InstanceFleet=change)
    shown = listed(emr, cluster_id)[1]
    assert (shown["ResizeSpecifications"], shown["Context"]) == (resize, "d")
    assert capacities(emr, cluster_id)[:2] == (1, 7)


@pytest.mark.parametrize(
    ("index", "change", "message"),
    [
        (0, {"TargetOnDemandCapacity": 1}, "A master instance fleet may not be modified"),
        (1, {"TargetSpotCapacity": 480}, "A cluster may have 240 instances on LocalEMR; 242 were requested."),
        (
            1,
            {"TargetOnDemandCapacity": 0, "TargetSpotCapacity": 0},
            "The core instance fleet cannot be resized so that 0 of its instances stay: its HDFS needs at least 1 "
            "instances (dfs.replication).",
        ),
    ],
)
def test_refused_targets_change_nothing(
    endpoint: Endpoint, emr: Any, index: int, change: dict[str, Any], message: str
) -> None:
    cluster_id, ids = waiting(endpoint, emr)
    before = endpoint.load(cluster_id)
    asked = {"InstanceFleetId": ids[index], **change}
    assert refusal(emr.modify_instance_fleet, ClusterId=cluster_id, InstanceFleet=asked) == invalid(message)
    assert endpoint.load(cluster_id) == before
    assert endpoint.woken == []


def test_fleets_of_clusters_that_are_not_ready(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, Instances=fleets(MASTER, CORE))
    change = {"InstanceFleetId": endpoint.load(cluster_id).groups[1].id, "TargetSpotCapacity": 1}
    for state in ("STARTING", "BOOTSTRAPPING", "TERMINATING", "TERMINATED"):
        endpoint.move(cluster_id, state)
        modified = refusal(emr.modify_instance_fleet, ClusterId=cluster_id, InstanceFleet=change)
        assert modified == invalid(NOT_READY.format("modified"))
        added = refusal(emr.add_instance_fleet, ClusterId=cluster_id, InstanceFleet=TASK)
        assert added == invalid(NOT_READY.format("added"))


def test_fleets_that_cannot_be_named(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, _ = waiting(endpoint, emr)
    call, change = emr.modify_instance_fleet, {"InstanceFleetId": "if-X", "TargetSpotCapacity": 1}
    assert refusal(call, ClusterId=cluster_id, InstanceFleet=change) == invalid(
        "Instance fleet id 'if-X' is not valid."
    )
    assert refusal(call, ClusterId=UNKNOWN, InstanceFleet=change) == invalid(f"Cluster id '{UNKNOWN}' is not valid.")
    assert refusal(call, ClusterId="j-1", InstanceFleet=change) == validation("clusterId 'j-1' is not valid.")


def test_fleets_must_fit_into_the_hosts_memory(make_endpoint: Callable[..., Endpoint]) -> None:
    endpoint = make_endpoint(host_memory_mb=1000 + 3 * 500 + 1024 + 500)
    emr = endpoint.client()
    cluster_id, ids = waiting(endpoint, emr)
    before = endpoint.load(cluster_id)
    start = (
        "The new instances do not fit on this host: 2 x m5.2xlarge needs 1000 MiB of memory for daemons and a small "
    )
    # As many instances as before, but those of the other market come before these have gone.
    change = {"InstanceFleetId": ids[1], "TargetOnDemandCapacity": 6, "TargetSpotCapacity": 0}
    status, kind, text = refusal(emr.modify_instance_fleet, ClusterId=cluster_id, InstanceFleet=change)
    assert (status, kind, text[: len(start)]) == (400, "InvalidRequestException", start)
    assert endpoint.load(cluster_id) == before
    emr.modify_instance_fleet(ClusterId=cluster_id, InstanceFleet={**change, "TargetOnDemandCapacity": 4})
