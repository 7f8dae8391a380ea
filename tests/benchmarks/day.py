"""A day of a cluster that grows to 50 instances and shrinks, on the memory runtime: `python -m tests.benchmarks.day`.

A program moves the clock by five minutes, EMR's own period of metrics, or by one. Each time it reads the counts and
scripts what YARN would measure of a load that comes and goes twice a day. `follows` is how far the cluster went: its
least and its largest count. Prints figures, asserts nothing.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable
from typing import Any

from localemr.testing.memory import MemoryEmr
from tests.benchmarks.figures import tell

MINUTES = 24 * 60
STEPS = (5, 1)
"""Minutes by which the clock moves."""
LEAST, MOST = 2, 49
"""Limits of the core and task instances; with the master the cluster has 50."""
MB = 12288
"""What an m5.xlarge offers to YARN."""
TYPES = {"MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "m5.xlarge", "InstanceCount": 1 + LEAST}
Policy = Callable[[Any, str], None]
"""Gives a cluster (a client, and its id) its policy."""


def main() -> None:
    """The day with each kind of scaling."""
    for step in STEPS:
        for policy in (managed, automatic):
            with MemoryEmr(speed=0) as memory:
                began, spent = time.monotonic(), time.process_time()
                counts = day(memory, policy, step)
                tell(
                    f"a day of 50 instances, {policy.__name__} scaling", step_minutes=step,
                    seconds=time.monotonic() - began, processor_s=time.process_time() - spent,
                    follows=[min(counts), max(counts)], target="<= 5 s",
                )  # fmt: skip


def day(memory: MemoryEmr, policy: Policy, step: int) -> list[int]:
    """The running core and task instances after each step of so many minutes."""
    emr, control = memory.client(), memory.control
    cluster = started(memory)
    policy(emr, cluster)
    counts = []
    for minute in range(0, MINUTES, step):
        counts.append(running(emr, cluster))
        control.metrics(cluster, measured(counts[-1], load(minute)))
        control.advance(step * 60)
    return counts


def started(memory: MemoryEmr) -> str:
    """A cluster that waits for steps."""
    emr = memory.client()
    instances = {**TYPES, "KeepJobFlowAliveWhenNoSteps": True}
    roles = {"JobFlowRole": "EMR_EC2_DefaultRole", "ServiceRole": "EMR_DefaultRole"}
    request: dict[str, Any] = {
        "Name": "day",
        "ReleaseLabel": "emr-7.13.0",
        "Applications": [{"Name": "Spark"}],
        **roles,
    }
    request["AutoScalingRole"] = "EMR_AutoScaling_DefaultRole"
    cluster = str(emr.run_job_flow(**request, Instances=instances)["JobFlowId"])
    emr.get_waiter("cluster_running").wait(ClusterId=cluster, WaiterConfig={"Delay": 0.01, "MaxAttempts": 1000})
    return cluster


def managed(emr: Any, cluster: str) -> None:
    """Managed scaling between the limits."""
    limits = {"UnitType": "Instances", "MinimumCapacityUnits": LEAST, "MaximumCapacityUnits": MOST}
    emr.put_managed_scaling_policy(ClusterId=cluster, ManagedScalingPolicy={"ComputeLimits": limits})


def automatic(emr: Any, cluster: str) -> None:
    """Two rules on the share of YARN's memory that is available."""
    groups = emr.list_instance_groups(ClusterId=cluster)["InstanceGroups"]
    (core,) = (each["Id"] for each in groups if each["InstanceGroupType"] == "CORE")
    rules = [rule("out", "LESS_THAN", 15, 8), rule("in", "GREATER_THAN", 60, -8)]
    policy = {"Constraints": {"MinCapacity": LEAST, "MaxCapacity": MOST}, "Rules": rules}
    emr.put_auto_scaling_policy(ClusterId=cluster, InstanceGroupId=core, AutoScalingPolicy=policy)


def rule(name: str, comparison: str, threshold: float, change: int) -> dict[str, Any]:
    """So many instances more when the available share is so."""
    alarm = {"MetricName": "YARNMemoryAvailablePercentage", "ComparisonOperator": comparison, "Threshold": threshold}
    action = {"ScalingAdjustment": change, "CoolDown": 300}
    return {
        "Name": name,
        "Action": {"SimpleScalingPolicyConfiguration": action},
        "Trigger": {"CloudWatchAlarmDefinition": {**alarm, "Period": 300, "Unit": "PERCENT"}},
    }


def load(minute: int) -> float:
    """What the jobs need, in instances: 0 to 52, twice a day."""
    return 26 - 26 * math.cos(minute / MINUTES * 4 * math.pi)


def measured(instances: int, need: float) -> dict[str, float]:
    """YARN's figures of this load on so many instances."""
    total, wanted = instances * MB, round(need * MB)
    used = min(total, wanted)
    return {
        "yarn-mb-total": total,
        "yarn-mb-allocated": used,
        "yarn-mb-available": total - used,
        "yarn-mb-pending": wanted - used,
    }


def running(emr: Any, cluster: str) -> int:
    """The running core and task instances."""
    groups = emr.list_instance_groups(ClusterId=cluster)["InstanceGroups"]
    return sum(each["RunningInstanceCount"] for each in groups if each["InstanceGroupType"] != "MASTER")


if __name__ == "__main__":
    main()
