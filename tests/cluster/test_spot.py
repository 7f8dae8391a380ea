"""A real cluster loses a spot instance in the middle of a job: the notice on the instance, YARN's decommissioning, the
end, another instance, and the right result all the same."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.cluster import spread_job
from tests.cluster.installation import Installation, cluster_request, wait_for
from tests.cluster.spread_job import node_state

NOTICE = 45
"""Seconds: YARN looks every 20 s whether the 20 s of a node are over."""
METADATA = "http://169.254.169.254/latest"


def notice(installation: Installation, container: Any) -> tuple[str, str]:
    """Status and body of the notice, fetched with a token."""
    token = f"curl -s -X PUT -H 'X-aws-ec2-metadata-token-ttl-seconds: 60' {METADATA}/api/token"
    fetch = f"curl -s -w ' %{{http_code}}' -H \"X-aws-ec2-metadata-token: $({token})\""
    line = installation.run_in(container, "bash", "-c", f"{fetch} {METADATA}/meta-data/spot/instance-action")
    body, _, status = line.rpartition(" ")
    return status, body


def test_a_job_survives_the_loss_of_a_task_node(installation: Installation) -> None:
    with installation.running(cluster_request("spot")) as cluster_id:
        (master,) = installation.containers(cluster_id, "MASTER")
        step_id, task = spread_job.start(installation, cluster_id, "SPOT")
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

        spread_job.go_on(installation, cluster_id, step_id)
