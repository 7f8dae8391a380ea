"""What can be done to steps on the shared cluster: cancelling them with all that they started, and many at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.cluster.daemons import applications
from tests.cluster.installation import Installation, wait_for
from tests.contract.console_visitor import Visitor

SCRIPTS = "s3://data/scripts"
RUNNER = "command-runner.jar"
SCRIPT_RUNNER = "s3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar"
EXAMPLES = "/usr/lib/hadoop-mapreduce/hadoop-mapreduce-examples.jar"

ON_YARN = {
    "Spark in cluster mode": (RUNNER, "spark-submit", "--deploy-mode", "cluster", f"{SCRIPTS}/endless.py"),
    "Spark in client mode": (RUNNER, "spark-submit", f"{SCRIPTS}/endless.py"),
    "streaming": (
        RUNNER, "hadoop-streaming", "-mapper", "sleep 600", "-reducer", "cat",
        "-input", "s3://data/scripts/fail.sh", "-output", "/user/hadoop/cancelled",
    ),
    "a JAR": (EXAMPLES, "pi", "1", "1000000000"),
}  # fmt: skip


def on_master(installation: Installation, cluster_id: str, *command: str) -> str:
    return installation.run_in(installation.containers(cluster_id, "MASTER")[0], *command)


def processes(installation: Installation, cluster_id: str) -> str:
    return on_master(installation, cluster_id, "ps", "-eo", "args")


@pytest.mark.parametrize("kind", ON_YARN)
def test_a_cancelled_steps_applications_end_with_it(installation: Installation, shared: str, kind: str) -> None:
    jar, *arguments = ON_YARN[kind]
    step_id = installation.add_step(shared, *arguments, jar=jar)

    def states() -> dict[str, str]:
        return {name: each["state"] for name, each in applications(installation, shared, step_id).items()}

    wait_for("its application", lambda: "RUNNING" in states().values())
    installation.cancel_step(shared, step_id, "TERMINATE_PROCESS" if "JAR" in kind else "SEND_INTERRUPT")
    ((application, state),) = states().items()
    assert state in ("KILLED", "FAILED", "FINISHED")
    if "JAR" not in kind:  # killed at once: the step's tool told nothing
        step = installation.emr.describe_step(ClusterId=shared, StepId=step_id)["Step"]
        assert step["AdditionalInfo"]["ResourceManagerApplicationIds"] == [application]
    # Each process of a step has its run's name in its environment.
    look = f"grep -las LOCALEMR_RUN=step-{step_id} /proc/[0-9]*/environ || true"
    assert on_master(installation, shared, "bash", "-c", look) == ""


@pytest.mark.parametrize("option", ["SEND_INTERRUPT", "TERMINATE_PROCESS"])
def test_a_stubborn_step_and_its_daemon_are_ended(installation: Installation, shared: str, option: str) -> None:
    step_id = installation.add_step(shared, f"{SCRIPTS}/stubborn.sh", option, jar=SCRIPT_RUNNER)
    wait_for("its daemon", lambda: f"{option}-daemon" in processes(installation, shared))
    installation.cancel_step(shared, step_id, option)
    assert option not in processes(installation, shared)
    shown = on_master(installation, shared, "bash", "-c", f"grep -h {step_id} /mnt/var/lib/info/steps/*.json")
    assert json.loads(shown)["state"] == "CANCELLED"


@pytest.fixture
def concurrency(installation: Installation, shared: str) -> Iterator[Any]:
    """Sets StepConcurrencyLevel; afterwards it is 1."""

    def set_level(level: int) -> None:
        installation.emr.modify_cluster(ClusterId=shared, StepConcurrencyLevel=level)

    yield set_level
    set_level(1)


def test_concurrency_changes_while_steps_run(installation: Installation, shared: str, concurrency: Any) -> None:
    waits = "while [ ! -e /tmp/level-go-{} ]; do sleep 0.1; done"
    steps = [installation.add_step(shared, "bash", "-c", waits.format(number)) for number in range(4)]

    def states() -> list[str]:
        return [installation.step(shared, each)["State"] for each in steps]

    wait_for("one step", lambda: states() == ["RUNNING", "PENDING", "PENDING", "PENDING"])
    concurrency(3)
    wait_for("three steps", lambda: states() == ["RUNNING", "RUNNING", "RUNNING", "PENDING"])
    concurrency(1)
    on_master(installation, shared, "touch", "/tmp/level-go-0", "/tmp/level-go-1")
    wait_for("the lower level", lambda: states() == ["COMPLETED", "COMPLETED", "RUNNING", "PENDING"])
    on_master(installation, shared, "touch", "/tmp/level-go-2")
    wait_for("the last step", lambda: states() == ["COMPLETED", "COMPLETED", "COMPLETED", "RUNNING"])
    on_master(installation, shared, "touch", "/tmp/level-go-3")
    installation.wait_step(shared, steps[3], "COMPLETED")


def test_256_steps_at_concurrency_32_all_run_once(installation: Installation, shared: str, concurrency: Any) -> None:
    concurrency(32)
    job = {"Jar": RUNNER, "Args": ["bash", "-c", "echo $EMR_STEP_ID >> /tmp/all-ran"]}
    steps = [{"Name": f"{number}", "ActionOnFailure": "CONTINUE", "HadoopJarStep": job} for number in range(256)]
    ids = installation.emr.add_job_flow_steps(JobFlowId=shared, Steps=steps)["StepIds"]
    for step_id in ids:
        installation.wait_step(shared, step_id, "COMPLETED")
    ran = on_master(installation, shared, "cat", "/tmp/all-ran").split()
    assert sorted(ran) == sorted(ids)


def test_the_console_shows_a_job_on_its_nodes(installation: Installation, shared: str) -> None:
    visitor = Visitor(installation.emr.meta.endpoint_url)
    step_id = installation.add_step(shared, "spark-submit", "--deploy-mode", "cluster", f"{SCRIPTS}/endless.py")

    def containers() -> int:
        text = visitor.get(f"/console/clusters/{shared}").text
        return sum(int(each) for each in re.findall(r"(\d+) YARN container", text))

    try:
        wait_for("its containers on the map", lambda: containers() >= 1)
        assert "MiB of" in (text := visitor.get(f"/console/clusters/{shared}").text) or "GiB of" in text
        wait_for("its state", lambda: "RUNNING" in visitor.get(f"/console/clusters/{shared}/steps/{step_id}").text)
    finally:
        installation.cancel_step(shared, step_id, "SEND_INTERRUPT")
        visitor.close()


def resident_mb(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(int(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmRSS"))


def test_a_gigabyte_of_output_does_not_pass_through_the_controller(installation: Installation, shared: str) -> None:
    before = resident_mb(installation.controller_pid)
    step_id = installation.add_step(
        shared, "bash", "-c", "yes 'line after line' | head -c 1G; echo it was too much >&2; exit 5"
    )
    status = installation.wait_step(shared, step_id, "FAILED")
    assert status["FailureDetails"]["Message"] == "it was too much"
    assert resident_mb(installation.controller_pid) - before < 50
    stdout = f"/mnt/var/log/hadoop/steps/{step_id}/stdout"
    assert installation.run_in(installation.containers(shared, "MASTER")[0], "stat", "-c", "%s", stdout).strip() == str(
        2**30
    )
