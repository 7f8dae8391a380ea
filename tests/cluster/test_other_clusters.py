"""Real clusters that end by themselves, or are made to."""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from tests.cluster.installation import Installation, cluster_request, wait_for


def test_one_instance_is_a_whole_cluster_and_ends_after_its_steps(installation: Installation) -> None:
    request = cluster_request("alone", core=0)
    request["Instances"]["KeepJobFlowAliveWhenNoSteps"] = False
    script = "hdfs dfs -put /etc/hostname /tmp/it && hdfs dfs -cat /tmp/it && yarn node -list | grep RUNNING"
    jar_step = {"Jar": "command-runner.jar", "Args": ["bash", "-c", script]}
    job = {"Jar": "/usr/lib/hadoop-mapreduce/hadoop-mapreduce-examples.jar", "Args": ["pi", "1", "1"]}
    request["Steps"] = [
        {"Name": name, "ActionOnFailure": "TERMINATE_CLUSTER", "HadoopJarStep": what}
        for name, what in (("one", jar_step), ("two", job))
    ]
    cluster_id = installation.emr.run_job_flow(**request)["JobFlowId"]
    cluster = installation.wait_state(cluster_id, "TERMINATED")
    assert cluster["Status"]["StateChangeReason"] == {"Code": "ALL_STEPS_COMPLETED", "Message": "Steps completed"}
    last, first = installation.emr.list_steps(ClusterId=cluster_id)["Steps"]
    assert (first["Status"]["State"], last["Status"]["State"]) == ("COMPLETED", "COMPLETED")
    assert "ip-10-214-" in stdout(installation, cluster_id, first["Id"])
    assert "Estimated value of Pi" in stdout(installation, cluster_id, last["Id"])
    # HDFS is gone: what was in it of the last job's history was sent before.
    history = installation.keys(f"{cluster_id}/hadoop-mapreduce/history/")
    assert sorted(key.split(".")[-2] for key in history) == ["jhist", "xml"]
    shown = installation.localemr("logs", cluster_id, "one", "--file", "stdout")
    assert shown == stdout(installation, cluster_id, first["Id"])


def test_drivers_on_the_master_find_room_on_one_core_instance(installation: Installation) -> None:
    request = cluster_request("client")
    request["Instances"]["KeepJobFlowAliveWhenNoSteps"] = False
    commands = (["spark-sql", "-e", "select sum(id) from range(1000)"], ["spark-example", "SparkPi", "2"])
    request["Steps"] = [
        {
            "Name": command[0],
            "ActionOnFailure": "CONTINUE",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": command},
        }
        for command in commands
    ]
    cluster_id = installation.emr.run_job_flow(**request)["JobFlowId"]
    installation.wait_state(cluster_id, "TERMINATED")
    pi, sql = installation.emr.list_steps(ClusterId=cluster_id)["Steps"]
    assert (sql["Status"]["State"], pi["Status"]["State"]) == ("COMPLETED", "COMPLETED")
    assert stdout(installation, cluster_id, sql["Id"]).split() == ["499500"]
    assert "Pi is roughly 3.1" in stdout(installation, cluster_id, pi["Id"])


def stdout(installation: Installation, cluster_id: str, step_id: str) -> str:
    return installation.log(f"{cluster_id}/steps/{step_id}/stdout.gz")


def test_a_failing_bootstrap_action_ends_the_cluster_and_leaves_its_log(installation: Installation) -> None:
    action = {"Name": "fail", "ScriptBootstrapAction": {"Path": "s3://data/scripts/fail.sh"}}
    cluster_id = installation.emr.run_job_flow(**cluster_request("failing", BootstrapActions=[action]))["JobFlowId"]
    cluster = installation.wait_state(cluster_id, "TERMINATED_WITH_ERRORS")
    reason = cluster["Status"]["StateChangeReason"]
    assert reason["Code"] == "BOOTSTRAP_FAILURE"
    assert "bootstrap action 1 returned a non-zero return code" in reason["Message"]
    place = reason["Message"].rsplit("log: ", 1)[1].removeprefix("s3://logs/")
    assert "no such package: left-pad" in installation.log(place)
    folder = place.removesuffix("stderr.gz")
    assert {f"{folder}{name}.gz" for name in ("controller", "stdout", "stderr")} <= set(installation.keys(folder))


@pytest.mark.shows("emr", "DescribeCluster")
def test_a_killed_master_ends_the_cluster(installation: Installation) -> None:
    cluster_id = installation.emr.run_job_flow(**cluster_request("headless"))["JobFlowId"]
    installation.wait_state(cluster_id, "WAITING")
    running = installation.add_step(cluster_id, "sleep", "600")
    pending = installation.add_step(cluster_id, "true")
    wait_for("the step", lambda: installation.step(cluster_id, running)["State"] == "RUNNING")
    installation.containers(cluster_id, "MASTER")[0].kill()
    cluster = installation.wait_state(cluster_id, "TERMINATED_WITH_ERRORS", seconds=60)
    assert cluster["Status"]["StateChangeReason"]["Message"] == "The master node was terminated. "
    assert installation.step(cluster_id, running)["State"] == "INTERRUPTED"
    assert installation.step(cluster_id, pending)["State"] == "CANCELLED"
    assert not installation.containers(cluster_id)


def test_a_cluster_that_cannot_fit_is_refused(installation: Installation) -> None:
    before = installation.emr.list_clusters()["Clusters"]
    with pytest.raises(ClientError, match=r"ValidationException.*LOCALEMR_"):
        installation.emr.run_job_flow(**cluster_request("huge", core=200))
    assert installation.emr.list_clusters()["Clusters"] == before
