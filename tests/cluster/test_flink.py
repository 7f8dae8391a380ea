"""Flink on a real cluster: jobs on YARN that read and write S3, a session, a stream with checkpoints, ended jobs."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.daemons import RESOURCEMANAGER, page
from tests.cluster.installation import Installation, cluster_request, wait_for

WORD_COUNT = "/usr/lib/flink/examples/streaming/WordCount.jar"
TEXT = "to be or not to be that is the question\n" * 100
HISTORY_SERVER = 8082
SETTINGS = {"taskmanager.memory.process.size": "1600m"}


@pytest.fixture(scope="module")
def cluster(installation: Installation) -> Iterator[str]:
    """Id of a cluster with Flink and a core instance."""
    installation.s3.put_object(Bucket="data", Key="flink/words/text", Body=TEXT.encode())
    configurations = [{"Classification": "flink-conf", "Properties": SETTINGS}]
    request = cluster_request("flink", Applications=[{"Name": "Flink"}], Configurations=configurations)
    with installation.running(request) as cluster_id:
        yield cluster_id


def lines(installation: Installation, folder: str) -> list[str]:
    """The lines of all files in a folder of the bucket."""
    listed = installation.s3.get_paginator("list_objects_v2").paginate(Bucket="data", Prefix=f"flink/{folder}/")
    keys = [each["Key"] for each_page in listed for each in each_page.get("Contents", [])]
    bodies = [installation.s3.get_object(Bucket="data", Key=key)["Body"].read().decode() for key in keys]
    return [line for body in bodies for line in body.splitlines()]


def counted(installation: Installation, folder: str) -> dict[str, int]:
    """The words that a job of WordCount has counted."""
    return {
        word: int(number)
        for word, number in re.findall(r"^\((\w+),(\d+)\)$", "\n".join(lines(installation, folder)), re.M)
    }


def jobs_on_yarn(installation: Installation, cluster: str) -> list[dict[str, Any]]:
    """The applications on YARN, the first one first."""
    (master,) = installation.containers(cluster, "MASTER")
    found = (json.loads(page(master, RESOURCEMANAGER, "/ws/v1/cluster/apps"))["apps"] or {}).get("app", [])
    return sorted(found, key=lambda each: str(each["id"]))


def history(installation: Installation, cluster: str, path: str) -> dict[str, Any]:
    """What the history server answers; empty while it does not."""
    (master,) = installation.containers(cluster, "MASTER")
    return dict(json.loads(page(master, HISTORY_SERVER, path) or "{}"))


def word_count(output: str, source: str = "s3://data/flink/words") -> tuple[str, ...]:
    return (WORD_COUNT, "--execution-mode", "BATCH", "--input", source, "--output", f"s3://data/flink/{output}")


def test_a_job_is_an_application_of_its_own(installation: Installation, cluster: str) -> None:
    step = installation.add_step(cluster, "flink", "run", "-m", "yarn-cluster", *word_count("per-job"))
    installation.wait_step(cluster, step, "COMPLETED")
    assert counted(installation, "per-job") == Counter(TEXT.split())
    ended = jobs_on_yarn(installation, cluster)[-1]
    assert (ended["applicationType"], ended["finalStatus"]) == ("Apache Flink", "SUCCEEDED")

    def in_history() -> set[str]:
        return {each["state"] for each in history(installation, cluster, "/jobs/overview").get("jobs", ())}

    assert "FINISHED" in wait_for("the job in the history server", in_history)


def test_application_mode(installation: Installation, cluster: str) -> None:
    before = {each["id"] for each in jobs_on_yarn(installation, cluster)}
    step = installation.add_step(
        cluster, "flink", "run-application", "-t", "yarn-application", *word_count("application")
    )
    installation.wait_step(cluster, step, "COMPLETED")

    def ended() -> list[str]:
        return [each["finalStatus"] for each in jobs_on_yarn(installation, cluster)
                if each["id"] not in before and each["state"] == "FINISHED"]  # fmt: skip

    assert wait_for("the end of the application", ended) == ["SUCCEEDED"]
    assert counted(installation, "application") == Counter(TEXT.split())


def test_a_session_runs_jobs_until_it_is_ended(installation: Installation, cluster: str) -> None:
    started = installation.add_step(cluster, "flink-yarn-session", "-d", "-nm", "shared session")
    installation.wait_step(cluster, started, "COMPLETED")
    (session,) = (each for each in jobs_on_yarn(installation, cluster) if each["name"] == "shared session")
    (master,) = installation.containers(cluster, "MASTER")
    try:
        target = ("-t", "yarn-session", f"-Dyarn.application.id={session['id']}")
        step = installation.add_step(cluster, "flink", "run", *target, *word_count("session"))
        installation.wait_step(cluster, step, "COMPLETED")
        assert counted(installation, "session") == Counter(TEXT.split())
    finally:
        installation.run_in(master, "yarn", "application", "-kill", session["id"])


def test_a_stream_has_checkpoints_on_s3(installation: Installation, cluster: str) -> None:
    script = "aws s3 cp s3://data/scripts/flink.sql . && /usr/lib/flink/bin/sql-client.sh -f flink.sql"
    step = installation.add_step(cluster, "bash", "-c", script)
    installation.wait_step(cluster, step, "COMPLETED")
    assert "[ERROR]" not in installation.step_log(cluster, step)
    assert sorted(json.loads(line)["n"] for line in lines(installation, "numbers")) == list(range(1, 501))
    folders = installation.s3.list_objects_v2(Bucket="data", Prefix="flink/checkpoints/", Delimiter="/")[
        "CommonPrefixes"
    ]
    (job,) = (each["Prefix"].split("/")[-2] for each in folders)
    found = wait_for("its checkpoints", lambda: history(installation, cluster, f"/jobs/{job}/checkpoints"))
    # Some are declined while its tasks start and end.
    assert found["counts"]["completed"] > 1


def test_a_failed_job_says_why(installation: Installation, cluster: str) -> None:
    missing = word_count("nothing", "s3://data/flink/nowhere")
    step = installation.add_step(cluster, "flink", "run", "-m", "yarn-cluster", *missing)
    details = installation.wait_step(cluster, step, "FAILED")["FailureDetails"]
    assert "s3://data/flink/nowhere" in details["Message"], details


def test_settings_reach_its_file(installation: Installation, cluster: str) -> None:
    (master,) = installation.containers(cluster, "MASTER")
    text = installation.run_in(master, "cat", "/etc/flink/conf/flink-conf.yaml")
    assert "taskmanager.memory.process.size: 1600m\n" in text
