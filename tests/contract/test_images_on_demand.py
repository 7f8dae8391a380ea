"""RunJobFlow where the cluster's image has to be built first, as a client sees it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from localemr.images import plan
from localemr.images.build import BuildFailure
from localemr.platforms import Platform
from localemr.runtime.memory import MemoryRuntime
from localemr.testing.memory import MemoryEmr
from tests.contract.requests import cluster
from tests.golden_scenarios import LABEL
from tests.images import Builder
from tests.waiting import wait_for


class BuildingEmr(MemoryEmr):
    """An endpoint whose clusters need images that the builder builds."""

    def __init__(self, builder: Builder) -> None:
        super().__init__(speed=20.0)
        self._builder = builder

    def _platform(self) -> Platform:
        platform = super()._platform()
        assert isinstance(platform.runtime, MemoryRuntime)
        platform.runtime.images = self._builder.on_demand(platform.clock.now)
        return platform


@pytest.fixture
def builder() -> Builder:
    return Builder()


@pytest.fixture
def emr(builder: Builder) -> Iterator[Any]:
    with BuildingEmr(builder) as endpoint:
        yield endpoint.client()


def start(emr: Any, *applications: str) -> str:
    names = [{"Name": name} for name in applications]
    return str(emr.run_job_flow(**cluster(ReleaseLabel=LABEL, Applications=names))["JobFlowId"])


def status(emr: Any, cluster_id: str) -> dict[str, Any]:
    return dict(emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"])


def preparing(emr: Any, cluster_id: str) -> str | None:
    reason = status(emr, cluster_id)["StateChangeReason"]
    return str(reason["Message"]) if "step 1 of 2" in reason.get("Message", "") else None


def test_the_cluster_is_starting_with_the_progress_as_its_reason(emr: Any, builder: Builder) -> None:
    cluster_id = start(emr, "Spark")
    message = wait_for("the progress", lambda: preparing(emr, cluster_id))
    assert message.startswith(f"Provisioning Amazon EC2 capacity. Preparing the image of {LABEL} with Hadoop, Spark: ")
    assert status(emr, cluster_id)["State"] == "STARTING"
    builder.go.set()
    emr.get_waiter("cluster_running").wait(ClusterId=cluster_id, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert "Preparing" not in str(status(emr, cluster_id))
    instances = emr.list_instances(ClusterId=cluster_id)["Instances"]
    assert {each["Status"]["State"] for each in instances} == {"RUNNING"} and "Preparing" not in str(instances)


def test_clusters_with_an_image_start_meanwhile(emr: Any, builder: Builder) -> None:
    builder.add(plan.node(LABEL, ["Spark"]))
    waiting, other = start(emr, "Hive"), start(emr, "Spark")
    emr.get_waiter("cluster_running").wait(ClusterId=other, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert "with Hadoop, Tez, Hive: " in wait_for("the progress", lambda: preparing(emr, waiting))


def test_a_failing_build_is_the_reason_of_the_end(emr: Any, builder: Builder) -> None:
    builder.failure = BuildFailure("", "image base, step 1 of 2: no network (log: /logs/build-base.log)")
    builder.go.set()
    cluster_id = start(emr, "Spark")
    wait_for("the end", lambda: status(emr, cluster_id)["State"] == "TERMINATED_WITH_ERRORS")
    ended = status(emr, cluster_id)
    assert ended["StateChangeReason"] == {
        "Code": "INTERNAL_ERROR",
        "Message": f"The image of {LABEL} with Hadoop, Spark could not be built: image base, step 1 of 2: no network "
        "(log: /logs/build-base.log)",
    }


def test_it_can_be_terminated_meanwhile(emr: Any, builder: Builder) -> None:
    cluster_id = start(emr, "Spark")
    wait_for("the progress", lambda: preparing(emr, cluster_id))
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    emr.get_waiter("cluster_terminated").wait(ClusterId=cluster_id, WaiterConfig={"Delay": 1, "MaxAttempts": 30})
    assert status(emr, cluster_id)["State"] == "TERMINATED"
    wait_for("the end of the build", lambda: builder.ended or None)
    assert builder.there == {}
