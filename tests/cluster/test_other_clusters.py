"""Real clusters that end by themselves, or are made to."""

from __future__ import annotations

import re

import pytest
from botocore.exceptions import ClientError

from tests.cluster.daemons import processes
from tests.cluster.installation import FIRST_RANGE, Installation, cluster_request, wait_for, worker


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
    host = re.escape(f"ip-10-{FIRST_RANGE + worker()}-")
    listed = stdout(installation, cluster_id, first["Id"])
    assert re.fullmatch(rf"({host}\S+)\n\1:8041\s+RUNNING\s+\1:8042\s+0\n", listed)
    assert "Estimated value of Pi" in stdout(installation, cluster_id, last["Id"])
    # HDFS is gone: what was in it of the last job's history was sent before.
    history = installation.keys(f"{cluster_id}/hadoop-mapreduce/history/")
    assert sorted(key.split(".")[-2] for key in history) == ["jhist", "xml"]
    shown = installation.localemr("logs", cluster_id, "one", "--file", "stdout")
    assert shown == stdout(installation, cluster_id, first["Id"])


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


@pytest.mark.shows("emr", "DescribeCluster", "ListInstances")
def test_what_follows_a_killed_instance(installation: Installation) -> None:
    action = {"Name": "mark", "ScriptBootstrapAction": {"Path": "s3://data/scripts/mark.sh", "Args": ["left", "right"]}}
    request = cluster_request("killed", task=1, BootstrapActions=[action])
    cluster_id = installation.emr.run_job_flow(**request)["JobFlowId"]
    installation.wait_state(cluster_id, "WAITING")
    running = installation.add_step(cluster_id, "sleep", "600")
    pending = installation.add_step(cluster_id, "true")
    wait_for("the step", lambda: installation.step(cluster_id, running)["State"] == "RUNNING")
    _kill_task_instance(installation, cluster_id)
    assert installation.step(cluster_id, running)["State"] == "RUNNING"
    installation.containers(cluster_id, "MASTER")[0].kill()
    cluster = installation.wait_state(cluster_id, "TERMINATED_WITH_ERRORS")
    assert cluster["Status"]["StateChangeReason"]["Message"] == "The master node was terminated. "
    assert installation.step(cluster_id, running)["State"] == "INTERRUPTED"
    assert installation.step(cluster_id, pending)["State"] == "CANCELLED"
    assert not installation.containers(cluster_id)


def _kill_task_instance(installation: Installation, cluster_id: str) -> None:
    """A killed task instance is TERMINATED, and another one that had the bootstrap actions runs its NodeManager."""
    old = installation.containers(cluster_id, "TASK")[0]
    old.kill()

    def replaced() -> bool:
        listed = installation.emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=["TASK"])["Instances"]
        return sorted(each["Status"]["State"] for each in listed) == ["RUNNING", "TERMINATED"]

    wait_for("the new task instance", replaced)
    listed = installation.emr.list_instances(ClusterId=cluster_id, InstanceStates=["TERMINATED"])["Instances"]
    assert listed[0]["Status"]["StateChangeReason"]["Code"] == "INSTANCE_FAILURE"
    new = installation.containers(cluster_id, "TASK")
    assert [each.id for each in new] != [old.id] and len(new) == 1
    assert processes(installation, new[0]) == {"NodeManager"}
    assert installation.run_in(new[0], "cat", "/tmp/bootstrap-mark").strip() == "hadoop left right"


def test_a_cluster_that_cannot_fit_is_refused(installation: Installation) -> None:
    before = installation.emr.list_clusters()["Clusters"]
    with pytest.raises(ClientError, match=r"ValidationException.*LOCALEMR_"):
        installation.emr.run_job_flow(**cluster_request("huge", core=200))
    assert installation.emr.list_clusters()["Clusters"] == before


@pytest.mark.shows("emr", "TerminateJobFlows")
def test_termination_leaves_logs_and_nothing_else(installation: Installation) -> None:
    action = {"Name": "mark", "ScriptBootstrapAction": {"Path": "s3://data/scripts/mark.sh", "Args": ["left", "right"]}}
    request = cluster_request("terminated", core=0, BootstrapActions=[action])
    cluster_id = installation.emr.run_job_flow(**request)["JobFlowId"]
    installation.wait_state(cluster_id, "WAITING")
    installation.emr.terminate_job_flows(JobFlowIds=[cluster_id])
    installation.check_terminated(installation.wait_state(cluster_id, "TERMINATED"))
    keys = installation.keys(f"{cluster_id}/node/")
    assert any("/applications/hadoop-hdfs/" in key for key in keys)
    assert any("/bootstrap-actions/1/stdout.gz" in key for key in keys)
