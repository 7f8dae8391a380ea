"""A real cluster with three primaries loses the one with the active ResourceManager in the middle of a job: YARN and
HDFS go on, the job's result is right, and another primary comes with the same name and address."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from tests.cluster.installation import Installation, cluster_request, wait_for

EXPECTED = sorted(str((key, sum(range(key, 10000, 7)))) for key in range(7))
STATES = {"hdfs": "hdfs haadmin -getAllServiceState", "yarn": "yarn rmadmin -getAllServiceState"}


@contextmanager
def three(installation: Installation) -> Iterator[str]:
    """Id of a cluster with three primaries. Termination protection is on from its launch."""
    request = cluster_request("three", Applications=[{"Name": "Spark"}])
    request["Instances"]["InstanceGroups"][0]["InstanceCount"] = 3
    request["Instances"] |= {"Ec2SubnetId": "subnet-1", "KeepJobFlowAliveWhenNoSteps": False}
    with installation.running(request) as cluster_id:
        assert installation.cluster(cluster_id)["TerminationProtected"]
        try:
            yield cluster_id
        finally:
            installation.emr.set_termination_protection(JobFlowIds=[cluster_id], TerminationProtected=False)


def states(installation: Installation, container: Any, of: str) -> dict[str, str]:
    """Host name → active or standby; one that does not answer is failed."""
    lines = installation.run_in(container, "bash", "-c", f"{STATES[of]} 2> /dev/null").splitlines()
    return {line.split(":")[0]: line.split()[1] for line in lines if ":80" in line}


def primaries(installation: Installation, cluster_id: str, state: str) -> list[dict[str, Any]]:
    listed = {"ClusterId": cluster_id, "InstanceGroupTypes": ["MASTER"], "InstanceStates": [state]}
    return list(installation.emr.list_instances(**listed)["Instances"])


def test_a_job_survives_the_loss_of_the_active_primary(installation: Installation) -> None:
    with three(installation) as cluster_id:
        masters = {each.attrs["Config"]["Hostname"]: each for each in installation.containers(cluster_id, "MASTER")}
        before = {each["PrivateDnsName"]: each for each in primaries(installation, cluster_id, "RUNNING")}
        assert before.keys() == masters.keys()
        any_of = next(iter(masters.values()))
        for of in STATES:
            assert sorted(states(installation, any_of, of).values()) == ["active", "standby", "standby"]

        installation.run_in(any_of, "bash", "-c", "hostname | hdfs dfs -put - /before")
        step_id = installation.add_step(
            cluster_id, "spark-submit", "--deploy-mode", "cluster", "s3://data/scripts/survivor.py"
        )
        (core,) = installation.containers(cluster_id, "CORE")
        wait_for("work", lambda: "pyspark.daemon" in installation.run_in(core, "ps", "-eo", "args"))
        active = next(host for host, state in states(installation, any_of, "yarn").items() if state == "active")
        masters.pop(active).kill()
        began = time.monotonic()
        other = next(iter(masters.values()))

        def answer() -> bool:
            return all("active" in states(installation, other, of).values() for of in STATES)

        wait_for("HDFS and YARN on another primary", answer)
        print(f"HDFS and YARN answered after {time.monotonic() - began:.1f} s")
        assert "ip-" in installation.run_in(other, "bash", "-c", "hdfs dfs -cat /before 2> /dev/null")

        installation.run_in(core, "touch", "/tmp/go")
        wait_for("the result", lambda: other.exec_run(["hdfs", "dfs", "-test", "-e", "/survived/_SUCCESS"])[0] == 0)
        result = installation.run_in(other, "bash", "-c", "hdfs dfs -cat '/survived/part-*' 2> /dev/null")
        assert sorted(result.splitlines()) == EXPECTED
        # The step has failed if its own primary was lost: what it started on YARN went on.
        installation.wait_step(cluster_id, step_id, "COMPLETED", "FAILED")

        wait_for("three primaries", lambda: len(primaries(installation, cluster_id, "RUNNING")) == 3)
        after = {each["PrivateDnsName"]: each for each in primaries(installation, cluster_id, "RUNNING")}
        assert after.keys() == before.keys()
        assert [each["PrivateDnsName"] for each in primaries(installation, cluster_id, "TERMINATED")] == [active]
        assert after[active]["PrivateIpAddress"] == before[active]["PrivateIpAddress"]
        assert after[active]["Id"] != before[active]["Id"]
        for of in STATES:
            assert sorted(states(installation, other, of).values()) == ["active", "standby", "standby"]
        assert sorted(states(installation, other, "yarn").values()) == ["active", "standby", "standby"]
        step_id = installation.add_step(cluster_id, "hdfs", "dfs", "-cat", "/survived/_SUCCESS", "/before")
        installation.wait_step(cluster_id, step_id, "COMPLETED")
