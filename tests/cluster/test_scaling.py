"""Scaling of real clusters.

Managed: a job that needs more than is there gets it, and the cluster returns to its minimum. Automatic: a group follows
a metric that the cluster's own steps put.
"""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from tests.cluster.installation import Installation, cluster_request, wait_for
from tests.cluster.test_task_group import nodes

POLICY = {
    "ComputeLimits": {
        "UnitType": "Instances",
        "MinimumCapacityUnits": 1,
        "MaximumCapacityUnits": 3,
        "MaximumCoreCapacityUnits": 1,
        "MaximumOnDemandCapacityUnits": 1,
    }
}


def tasks(installation: Installation, cluster_id: str) -> list[dict[str, Any]]:
    listed = installation.emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    return [each for each in listed if each["InstanceGroupType"] == "TASK"]


def mappers(installation: Installation, cluster_id: str) -> list[Any]:
    """The containers of task instances on which a mapper runs."""
    found = installation.containers(cluster_id, "TASK")
    running = [each for each in found if each.status == "running"]
    return [each for each in running if "patient.sh" in installation.run_in(each, "ps", "-eo", "args")]


def waits_for_memory(installation: Installation, master: Any) -> bool:
    """Whether containers of a running application wait in YARN."""
    ask = "curl -s http://$(hostname -f):8088/ws/v1/cluster/metrics"
    found = json.loads(installation.run_in(master, "bash", "-c", ask))["clusterMetrics"]
    return bool(found["containersAllocated"] and found["containersPending"])


@pytest.mark.shows("emr", "PutManagedScalingPolicy")
def test_a_job_that_outgrows_its_cluster(installation: Installation) -> None:
    with installation.running(cluster_request("scaled")) as cluster_id:
        installation.emr.put_managed_scaling_policy(ClusterId=cluster_id, ManagedScalingPolicy=POLICY)
        (master,) = installation.containers(cluster_id, "MASTER")
        put = "for i in 1 2 3; do hdfs dfs -put /etc/hostname /in-$i; done"
        installation.run_in(master, "bash", "-c", put)
        assert tasks(installation, cluster_id) == []

        began = time.monotonic()
        # An application master and one mapper fill a node.
        step_id = installation.add_step(
            cluster_id, "hadoop-streaming", "-files", "s3://data/scripts/patient.sh",
            "-D", "mapreduce.map.memory.mb=7000", "-D", "mapreduce.map.speculative=false",
            "-D", "mapreduce.job.reduces=0", "-mapper", "bash patient.sh", "-input", "/in-*", "-output", "/out",
        )  # fmt: skip
        wait_for("load", lambda: waits_for_memory(installation, master))
        load = time.monotonic() - began
        wait_for("a resize", lambda: [each for each in tasks(installation, cluster_id) if each["Market"] == "SPOT"])
        requested = time.monotonic() - began
        wait_for("work on a new node", lambda: mappers(installation, cluster_id))
        first = time.monotonic() - began
        wait_for("work on all of them", lambda: len(mappers(installation, cluster_id)) == 2)
        assert nodes(installation, cluster_id) == 3
        (group,) = tasks(installation, cluster_id)
        assert (group["RequestedInstanceCount"], group["Market"]) == (2, "SPOT")
        for each in installation.containers(cluster_id):
            installation.run_in(each, "touch", "/tmp/go")
        installation.wait_step(cluster_id, step_id, "COMPLETED")
        assert "Launched map tasks=3" in installation.step_log(cluster_id, step_id, "syslog")

        done = time.monotonic()
        wait_for("the minimum", lambda: tasks(installation, cluster_id)[0]["RequestedInstanceCount"] == 0)
        decided = time.monotonic() - done
        wait_for("the end of the nodes", lambda: not installation.containers(cluster_id, "TASK"))
        wait_for("the group's rest", lambda: tasks(installation, cluster_id)[0]["Status"]["State"] == "RUNNING")
        gone = time.monotonic() - done
        print(
            f"grown: containers wait after {load:.1f} s, requested after {requested:.1f} s,"
            f" first container on a new node after {first:.1f} s;"
            f" at rest: decided after {decided:.1f} s, gone after {gone:.1f} s"
        )
        assert installation.state(cluster_id) == "WAITING"


def rule(name: str, operator: str, threshold: float, change: int) -> dict[str, Any]:
    """One instance more or less by the metric that `put` puts."""
    alarm = {
        "Namespace": "Team", "MetricName": "Queue", "Dimensions": [{"Key": "Name", "Value": "jobs"}], "Unit": "COUNT",
        "Statistic": "MAXIMUM", "Period": 60, "EvaluationPeriods": 1, "ComparisonOperator": operator,
        "Threshold": threshold,
    }  # fmt: skip
    action = {"SimpleScalingPolicyConfiguration": {"ScalingAdjustment": change, "CoolDown": 60}}
    return {"Name": name, "Action": action, "Trigger": {"CloudWatchAlarmDefinition": alarm}}


@pytest.mark.shows("emr", "PutAutoScalingPolicy")
def test_a_group_follows_a_metric_of_its_steps(installation: Installation) -> None:
    def put(value: int) -> None:
        words = (
            "aws",
            "cloudwatch",
            "put-metric-data",
            "--namespace",
            "Team",
            "--metric-name",
            "Queue",
            "--unit",
            "Count",
        )
        step_id = installation.add_step(cluster_id, *words, "--dimensions", "Name=jobs", "--value", str(value))
        installation.wait_step(cluster_id, step_id, "COMPLETED")

    def group() -> dict[str, Any]:
        return tasks(installation, cluster_id)[0]

    def at(count: int) -> bool:
        found = group()
        return (found["RequestedInstanceCount"], found["RunningInstanceCount"]) == (count, count)

    with installation.running(cluster_request("automatic", task=1)) as cluster_id:
        policy = {
            "Constraints": {"MinCapacity": 1, "MaxCapacity": 2},
            "Rules": [rule("out", "GREATER_THAN", 10, 1), rule("in", "LESS_THAN", 1, -1)],
        }
        installation.emr.put_auto_scaling_policy(
            ClusterId=cluster_id, InstanceGroupId=group()["Id"], AutoScalingPolicy=policy
        )
        wait_for("the policy", lambda: group()["AutoScalingPolicy"]["Status"]["State"] == "ATTACHED")
        put(25)
        wait_for("one instance more", lambda: at(2))
        assert nodes(installation, cluster_id) == 3
        put(0)
        wait_for("one instance less", lambda: at(1))
        wait_for("the end of its container", lambda: len(installation.containers(cluster_id, "TASK")) == 1)
        wait_for("the end of its node", lambda: nodes(installation, cluster_id) == 2)
