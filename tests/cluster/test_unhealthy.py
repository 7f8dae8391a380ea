"""A task node of a real cluster is unhealthy by its health script: it is replaced, and a job that runs ends right."""

from __future__ import annotations

import shlex
from typing import Any

from tests.cluster import spread_job
from tests.cluster.installation import Installation, cluster_request, wait_for
from tests.cluster.spread_job import node_state

HEALTH = "#!/bin/bash\nif [ -e /tmp/unhealthy ]; then echo ERROR: as the test wants; fi\n"
SCRIPT = "/usr/local/bin/node-health"
ACTION = f"""#!/bin/bash
printf %s {shlex.quote(HEALTH)} | sudo tee {SCRIPT} > /dev/null
sudo chmod 755 {SCRIPT}
"""
SITE = {
    "Classification": "yarn-site",
    "Properties": {
        "yarn.nodemanager.health-checker.script.path": SCRIPT,
        "yarn.nodemanager.health-checker.interval-ms": "2000",
    },
}


def test_an_unhealthy_task_node_is_replaced(installation: Installation) -> None:
    emr = installation.emr
    installation.s3.put_object(Bucket="data", Key="scripts/health-action.sh", Body=ACTION.encode())
    bootstrap = {"Name": "health", "ScriptBootstrapAction": {"Path": "s3://data/scripts/health-action.sh"}}
    request = cluster_request("unhealthy", Configurations=[SITE], BootstrapActions=[bootstrap])
    with installation.running(request) as cluster_id:
        (master,) = installation.containers(cluster_id, "MASTER")
        step_id, task = spread_job.start(installation, cluster_id, "ON_DEMAND")
        listed: dict[str, Any] = {"ClusterId": cluster_id, "InstanceGroupTypes": ["TASK"]}
        (before,) = emr.list_instances(**listed)["Instances"]

        installation.run_in(task, "touch", "/tmp/unhealthy")
        host = before["PrivateDnsName"]
        wait_for("UNHEALTHY", lambda: node_state(installation, master, host) == "UNHEALTHY")

        def states() -> list[str]:
            return sorted(each["Status"]["State"] for each in emr.list_instances(**listed)["Instances"])

        # YARN decommissions a node only when the applications that ran on it have ended.
        wait_for("its replacement", lambda: len(states()) == 2 and "RUNNING" in states())
        wait_for("DECOMMISSIONING", lambda: node_state(installation, master, host) == "DECOMMISSIONING")
        spread_job.go_on(installation, cluster_id, step_id)
        wait_for("its end", lambda: states() == ["RUNNING", "TERMINATED"])
        (gone,) = emr.list_instances(**listed, InstanceStates=["TERMINATED"])["Instances"]
        reason = gone["Status"]["StateChangeReason"]
        assert (gone["Id"], reason["Code"]) == (before["Id"], "INSTANCE_FAILURE")
        assert "was unhealthy for" in reason["Message"]
        assert node_state(installation, master, host) == "DECOMMISSIONED"
