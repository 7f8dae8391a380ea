"""Spark's JVMs start from archived class data, quietly; a job with settings of its own runs without it."""

from __future__ import annotations

import re

from tests.cluster.installation import SCRIPTS, Installation
from tests.waiting import wait_for

JOB = f"s3://data/scripts/{(SCRIPTS / 'jvms.py').name}"
DRIVER = "org.postgresql.Driver\n"
WORDS_OF_THE_JVM = re.compile(
    r"\[(warning|error)\]|\bCDS\b|[Ss]hared (class|archive)|will not take effect|OpenJDK .*VM warning"
)


def run(installation: Installation, cluster_id: str, *arguments: str) -> tuple[str, str]:
    """Standard output and error of a job on the master that ends well."""
    step_id = installation.add_step(cluster_id, "spark-submit", *arguments)
    installation.wait_step(cluster_id, step_id, "COMPLETED")
    return installation.step_log(cluster_id, step_id), installation.step_log(cluster_id, step_id, "stderr")


def containers_said(installation: Installation, cluster_id: str, stderr: str) -> str:
    """Standard output and error of the YARN containers of the job that wrote this."""
    application = next(word for word in stderr.split() if word.startswith("application_"))
    return installation.application_logs(cluster_id, application, "stdout,stderr")


def masters_with_archive(installation: Installation, cluster_id: str) -> list[str]:
    """Maps of the archive in application masters of client mode, as /proc tells them."""
    look = "for pid in $(pgrep -f '[d]eploy.yarn.ExecutorLauncher'); do grep -h spark.jsa /proc/$pid/maps; done; true"
    nodes = [node for role in ("CORE", "TASK") for node in installation.containers(cluster_id, role)]
    return [line for node in nodes for line in installation.run_in(node, "bash", "-c", look, user="root").splitlines()]


def test_driver_master_and_executor_map_the_archive_in_client_mode(installation: Installation, shared: str) -> None:
    end = "/tmp/jvms-seen"
    step_id = installation.add_step(shared, "spark-submit", JOB, end)
    wait_for("an application master with the archive", lambda: masters_with_archive(installation, shared))
    master = installation.containers(shared, "MASTER")[0]
    installation.run_in(master, "touch", end)
    installation.wait_step(shared, step_id, "COMPLETED")
    assert installation.step_log(shared, step_id) == f"driver True executor True None\n{DRIVER}"
    stderr = installation.step_log(shared, step_id, "stderr")
    assert not WORDS_OF_THE_JVM.search(stderr)
    assert not WORDS_OF_THE_JVM.search(containers_said(installation, shared, stderr))


def test_the_same_in_cluster_mode(installation: Installation, shared: str) -> None:
    stdout, stderr = run(installation, shared, "--deploy-mode", "cluster", JOB)
    said = containers_said(installation, shared, stderr)
    assert f"driver True executor True None\n{DRIVER}" in said
    assert not stdout
    assert not WORDS_OF_THE_JVM.search(stderr + said)


def test_a_users_own_class_path_and_options_win_and_nothing_is_said(installation: Installation, shared: str) -> None:
    own = {f"spark.{who}.extraClassPath": "/usr/lib/hadoop/hadoop-aws.jar" for who in ("driver", "executor")}
    own |= {"spark.driver.extraJavaOptions": "-Dcolour=green"}
    settings = [word for name, value in own.items() for word in ("--conf", f"{name}={value}")]
    stdout, stderr = run(installation, shared, *settings, JOB)
    assert stdout == f"driver False executor False green\n{DRIVER}"
    assert not WORDS_OF_THE_JVM.search(stderr + containers_said(installation, shared, stderr))
