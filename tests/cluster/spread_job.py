"""A Spark job on a core node and a task node, whose second stage waits on each node until `go_on` (interrupted.py)."""

from __future__ import annotations

import json
from typing import Any

from tests.cluster.installation import Installation, wait_for

EXPECTED = str([(key, sum(range(key, 10000, 7))) for key in range(7)])
"""The last line that the job prints."""


def start(installation: Installation, cluster_id: str, market: str) -> tuple[str, Any]:
    """Add the job as a step, and a task group of one instance of this market. Returns the step's id and that instance's
    container, once both nodes have work."""
    (core,) = installation.containers(cluster_id, "CORE")
    # Application master and two executors fill the core node, and the job begins when there are three.
    step_id = installation.add_step(
        cluster_id, "spark-submit", "--num-executors", "3", "--executor-cores", "2", "--executor-memory", "600m",
        "--conf", "spark.executor.memoryOverhead=4400m", "--conf", "spark.dynamicAllocation.enabled=false",
        "--conf", "spark.scheduler.minRegisteredResourcesRatio=1",
        "--conf", "spark.scheduler.maxRegisteredResourcesWaitingTime=900s",
        "s3://data/scripts/interrupted.py",
    )  # fmt: skip
    wait_for("two executors", lambda: runs(installation, core, "--executor-id 2"))
    group = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1, "Market": market}
    installation.emr.add_instance_groups(JobFlowId=cluster_id, InstanceGroups=[group])
    (task,) = wait_for("the task node", lambda: installation.containers(cluster_id, "TASK"))
    # Its processes cannot be listed before it runs.
    wait_for("its start", lambda: installation.docker.containers.get(task.id).status == "running")
    wait_for("work on both nodes", lambda: runs(installation, task, "pyspark.daemon"))
    return step_id, task


def go_on(installation: Installation, cluster_id: str, step_id: str) -> None:
    """Let the job go on, and check that it ends well, with the right result."""
    for each in installation.containers(cluster_id):
        installation.run_in(each, "touch", "/tmp/go")
    installation.wait_step(cluster_id, step_id, "COMPLETED")
    assert installation.step_log(cluster_id, step_id).strip().splitlines()[-1] == EXPECTED


def node_state(installation: Installation, master: Any, host: str) -> str:
    """The state of a node at the ResourceManager."""
    text = installation.run_in(master, "bash", "-c", "curl -s http://$(hostname -f):8088/ws/v1/cluster/nodes")
    found = json.loads(text)["nodes"]["node"]
    return next((str(each["state"]) for each in found if each["nodeHostName"] == host), "")


def runs(installation: Installation, container: Any, words: str) -> bool:
    """Whether a process with these words in its command line runs on the node."""
    return words in installation.run_in(container, "ps", "-eo", "args")
