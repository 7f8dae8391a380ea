"""One real cluster with a master, a core and a task instance: how it comes up, what it runs, what it leaves."""

from __future__ import annotations

import csv
import io
import json
import os
import signal
import urllib.request
from collections import Counter
from typing import Any

import pytest

from localemr.testing import Control
from tests.cluster.daemons import processes
from tests.cluster.installation import Installation, wait_for


def jmx(container: Any, port: int, bean: str) -> dict[str, Any]:
    """A JMX bean, read through the port published on the host."""
    container.reload()
    host_port = container.ports[f"{port}/tcp"][0]["HostPort"]
    with urllib.request.urlopen(f"http://127.0.0.1:{host_port}/jmx?qry={bean}", timeout=10) as answer:
        return dict(json.load(answer)["beans"][0])


@pytest.mark.shows("emr", "RunJobFlow")
def test_waiting_means_that_hdfs_and_yarn_are_complete(installation: Installation, shared: str) -> None:
    master = installation.containers(shared, "MASTER")[0]
    name_node = jmx(master, 9870, "Hadoop:service=NameNode,name=NameNodeInfo")
    assert name_node["Safemode"] == ""
    instances = installation.emr.list_instances(ClusterId=shared, InstanceStates=["RUNNING"])["Instances"]
    groups = {
        g["Id"]: g["InstanceGroupType"]
        for g in installation.emr.list_instance_groups(ClusterId=shared)["InstanceGroups"]
    }
    hosts = {each["PrivateDnsName"]: groups[each["InstanceGroupId"]] for each in instances}
    assert {key.split(":")[0] for key in json.loads(name_node["LiveNodes"])} == {
        host for host, role in hosts.items() if role == "CORE"
    }
    node_managers = json.loads(jmx(master, 8088, "Hadoop:service=ResourceManager,name=RMNMInfo")["LiveNodeManagers"])
    assert {each["HostName"] for each in node_managers} == {host for host, role in hosts.items() if role != "MASTER"}


def test_daemons_are_where_emr_has_them(installation: Installation, shared: str) -> None:
    master, core, task = (installation.containers(shared, role)[0] for role in ("MASTER", "CORE", "TASK"))
    wanted = {"NameNode", "ResourceManager", "JobHistoryServer", "HistoryServer"}
    wait_for("the history servers", lambda: processes(installation, master) >= wanted)
    assert not processes(installation, master) & {"DataNode", "NodeManager"}
    assert processes(installation, core) == {"DataNode", "NodeManager"}
    assert processes(installation, task) == {"NodeManager"}


def test_names_resolve_and_are_emrs(installation: Installation, shared: str) -> None:
    master, core = (installation.containers(shared, role)[0] for role in ("MASTER", "CORE"))
    name = installation.cluster(shared)["MasterPublicDnsName"]
    address = name.split(".")[0].removeprefix("ip-").replace("-", ".")
    assert installation.run_in(core, "getent", "hosts", name).split()[0] == address
    assert installation.run_in(master, "hostname", "-f").strip() == name


def test_limits_come_from_the_instance_type(installation: Installation, shared: str) -> None:
    core = installation.containers(shared, "CORE")[0]
    assert core.attrs["HostConfig"]["Memory"] == installation.limit_mb(16384) * 2**20
    offered = installation.run_in(core, "hdfs", "getconf", "-confKey", "yarn.nodemanager.resource.memory-mb")
    assert offered.strip() == "12288", "EMR's own"
    assert installation.run_in(core, "bash", "-c", "hdfs getconf -confKey dfs.blocksize").strip() == "67108864"


def test_bootstrap_actions_ran_everywhere_before_the_daemons(installation: Installation, shared: str) -> None:
    for container in installation.containers(shared):
        assert installation.run_in(container, "cat", "/tmp/bootstrap-mark").strip() == "hadoop left right"
        assert installation.run_in(container, "cat", "/tmp/bootstrap-java") == ""
        installation.run_in(container, "test", "-e", "/tmp/bootstrap-sudo")
        assert installation.run_in(container, "cat", "/tmp/bootstrap-copy").strip() == "hadoop left right"
    actions = installation.emr.list_bootstrap_actions(ClusterId=shared)["BootstrapActions"]
    assert actions[0]["Args"] == ["left", "right"]


