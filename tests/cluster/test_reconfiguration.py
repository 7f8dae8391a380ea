"""A real cluster whose groups get other configurations while it runs."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.daemons import NODEMANAGER, RESOURCEMANAGER, conf, page, pid
from tests.cluster.installation import Installation, cluster_request, wait_for

MARK = "yarn.nodemanager.log.retain-seconds"


@pytest.fixture(scope="module")
def cluster(installation: Installation) -> Iterator[str]:
    """Id of a cluster of a master and two core instances."""
    with installation.running(cluster_request("reconfigured", core=2)) as cluster_id:
        yield cluster_id


def group(installation: Installation, cluster_id: str, role: str) -> dict[str, Any]:
    listed = installation.emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    return next(dict(each) for each in listed if each["InstanceGroupType"] == role)


def reconfigure(
    installation: Installation, cluster_id: str, role: str, version: int, name: str, **properties: str
) -> dict[str, Any]:
    """Merge properties into a group's configurations; the group once this version has been applied."""
    group_id = group(installation, cluster_id, role)["Id"]
    change = {"InstanceGroupId": group_id, "ReconfigurationType": "MERGE"}
    change["Configurations"] = [{"Classification": name, "Properties": properties}]
    installation.emr.modify_instance_groups(ClusterId=cluster_id, InstanceGroups=[change])

    def look() -> dict[str, Any] | None:
        seen = group(installation, cluster_id, role)
        applied = seen["LastSuccessfullyAppliedConfigurationsVersion"] == version
        return seen if applied and seen["Status"]["State"] == "RUNNING" else None

    return wait_for(f"version {version} of the {role} group", look)


def pids(installation: Installation, cluster_id: str, role: str, *daemons: str) -> list[set[str]]:
    """Process ids of these daemons on the instances of a role, one set for each daemon."""
    containers = installation.containers(cluster_id, role)
    return [{f"{each.id}:{pid(each, daemon)}" for each in containers} for daemon in daemons]


def marks(installation: Installation, cluster_id: str) -> set[str]:
    return {conf(each, NODEMANAGER, MARK) for each in installation.containers(cluster_id, "CORE")}


def test_only_the_daemons_that_read_the_change_start_anew(installation: Installation, cluster: str) -> None:
    step_id = installation.add_step(cluster, "sleep", "600")
    wait_for("the step", lambda: installation.step(cluster, step_id)["State"] == "RUNNING")
    data, node = pids(installation, cluster, "CORE", "datanode", "nodemanager")
    seen = reconfigure(installation, cluster, "CORE", 1, "yarn-site", **{MARK: "4321"})
    assert seen["ConfigurationsVersion"] == 1
    assert seen["LastSuccessfullyAppliedConfigurations"] == seen["Configurations"]
    after = pids(installation, cluster, "CORE", "datanode", "nodemanager")
    assert after[0] == data and not after[1] & node
    assert marks(installation, cluster) == {"4321"}
    master = installation.containers(cluster, "MASTER")[0]
    metrics = json.loads(page(master, RESOURCEMANAGER, "/ws/v1/cluster/metrics"))["clusterMetrics"]
    assert metrics["activeNodes"] == 2
    assert installation.step(cluster, step_id)["State"] == "RUNNING"
    installation.emr.cancel_steps(ClusterId=cluster, StepIds=[step_id])
    installation.wait_step(cluster, step_id, "CANCELLED")


def test_what_no_daemon_starts_with_is_rolled_back(installation: Installation, cluster: str) -> None:
    bad = {MARK: "999", "yarn.nodemanager.aux-services": "nowhere"}
    seen = reconfigure(installation, cluster, "CORE", 3, "yarn-site", **bad)
    reason = seen["Status"]["StateChangeReason"]
    assert reason["Code"] == "INSTANCE_FAILURE"
    assert "Reconfiguration to version 2 failed and was rolled back: hadoop-yarn-nodemanager on i-" in reason["Message"]
    assert seen["ConfigurationsVersion"] == 3
    assert seen["Configurations"][0]["Properties"] == {MARK: "4321"}
    assert marks(installation, cluster) == {"4321"}
    assert installation.state(cluster) == "WAITING"


def test_the_masters_group_is_reconfigured_too(installation: Installation, cluster: str) -> None:
    name, resource = pids(installation, cluster, "MASTER", "namenode", "resourcemanager")
    most = {"yarn.scheduler.capacity.maximum-applications": "66"}
    reconfigure(installation, cluster, "MASTER", 1, "capacity-scheduler", **most)
    after = pids(installation, cluster, "MASTER", "namenode", "resourcemanager")
    assert after[0] == name and not after[1] & resource
    master = installation.containers(cluster, "MASTER")[0]
    queues = json.loads(page(master, RESOURCEMANAGER, "/ws/v1/cluster/scheduler"))
    assert queues["scheduler"]["schedulerInfo"]["queues"]["queue"][0]["maxApplications"] == 66
    reconfigure(installation, cluster, "MASTER", 2, "spark-defaults", **{"spark.marked.by": "reconfiguration"})
    step_id = installation.add_step(cluster, "spark-submit", "s3://data/scripts/print_conf.py")
    installation.wait_step(cluster, step_id, "COMPLETED")
    printed = installation.step_log(cluster, step_id)
    assert '"spark.marked.by": "reconfiguration"' in printed
