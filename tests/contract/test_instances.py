"""Instances and instance groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from localemr.domain.model.groups import GroupStatus
from localemr.domain.model.ids import ec2_instance_id, instance_id
from localemr.domain.model.records import Instance, InstanceSpec, InstanceStatus, Records
from localemr.domain.model.states import GroupState, InstanceState, Reason
from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import GROUPS, invalid, refusal, run

FLEETS = (
    "Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in the request uses "
    "instance groups. Use InstanceGroupId or InstanceGroupTypes instead."
)


def instance(old: Records, group: int, number: int, state: InstanceState, **status: Any) -> Instance:
    cluster_id, spec = old.cluster.id, old.groups[group].spec
    made = InstanceSpec(
        old.groups[group].id, spec.role, spec.instance_type, number, ec2_instance_id(cluster_id, number),
        f"ip-10-213-0-{10 + number}",
    )  # fmt: skip
    status = {"address": f"10.213.0.{10 + number}"} | status
    return Instance(instance_id(cluster_id, number), cluster_id, START + number, made, InstanceStatus(state, **status))


def test_an_instance_has_no_address_before_the_runtime_reports_one(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    new = InstanceState.PROVISIONING
    endpoint.save(lambda old: replace(old, instances=(instance(old, 0, 1, new, address=None),)), cluster_id)
    (found,) = emr.list_instances(ClusterId=cluster_id)["Instances"]
    assert found["PrivateDnsName"] == "ip-10-213-0-11.ec2.internal"
    assert "PrivateIpAddress" not in found


def with_four(old: Records) -> Records:
    """A master, two cores, and a core that was lost."""
    running = InstanceState.RUNNING
    return replace(
        old,
        instances=(
            instance(old, 0, 1, running, ready=START + 60),
            instance(old, 1, 2, InstanceState.TERMINATED, reason=Reason("INSTANCE_FAILURE", "gone"), ended=START + 70),
            instance(old, 1, 3, running, ready=START + 60),
            instance(old, 1, 4, InstanceState.BOOTSTRAPPING),
        ),
    )


def test_list_instances(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    assert emr.list_instances(ClusterId=cluster_id)["Instances"] == []
    endpoint.save(with_four, cluster_id)
    records = endpoint.load(cluster_id)
    listed = emr.list_instances(ClusterId=cluster_id)["Instances"]
    assert [each["Id"] for each in listed] == [each.id for each in records.instances]
    first = listed[0]
    timeline = {name: at.timestamp() for name, at in first["Status"].pop("Timeline").items()}
    assert timeline == {"CreationDateTime": START + 1, "ReadyDateTime": START + 60}
    assert first == {
        "Id": instance_id(cluster_id, 1),
        "Ec2InstanceId": ec2_instance_id(cluster_id, 1),
        "PublicDnsName": "",
        "PrivateDnsName": "ip-10-213-0-11.ec2.internal",
        "PrivateIpAddress": "10.213.0.11",
        "Status": {"State": "RUNNING", "StateChangeReason": {}},
        "InstanceGroupId": records.groups[0].id,
        "Market": "ON_DEMAND",
        "InstanceType": "m5.xlarge",
        "EbsVolumes": [],
    }
    assert listed[1]["Status"]["StateChangeReason"] == {"Code": "INSTANCE_FAILURE", "Message": "gone"}


def test_filters_of_list_instances(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    endpoint.save(with_four, cluster_id)
    master, core = (group.id for group in endpoint.load(cluster_id).groups)

    def listed(**filters: Any) -> list[int]:
        found = emr.list_instances(ClusterId=cluster_id, **filters)["Instances"]
        return [int(each["PrivateIpAddress"].rsplit(".")[-1]) - 10 for each in found]

    assert listed(InstanceGroupId=master) == [1]
    assert listed(InstanceGroupTypes=["CORE"]) == [2, 3, 4]
    assert listed(InstanceGroupTypes=["CORE", "MASTER"], InstanceStates=["RUNNING"]) == [1, 3]
    assert listed(InstanceGroupId=core, InstanceStates=["RUNNING", "BOOTSTRAPPING"]) == [3, 4]
    assert listed(InstanceGroupTypes=["TASK"]) == []
    call, unknown = emr.list_instances, "Instance group id 'ig-X' is not valid."
    assert refusal(call, ClusterId=cluster_id, InstanceGroupId="ig-X") == invalid(unknown)
    assert refusal(call, ClusterId=cluster_id, InstanceFleetType="CORE") == invalid(FLEETS)
    assert refusal(call, ClusterId=cluster_id, InstanceFleetId="if-X") == invalid(FLEETS)


def test_pages_of_instances(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    endpoint.save(
        lambda old: replace(
            old, instances=tuple(instance(old, 1, number, InstanceState.RUNNING) for number in range(1, 121))
        ),
        cluster_id,
    )
    pages = list(emr.get_paginator("list_instances").paginate(ClusterId=cluster_id))
    assert [len(page["Instances"]) for page in pages] == [50, 50, 20]
    ids = [each["Id"] for page in pages for each in page["Instances"]]
    assert ids == [instance_id(cluster_id, number) for number in range(1, 121)]


def test_list_instance_groups(endpoint: Endpoint, emr: Any) -> None:
    disk = {"VolumeSpecification": {"VolumeType": "gp3", "SizeInGB": 32}, "VolumesPerInstance": 2}
    task = {
        "Name": "spare", "InstanceRole": "TASK", "InstanceType": "c5.xlarge", "InstanceCount": 1, "Market": "SPOT",
        "BidPrice": "0.1", "Configurations": [{"Classification": "spark-defaults", "Properties": {"a": "b"}}],
        "EbsConfiguration": {"EbsBlockDeviceConfigs": [disk], "EbsOptimized": True},
    }  # fmt: skip
    cluster_id = run(emr, Instances={"InstanceGroups": [*GROUPS, task]})
    endpoint.save(with_four, cluster_id)

    def ready(old: Records) -> Records:
        core = replace(old.groups[1], status=GroupStatus(GroupState.RUNNING, ready=START + 60))
        return replace(old, groups=(old.groups[0], core, old.groups[2]))

    endpoint.save(ready, cluster_id)
    groups = endpoint.load(cluster_id).groups
    listed = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    core = listed[1]
    timeline = {name: at.timestamp() for name, at in core["Status"].pop("Timeline").items()}
    assert timeline == {"CreationDateTime": START, "ReadyDateTime": START + 60}
    assert core == {
        "Id": groups[1].id,
        "Name": "",
        "Market": "ON_DEMAND",
        "InstanceGroupType": "CORE",
        "InstanceType": "m5.xlarge",
        "RequestedInstanceCount": 2,
        "RunningInstanceCount": 1,
        "Status": {"State": "RUNNING", "StateChangeReason": {"Message": ""}},
        "Configurations": [],
        "ConfigurationsVersion": 0,
        "LastSuccessfullyAppliedConfigurations": [],
        "LastSuccessfullyAppliedConfigurationsVersion": 0,
        "EbsBlockDevices": [],
        "ShrinkPolicy": {},
    }
    spare = listed[2]
    volume = {"VolumeType": "gp3", "SizeInGB": 32}
    assert (spare["Name"], spare["Market"], spare["BidPrice"], spare["EbsOptimized"]) == ("spare", "SPOT", "0.1", True)
    assert spare["Configurations"] == [{"Classification": "spark-defaults", "Properties": {"a": "b"}}]
    assert spare["EbsBlockDevices"] == [
        {"VolumeSpecification": volume, "Device": "/dev/sdb"},
        {"VolumeSpecification": volume, "Device": "/dev/sdc"},
    ]
    assert [each["InstanceGroupType"] for each in listed] == ["MASTER", "CORE", "TASK"]
