"""Logs of a real cluster under its LogUri: where, how soon, and never with credentials in them."""

from __future__ import annotations

import gzip
import re
from typing import Any

from tests.cluster.installation import Installation, wait_for

SECRET = b"localemr-secret"
PI = "/usr/lib/hadoop-mapreduce/hadoop-mapreduce-examples.jar"


def stdout(installation: Installation, cluster_id: str, step_id: str) -> str:
    return installation.log(f"{cluster_id}/steps/{step_id}/stdout.gz")


def names(installation: Installation, prefix: str) -> set[str]:
    """Keys below a prefix, without it."""
    return {key.removeprefix(prefix) for key in installation.keys(prefix)}


def test_a_long_step_is_seen_while_it_runs_and_whole_soon_after(installation: Installation, shared: str) -> None:
    script = "for i in $(seq 70); do echo line $i; sleep 1; done; echo the key is $AWS_SECRET_ACCESS_KEY; echo last"
    step_id = installation.add_step(shared, "bash", "-c", script)
    early = wait_for("its first lines", lambda: stdout(installation, shared, step_id))
    assert installation.step(shared, step_id)["State"] == "RUNNING"
    assert early.startswith("line 1\nline 2\n") and "last" not in early
    installation.wait_step(shared, step_id, "COMPLETED")
    wait_for("its last line", lambda: "last" in stdout(installation, shared, step_id))
    text = stdout(installation, shared, step_id)
    assert text.endswith("line 70\nthe key is ***************\nlast\n")
    assert names(installation, f"{shared}/steps/{step_id}/") == {"controller.gz", "syslog.gz", "stdout.gz", "stderr.gz"}


def test_a_cancelled_step_leaves_what_it_said(installation: Installation, shared: str) -> None:
    step_id = installation.add_step(shared, "bash", "-c", "echo said before; exec sleep 600")
    path = f"/mnt/var/log/hadoop/steps/{step_id}/stdout"
    master = installation.containers(shared, "MASTER")[0]
    wait_for("its first line", lambda: master.exec_run(["grep", "said", path]).exit_code == 0)
    installation.emr.cancel_steps(ClusterId=shared, StepIds=[step_id])
    installation.wait_step(shared, step_id, "CANCELLED")
    wait_for("its log", lambda: stdout(installation, shared, step_id) == "said before\n")


def test_a_step_has_a_log_uri_of_its_own(installation: Installation, shared: str) -> None:
    place = {"S3MonitoringConfiguration": {"LogUri": "s3://mine/of/step"}}
    step_id = installation.add_step(shared, "bash", "-c", "echo mine; exit 3", StepMonitoringConfiguration=place)
    status = installation.wait_step(shared, step_id, "FAILED")
    key = f"of/step/{shared}/steps/{step_id}/"
    assert status["FailureDetails"]["LogFile"] == f"s3://mine/{key}stdout.gz"
    assert installation.emr.describe_step(ClusterId=shared, StepId=step_id)["Step"]["LogUri"] == "s3://mine/of/step/"
    wait_for("its log", lambda: installation.log(f"{key}stdout.gz", "mine") == "mine\n")
    assert not installation.keys(f"{shared}/steps/{step_id}/")


def test_a_mapreduce_job_leaves_containers_logs_and_its_history(installation: Installation, shared: str) -> None:
    step_id = installation.add_step(shared, "pi", "2", "10", jar=PI)
    installation.wait_step(shared, step_id, "COMPLETED")
    history = f"{shared}/hadoop-mapreduce/history/"

    def job() -> str:
        found = re.findall(r"Job (job_\d+_\d+) completed", installation.log(f"{shared}/steps/{step_id}/syslog.gz"))
        return found[0] if found else ""

    job_id = wait_for("the job's id", job)
    form = re.compile(rf"\d{{4}}/\d\d/\d\d/000000/{job_id}(-[^/]+\.jhist|_conf\.xml)\.gz")

    def kept() -> bool:
        return len([name for name in names(installation, history) if form.fullmatch(name)]) == 2

    wait_for("its history", kept)
    containers = f"{shared}/containers/{job_id.replace('job', 'application')}/"
    wanted = {"stdout", "stderr", "syslog", "prelaunch.out", "prelaunch.err", "launch_container.sh", "directory.info"}

    def complete() -> bool:
        by_container: dict[str, set[str]] = {}
        for name in names(installation, containers):
            container, _, file = name.partition("/")
            by_container.setdefault(container, set()).add(file.removesuffix(".gz"))
        return len(by_container) >= 4 and all(wanted <= files for files in by_container.values())

    wait_for("its containers' logs", complete)


def test_every_instance_leaves_its_own_logs(installation: Installation, shared: str) -> None:
    roles = {
        group["Id"]: group["InstanceGroupType"]
        for group in installation.emr.list_instance_groups(ClusterId=shared)["InstanceGroups"]
    }
    daemons = {
        "MASTER": ["hadoop-hdfs/hadoop-hdfs-namenode-ip-", "hadoop-yarn/hadoop-yarn-resourcemanager-ip-", "spark/"],
        "CORE": ["hadoop-hdfs/hadoop-hdfs-datanode-ip-", "hadoop-yarn/hadoop-yarn-nodemanager-ip-"],
        "TASK": ["hadoop-yarn/hadoop-yarn-nodemanager-ip-"],
    }
    for instance in installation.emr.list_instances(ClusterId=shared, InstanceStates=["RUNNING"])["Instances"]:
        role = roles[instance["InstanceGroupId"]]
        wanted = [f"applications/{name}" for name in daemons[role]]
        wanted += [f"bootstrap-actions/1/{name}.gz" for name in ("controller", "stdout", "stderr")]
        wanted += ["daemons/instance-state/instance-state.log-20", "setup-devices/setup_drives.log.gz"]
        wanted += ["provision-node/apps-phase/0/"] if role == "MASTER" else []

        def missing(place: str = f"{shared}/node/{instance['Ec2InstanceId']}/", wanted: Any = wanted) -> list[str]:
            there = names(installation, place)
            return [start for start in wanted if not any(name.startswith(start) for name in there)]

        wait_for(f"the logs of the {role}", lambda missing=missing: not missing())


def test_watching_logs_costs_next_to_nothing(installation: Installation, shared: str) -> None:
    for container in installation.containers(shared):
        listed = installation.run_in(container, "ps", "-eo", "pid,ppid,times,etimes,rss,args").splitlines()
        ships = [line.split() for line in listed if "/bin/ship" in line]
        # What has changed is sent by a child, which may be there just now.
        watching = [words for words in ships if words[1] not in {other[0] for other in ships}]
        assert len(watching) == 1
        used, lived, rss = (int(word) for word in watching[0][2:5])
        assert used <= 2 + 0.03 * lived
        assert rss < 20_000


def test_no_log_has_credentials_in_it(installation: Installation, shared: str) -> None:
    step_id = installation.add_step(shared, "env")
    installation.wait_step(shared, step_id, "COMPLETED")
    place = f"{shared}/steps/{step_id}/"
    installation.wait_log(f"{place}stdout.gz", "AWS_SECRET_ACCESS_KEY=***")
    wait_for("all four logs", lambda: len(installation.keys(place)) == 4)
    for key in installation.keys(f"{shared}/"):
        body = installation.s3.get_object(Bucket="logs", Key=key)["Body"].read()
        assert SECRET not in gzip.decompress(body), key
