"""LocalEmrContainer: an installation for the time of a `with` block, without and with real clusters."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import docker
import pytest
from botocore.exceptions import ClientError
from testcontainers.core.config import testcontainers_config

from localemr.testing.client import Control, ControlError
from localemr.testing.container import LocalEmrContainer
from tests.cluster.installation import cluster_request
from tests.documentation import example
from tests.waiting import wait_for


@pytest.fixture(autouse=True)
def _without_reaper(monkeypatch: pytest.MonkeyPatch) -> None:
    """The reaper's image would have to be pulled; that nothing is left behind is what the tests look at."""
    monkeypatch.setattr(testcontainers_config, "ryuk_disabled", True)


@pytest.fixture
def engine() -> Iterator[Any]:
    client = docker.from_env()
    yield client
    client.close()


def belongings(engine: Any, installation: str) -> list[Any]:
    """All that carries the installation's label."""
    label = {"label": f"localemr.installation={installation}"}
    containers = engine.containers.list(all=True, filters=label, ignore_removed=True)
    return [*containers, *engine.networks.list(filters=label), *engine.volumes.list(filters=label)]


def instances(emr: Any, cluster_id: str, role: str) -> list[dict[str, Any]]:
    return list(emr.list_instances(ClusterId=cluster_id, InstanceGroupTypes=[role])["Instances"])


def step(name: str, *args: str) -> dict[str, Any]:
    return {
        "Name": name,
        "ActionOnFailure": "CONTINUE",
        "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(args)},
    }


def settled(emr: Any, cluster_id: str, step_id: str) -> dict[str, Any] | None:
    status = dict(emr.describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]["Status"])
    return status if status["State"] not in ("PENDING", "RUNNING") else None


def replaced(engine: Any, emr: Any, cluster_id: str, times: int) -> str:
    """Wait until so many task instances are gone and another one runs; why the last one went."""

    def look() -> list[dict[str, Any]] | None:
        found = sorted(
            instances(emr, cluster_id, "TASK"), key=lambda each: each["Status"]["Timeline"]["CreationDateTime"]
        )
        return found if [each["Status"]["State"] for each in found] == ["TERMINATED"] * times + ["RUNNING"] else None

    *gone, there = wait_for(f"task instance {times + 1}", look)
    containers = engine.containers.list(
        all=True, filters={"label": [f"localemr.cluster={cluster_id}", "localemr.role=TASK"]}
    )
    assert [each.labels["localemr.instance"] for each in containers] == [there["Id"]]
    return str(gone[-1]["Status"]["StateChangeReason"]["Message"])


def test_without_real_clusters(engine: Any) -> None:
    with LocalEmrContainer(region="eu-central-1") as container:
        assert len(belongings(engine, container.installation)) == 1
        emr = container.client()
        container.control.script({"on": "step", "after": 3600})
        request = cluster_request("memory", Steps=[step("long", "true")])
        cluster_id = emr.run_job_flow(**request)["JobFlowId"]
        step_id = emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
        wait_for(
            "the step", lambda: emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"] == "RUNNING"
        )
        container.control.advance(3601)
        assert wait_for("the step", lambda: settled(emr, cluster_id, step_id))["State"] == "COMPLETED"

        assert container.client("sts").get_caller_identity()["UserId"] == "localemr"
        with pytest.raises(ClientError, match="InvalidSignatureException"):
            container.client(aws_secret_access_key="a guess").list_clusters()
        with pytest.raises(ControlError, match="Missing Authentication Token"):
            Control(container.endpoint_url).rules()

        s3 = container.client("s3")
        s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-central-1"})
        assert [each["Name"] for each in s3.list_buckets()["Buckets"]] == ["data"]
        assert container.environ["AWS_ENDPOINT_URL_S3"] == container.s3_endpoint_url
    assert belongings(engine, container.installation) == []


def test_the_documented_example(engine: Any) -> None:
    names: dict[str, Any] = {}
    exec(example("from localemr.testing.container"), names)
    assert belongings(engine, names["emr"].installation) == []


def test_what_does_not_start_leaves_nothing(engine: Any) -> None:
    # It listens on all interfaces of its container, which it refuses without keys.
    container = LocalEmrContainer().with_env("LOCALEMR_ACCESS_KEYS", "")
    began = time.monotonic()
    with pytest.raises(TimeoutError):
        container.start()
    assert time.monotonic() - began < 30
    assert belongings(engine, container.installation) == []


def test_with_a_real_cluster_whose_faults_are_scripted(engine: Any) -> None:
    request = cluster_request("real", core=1, task=1)
    request["Instances"]["InstanceGroups"][2]["Market"] = "SPOT"
    with LocalEmrContainer(runtime="docker") as container:
        emr, control = container.client(), container.control
        with pytest.raises(ControlError, match="real clusters"):
            control.advance(1)
        control.fail_step("doomed", code=3, message="no such table")
        cluster_id = emr.run_job_flow(**request)["JobFlowId"]
        emr.get_waiter("cluster_running").wait(ClusterId=cluster_id, WaiterConfig={"Delay": 1, "MaxAttempts": 240})
        steps = [step("doomed", "true"), step("real", "hdfs", "dfs", "-ls", "/")]
        doomed, real = emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=steps)["StepIds"]
        failed = wait_for("the step", lambda: settled(emr, cluster_id, doomed))
        assert (failed["State"], failed["FailureDetails"]["Message"]) == ("FAILED", "no such table")
        assert wait_for("the step", lambda: settled(emr, cluster_id, real))["State"] == "COMPLETED"

        control.interrupt_spot(notice=1)
        assert replaced(engine, emr, cluster_id, 1).endswith(" was terminated: Server.SpotInstanceTermination.")
        control.lose_instance("TASK")
        assert replaced(engine, emr, cluster_id, 2).endswith(" was terminated: its container was removed.")
        assert emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"] in ("RUNNING", "WAITING")
        # The controller, MinIO, three instances; their network and the cluster's.
        assert len(belongings(engine, container.installation)) >= 7
        assert container.client("s3").list_buckets()["Buckets"]
    assert belongings(engine, container.installation) == []