def test_run_if_acts_where_its_condition_holds(installation: Installation, shared: str) -> None:
    for container in installation.containers(shared):
        master = container.labels["localemr.role"] == "MASTER"
        there = {
            name: container.exec_run(["test", "-e", f"/tmp/bootstrap-{name}"]).exit_code == 0
            for name in ("master", "other")
        }
        assert there == {"master": master, "other": not master}


@pytest.mark.shows("emr", "AddJobFlowSteps")
def test_spark_in_cluster_mode_reads_and_writes_s3(installation: Installation, shared: str) -> None:
    words = [f"word{number % 97}" for number in range(20_000)]
    text = "\n".join(" ".join(words[at : at + 10]) for at in range(0, len(words), 10))
    installation.s3.put_object(Bucket="data", Key="in/words.txt", Body=text.encode())
    step_id = installation.add_step(
        shared, "spark-submit", "--deploy-mode", "cluster", "s3://data/scripts/count_words.py", "s3://data/in/", "s3://data/out"
    )  # fmt: skip
    installation.wait_step(shared, step_id, "COMPLETED")
    objects = installation.s3.list_objects_v2(Bucket="data", Prefix="out/")["Contents"]
    found: Counter[str] = Counter()
    for entry in objects:
        if entry["Key"].endswith(".csv"):
            body = installation.s3.get_object(Bucket="data", Key=entry["Key"])["Body"].read().decode()
            for row in csv.DictReader(io.StringIO(body)):
                found[row["word"]] += int(row["count"])
    assert found == Counter(words)
    _check_logs(installation, shared, step_id)


def _check_logs(installation: Installation, cluster_id: str, step_id: str) -> None:
    place = f"{cluster_id}/steps/{step_id}"
    assert "startExec" in installation.wait_log(f"{place}/controller.gz", "Step succeeded with exitCode 0")
    wanted = {f"{place}/{name}.gz" for name in ("controller", "stdout", "stderr")}
    assert wanted <= set(installation.keys(place))
    stderr = installation.wait_log(f"{place}/stderr.gz", "final status: SUCCEEDED")
    application = next(word for word in stderr.split() if word.startswith("application_"))

    def driver_output() -> str:
        keys = [
            key for key in installation.keys(f"{cluster_id}/containers/{application}/") if key.endswith("stdout.gz")
        ]
        return "".join(map(installation.log, keys))

    wait_for("the driver's stdout", lambda: "counted 20000" in driver_output())


@pytest.mark.shows("emr", "DescribeStep")
def test_a_failing_job_tells_why(installation: Installation, shared: str) -> None:
    step_id = installation.add_step(shared, "spark-submit", "s3://data/scripts/broken.py")
    status = installation.wait_step(shared, step_id, "FAILED")
    assert "the input was not what was promised" in status["FailureDetails"]["Message"]
    # In client mode, which is spark-submit's default, it hands the driver's output on to its standard output.
    key = f"{shared}/steps/{step_id}/stdout.gz"
    assert status["FailureDetails"]["LogFile"] == f"s3://logs/{key}"
    installation.wait_log(key, "ValueError: the input was not what was promised")


def test_a_scripted_fault_comes_to_a_real_step(installation: Installation, shared: str) -> None:
    control = Control(installation.emr.meta.endpoint_url)
    control.fail_step("unlucky", message="the disk is gone", code=7, times=1)
    step_id = installation.add_step(shared, "touch", "/tmp/unlucky-ran", Name="unlucky")
    status = installation.wait_step(shared, step_id, "FAILED")
    assert status["FailureDetails"]["Message"] == "the disk is gone"
    master = installation.containers(shared, "MASTER")[0]
    assert master.exec_run(["test", "-e", "/tmp/unlucky-ran"]).exit_code != 0
    assert control.rules() == []
    key = f"{shared}/steps/{step_id}/stderr.gz"
    assert installation.wait_log(key, "gone") == "the disk is gone\n"


