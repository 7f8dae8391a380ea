"""A real cluster with one core instance: jobs find room on it, and a task group comes and goes."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.cluster.groups import wait_running
from tests.cluster.installation import Installation, cluster_request, wait_for


def nodes(installation: Installation, cluster_id: str) -> int:
    """How many NodeManagers the ResourceManager counts as running."""
    master = installation.containers(cluster_id, "MASTER")[0]
    listed = installation.run_in(master, "bash", "-c", "yarn node -list 2>/dev/null")
    return sum(" RUNNING" in line.replace("\t", " ") for line in listed.splitlines())


@pytest.fixture(scope="module")
def pair(installation: Installation) -> Iterator[str]:
    """Id of a cluster of a master and a core instance. Tests leave it as they found it."""
    action = {"Name": "mark", "ScriptBootstrapAction": {"Path": "s3://data/scripts/mark.sh", "Args": ["left", "right"]}}
    with installation.running(cluster_request("resized", BootstrapActions=[action])) as cluster_id:
        yield cluster_id


def test_drivers_on_the_master_find_room_on_one_core_instance(installation: Installation, pair: str) -> None:
    sql = installation.add_step(pair, "spark-sql", "-e", "select sum(id) from range(1000)")
    pi = installation.add_step(pair, "spark-example", "SparkPi", "2")
    for step_id in (sql, pi):
        installation.wait_step(pair, step_id, "COMPLETED")
    assert installation.wait_log(f"{pair}/steps/{sql}/stdout.gz", "499500").split() == ["499500"]
    installation.wait_log(f"{pair}/steps/{pi}/stdout.gz", "Pi is roughly 3.1")


@pytest.mark.shows("emr", "AddInstanceGroups", "ListInstanceGroups", "ModifyInstanceGroups")
def test_a_task_group_comes_and_goes(installation: Installation, pair: str) -> None:
    cluster_id = pair
    assert nodes(installation, cluster_id) == 1
    step_id = installation.add_step(cluster_id, "sleep", "600")
    wait_for("the step", lambda: installation.step(cluster_id, step_id)["State"] == "RUNNING")

    task = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1}
    answer = installation.emr.add_instance_groups(JobFlowId=cluster_id, InstanceGroups=[task])
    (group_id,) = answer["InstanceGroupIds"]
    wait_running(installation, cluster_id, group_id, 1)
    assert nodes(installation, cluster_id) == 2
    (container,) = installation.containers(cluster_id, "TASK")
    assert installation.run_in(container, "cat", "/tmp/bootstrap-mark").strip() == "hadoop left right"
    assert installation.step(cluster_id, step_id)["State"] == "RUNNING"

    change = {"InstanceGroupId": group_id, "InstanceCount": 0}
    installation.emr.modify_instance_groups(ClusterId=cluster_id, InstanceGroups=[change])
    wait_running(installation, cluster_id, group_id, 0)
    wait_for("the container's end", lambda: not installation.containers(cluster_id, "TASK"))
    wait_for("YARN to see it", lambda: nodes(installation, cluster_id) == 1)
    (gone,) = installation.emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=["TASK"])["Instances"]
    assert gone["Status"]["State"] == "TERMINATED"
    assert "shrunk" in gone["Status"]["StateChangeReason"]["Message"]
    keys = installation.keys(f"{cluster_id}/node/{gone['Ec2InstanceId']}/")
    assert any("/applications/hadoop-yarn/" in key for key in keys)
    assert any("/bootstrap-actions/1/" in key for key in keys)

    assert installation.step(cluster_id, step_id)["State"] == "RUNNING"
    installation.cancel_step(cluster_id, step_id, "TERMINATE_PROCESS")
