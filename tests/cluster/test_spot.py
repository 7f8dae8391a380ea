"""A real cluster loses a spot instance in the middle of a job: the notice on the instance, YARN's decommissioning, the
end, another instance, and the right result all the same."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.cluster.installation import Installation, cluster_request, wait_for

NOTICE = 45
"""Seconds: YARN looks every 20 s whether the 20 s of a node are over."""
METADATA = "http://169.254.169.254/latest"
TASK = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1, "Market": "SPOT"}
EXPECTED = str([(key, sum(range(key, 10000, 7))) for key in range(7)])


def notice(installation: Installation, container: Any) -> tuple[str, str]:
    """Status and body of the notice, fetched with a token."""
    token = f"curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {METADATA}/api/token"
    fetch = f"curl -s -w ' %{{http_code}}' -H \"X-aws-ec2-metadata-token: $({token})\""
    line = installation.run_in(container, "bash", "-c", f"{fetch} {METADATA}/meta-data/spot/instance-action")
    body, _, status = line.rpartition(" ")
    return status, body


def node_state(installation: Installation, master: Any, host: str) -> str:
    """The state of a node at the ResourceManager."""
    text = installation.run_in(master, "bash", "-c", "curl -s http://$(hostname -f):8088/ws/v1/cluster/nodes")
    found = json.loads(text)["nodes"]["node"]
    return next((str(each["state"]) for each in found if each["nodeHostName"] == host), "")


def runs(installation: Installation, container: Any, words: str) -> bool:
    """Whether a process with these words in its command line runs on the node."""
    return words in installation.run_in(container, "ps", "-eo", "args")


def test_a_job_survives_the_loss_of_a_task_node(installation: Installation) -> None:
    with installation.running(cluster_request("spot")) as cluster_id:
        (master,), (core,) = installation.containers(cluster_id, "MASTER"), installation.containers(cluster_id, "CORE")
        # Application master and two executors fill the core node, and the job begins when there are three.
        step_id = installation.add_step(
            cluster_id, "spark-submit", "--num-executors", "3", "--executor-cores", "2", "--executor-memory", "600m",
            "--conf", "spark.executor.memoryOverhead=4400m", "--conf", "spark.dynamicAllocation.enabled=false",
            "--conf", "spark.scheduler.minRegisteredResourcesRatio=1",
            "--conf", "spark.scheduler.maxRegisteredResourcesWaitingTime=900s",
            "s3://data/scripts/interrupted.py",
        )  # fmt: skip
        wait_for("two executors", lambda: runs(installation, core, "--executor-id 2"))
        installation.emr.add_instance_groups(JobFlowId=cluster_id, InstanceGroups=[TASK])
        (task,) = wait_for("the task node", lambda: installation.containers(cluster_id, "TASK"))
        # Its processes cannot be listed before it runs.
        wait_for("its start", lambda: installation.docker.containers.get(task.id).status == "running")
        wait_for("work on both nodes", lambda: runs(installation, task, "pyspark.daemon"))
        listed = {"ClusterId": cluster_id, "InstanceGroupTypes": ["TASK"]}
        (before,) = installation.emr.list_instances(**listed)["Instances"]
        assert notice(installation, task)[0] == "404"

        installation.localemr("interrupt", cluster_id, "--group", "TASK", "--notice", str(NOTICE))
        began = time.monotonic()
        status, body = wait_for(
            "the notice", lambda: found if (found := notice(installation, task))[0] == "200" else None
        )
        assert (status, json.loads(body)["action"]) == ("200", "terminate")
        host = before["PrivateDnsName"]
        wait_for("decommissioning", lambda: node_state(installation, master, host).startswith("DECOMMISSION"))
        assert installation.emr.list_instances(**listed)["Instances"][0]["Status"]["State"] == "RUNNING"

        def states() -> list[str]:
            return sorted(each["Status"]["State"] for each in installation.emr.list_instances(**listed)["Instances"])

        wait_for("the end", lambda: "TERMINATED" in states())
        assert time.monotonic() - began >= NOTICE - 5
        wait_for("another one", lambda: states() == ["RUNNING", "TERMINATED"])
        (lost,) = installation.emr.list_instances(**listed, InstanceStates=["TERMINATED"])["Instances"]
        assert lost["Id"] == before["Id"]
        assert lost["Status"]["StateChangeReason"]["Message"].endswith("Server.SpotInstanceTermination.")
        (fresh,) = installation.containers(cluster_id, "TASK")
        assert notice(installation, fresh)[0] == "404"

        for each in installation.containers(cluster_id):
            installation.run_in(each, "touch", "/tmp/go")
        installation.wait_step(cluster_id, step_id, "COMPLETED")
        assert installation.step_log(cluster_id, step_id).strip().splitlines()[-1] == EXPECTED