def test_a_missing_script_tells_its_name(installation: Installation, shared: str) -> None:
    step_id = installation.add_step(shared, "spark-submit", "s3://data/scripts/nowhere.py")
    status = installation.wait_step(shared, step_id, "FAILED")
    assert "nowhere.py" in status["FailureDetails"]["Message"]
    step_id = installation.add_step(shared, "no-such-command")
    assert "no-such-command" in installation.wait_step(shared, step_id, "FAILED")["FailureDetails"]["Message"]


def test_a_mapreduce_jar_runs(installation: Installation, shared: str) -> None:
    jar = "/usr/lib/hadoop-mapreduce/hadoop-mapreduce-examples.jar"
    step_id = installation.add_step(shared, "pi", "2", "10", jar=jar)
    installation.wait_step(shared, step_id, "COMPLETED")
    key = f"{shared}/steps/{step_id}/stdout.gz"
    installation.wait_log(key, "Estimated value of Pi is 3.8")


def test_a_step_runs_as_hadoop_where_emr_runs_it(installation: Installation, shared: str) -> None:
    step_id = installation.add_step(shared, "bash", "-c", "echo $(whoami) $PWD; hdfs dfs -ls -d /user/hadoop | tail -1")
    installation.wait_step(shared, step_id, "COMPLETED")
    out = installation.step_log(shared, step_id)
    assert out.splitlines()[0] == f"hadoop /mnt/var/lib/hadoop/steps/{step_id}"
    assert "/user/hadoop" in out.splitlines()[1]


@pytest.mark.shows("emr", "CancelSteps")
@pytest.mark.parametrize("option", ["SEND_INTERRUPT", "TERMINATE_PROCESS"])
def test_cancelling_a_running_step_ends_its_processes(installation: Installation, shared: str, option: str) -> None:
    mark = f"3{len(option)}77"
    step_id = installation.add_step(shared, "bash", "-c", f"sleep {mark} & sleep {mark}")
    master = installation.containers(shared, "MASTER")[0]
    running = lambda: f"sleep {mark}" in installation.run_in(master, "ps", "-eo", "args")  # noqa: E731
    wait_for("the step's processes", running)
    answer = installation.emr.cancel_steps(ClusterId=shared, StepIds=[step_id], StepCancellationOption=option)
    assert answer["CancelStepsInfoList"][0]["Status"] == "SUBMITTED"
    installation.wait_step(shared, step_id, "CANCELLED")
    assert not running()


def test_a_killed_controller_loses_nothing(installation: Installation, shared: str) -> None:
    master = installation.containers(shared, "MASTER")[0]
    steps = [
        installation.add_step(
            shared, "bash", "-c", f"echo {name} >> /tmp/ran; while [ ! -e /tmp/go ]; do sleep 0.1; done"
        )
        for name in ("first", "second")
    ]
    wait_for("the first step", lambda: installation.step(shared, steps[0])["State"] == "RUNNING")
    wait_for("its process", lambda: master.exec_run(["test", "-e", "/tmp/ran"]).exit_code == 0)
    os.kill(installation.controller_pid, signal.SIGKILL)
    # The step ends while no controller is there to see it.
    installation.run_in(master, "touch", "/tmp/go")
    exit_file = f"/var/lib/localemr/state/step-{steps[0]}/exit"
    wait_for("the step's end", lambda: master.exec_run(["test", "-e", exit_file]).exit_code == 0)
    installation.localemr("up")
    for step_id in steps:
        installation.wait_step(shared, step_id, "COMPLETED")
    assert installation.run_in(master, "cat", "/tmp/ran").split() == ["first", "second"]


def test_logs_arrive_when_s3_is_back(installation: Installation, shared: str) -> None:
    s3 = installation.docker.containers.get(f"localemr-{installation.name}-s3")
    s3.stop()
    step_id = installation.add_step(shared, "echo", "written while S3 was away")
    installation.wait_step(shared, step_id, "COMPLETED")
    s3.start()
    key = f"{shared}/steps/{step_id}/stdout.gz"

    def arrived() -> bool:
        try:
            return "written while S3 was away" in installation.log(key)
        except Exception:  # MinIO is starting
            return False

    wait_for("the log", arrived)
