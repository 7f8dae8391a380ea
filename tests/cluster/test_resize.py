"""Real clusters that grow and shrink: a fleet comes and goes, instances with work leave."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.daemons import RESOURCEMANAGER, page
from tests.cluster.groups import wait_running
from tests.cluster.installation import Installation, cluster_request, wait_for


@pytest.mark.shows("emr", "AddInstanceFleet", "ListInstanceFleets", "ModifyInstanceFleet")
def test_a_fleet_is_real_instances(installation: Installation) -> None:
    types = [{"InstanceType": "m5.2xlarge", "WeightedCapacity": 2}]
    fleets = [
        {
            "InstanceFleetType": role,
            "TargetOnDemandCapacity": 1,
            "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}],
        }
        for role in ("MASTER", "CORE")
    ]
    request = cluster_request("fleets")
    request["Instances"] = {"InstanceFleets": fleets, "KeepJobFlowAliveWhenNoSteps": True}
    with installation.running(request) as cluster_id:
        _comes_and_goes(installation, cluster_id, types)


def _comes_and_goes(installation: Installation, cluster_id: str, types: list[dict[str, Any]]) -> None:
    """A task fleet of these types is added, and shrunk away."""
    task = {"InstanceFleetType": "TASK", "TargetSpotCapacity": 2, "InstanceTypeConfigs": types}
    fleet_id = installation.emr.add_instance_fleet(ClusterId=cluster_id, InstanceFleet=task)["InstanceFleetId"]

    def fleet() -> dict[str, Any]:
        listed = installation.emr.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"]
        return next(dict(each) for each in listed if each["Id"] == fleet_id)

    wait_for("the task fleet", lambda: fleet()["Status"]["State"] == "RUNNING")
    assert fleet()["ProvisionedSpotCapacity"] == 2
    container = installation.containers(cluster_id, "TASK")[0]
    assert container.attrs["HostConfig"]["Memory"] == installation.limit_mb(32768) * 2**20
    instance = installation.emr.list_instances(ClusterId=cluster_id, InstanceFleetId=fleet_id)["Instances"][0]
    master = installation.containers(cluster_id, "MASTER")[0]
    assert instance["PrivateDnsName"] in installation.run_in(master, "yarn", "node", "-list")
    smaller = {"InstanceFleetId": fleet_id, "TargetSpotCapacity": 0}
    installation.emr.modify_instance_fleet(ClusterId=cluster_id, InstanceFleet=smaller)
    wait_for("its end", lambda: not installation.containers(cluster_id, "TASK"))


@pytest.fixture
def three(installation: Installation) -> Iterator[str]:
    """Id of a cluster of two core instances and a task instance."""
    with installation.running(cluster_request("draining", core=2, task=1)) as cluster_id:
        yield cluster_id


def test_who_leaves_finishes_its_work_and_hands_its_blocks_on(installation: Installation, three: str) -> None:
    (master,) = installation.containers(three, "MASTER")
    workers = [*installation.containers(three, "CORE"), *installation.containers(three, "TASK")]
    put = "head -c 20M /dev/urandom > /tmp/noise && hdfs dfs -D dfs.blocksize=1048576 -put /tmp/noise /noise"
    installation.run_in(
        master, "bash", "-c", f"{put} && hdfs dfs -put /etc/hostname /in-1 && hdfs dfs -put /etc/hostname /in-2"
    )
    # So large that each node has room for one mapper, or for the application master.
    step_id = installation.add_step(
        three, "hadoop-streaming", "-files", "s3://data/scripts/patient.sh", "-D", "mapreduce.map.memory.mb=7000",
        "-D", "mapreduce.map.speculative=false", "-D", "mapreduce.job.reduces=0",
        "-mapper", "bash patient.sh", "-input", "/in-*", "-output", "/out",
    )  # fmt: skip
    work = ("MRAppMaster", "patient.sh")
    busy = lambda each: any(word in installation.run_in(each, "ps", "-eo", "args") for word in work)  # noqa: E731
    wait_for("work on every node", lambda: all(map(busy, workers)))

    changes = [
        {"InstanceGroupId": each["Id"], "InstanceCount": {"CORE": 1, "TASK": 0}[each["InstanceGroupType"]]}
        for each in installation.emr.list_instance_groups(ClusterId=three)["InstanceGroups"]
        if each["InstanceGroupType"] != "MASTER"
    ]
    installation.emr.modify_instance_groups(ClusterId=three, InstanceGroups=changes)

    def states() -> list[str]:
        listed = json.loads(page(master, RESOURCEMANAGER, "/ws/v1/cluster/nodes"))["nodes"]["node"]
        return sorted(each["state"] for each in listed)

    wait_for("YARN to drain two nodes", lambda: states() == ["DECOMMISSIONING", "DECOMMISSIONING", "RUNNING"])
    assert all(map(busy, workers))
    for each in workers:
        installation.run_in(each, "touch", "/tmp/go")
    installation.wait_step(three, step_id, "COMPLETED")
    counters = installation.step_log(three, step_id, "syslog")
    assert "Launched map tasks=2" in counters
    assert "Killed map tasks" not in counters and "Failed map tasks" not in counters

    for change in changes:
        wait_running(installation, three, change["InstanceGroupId"], change["InstanceCount"])
    wait_for("the containers' end", lambda: len(installation.containers(three)) == 2)
    sums = installation.run_in(master, "bash", "-c", "md5sum < /tmp/noise; hdfs dfs -cat /noise | md5sum").split()
    assert sums[0] == sums[2]
