"""What tests of other programs use: the memory endpoint, its clock and its script."""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from localemr.api.access import Access
from localemr.app import new_app
from localemr.clock import MovableClock
from localemr.faults.control import control_routes
from localemr.faults.measurements import measurements_routes
from localemr.faults.script import Script
from localemr.testing.client import Control, ControlError
from localemr.testing.memory import MemoryEmr
from localemr.testing.server import Server
from tests.contract.requests import cluster, step

WAIT = {"Delay": 1, "MaxAttempts": 20}
MARK = {"Name": "mark", "ScriptBootstrapAction": {"Path": "s3://b/mark.sh"}}


def run(emr: Any, **members: Any) -> str:
    return str(emr.run_job_flow(**cluster(**members))["JobFlowId"])


def ready(emr: Any, **members: Any) -> str:
    cluster_id = run(emr, **members)
    emr.get_waiter("cluster_running").wait(ClusterId=cluster_id, WaiterConfig=WAIT)
    return cluster_id


def state(emr: Any, cluster_id: str, *wanted: str) -> dict[str, Any]:
    """The cluster's status once it is in one of these states."""
    for _ in range(500):
        status = dict(emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"])
        if status["State"] in wanted:
            return status
        time.sleep(0.01)
    raise AssertionError(f"{status} is not {wanted}")


def step_state(emr: Any, cluster_id: str, step_id: str, *wanted: str) -> dict[str, Any]:
    for _ in range(500):
        status = dict(emr.describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]["Status"])
        if status["State"] in wanted:
            return status
        time.sleep(0.01)
    raise AssertionError(f"{status} is not {wanted}")


def add(emr: Any, cluster_id: str, *names: str) -> list[str]:
    steps = [step(name, ActionOnFailure="CONTINUE") for name in names]
    return list(emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=steps)["StepIds"])


def test_a_whole_life_without_a_script(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    cluster_id = ready(emr, Steps=[step("one")])
    step_id = emr.list_steps(ClusterId=cluster_id)["Steps"][0]["Id"]
    emr.get_waiter("step_complete").wait(ClusterId=cluster_id, StepId=step_id, WaiterConfig=WAIT)
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    assert state(emr, cluster_id, "TERMINATED")["StateChangeReason"]["Code"] == "USER_REQUEST"


@pytest.mark.parametrize(
    ("label", "applications"),
    [("emr-4.9.6", ["Presto-Sandbox"]), ("emr-5.36.1", ["presto", "Hue"]), ("emr-6.10.0", ["Spark", "Livy", "Ganglia"]),
     ("emr-7.8.0", ["Flink"]), ("emr-spark-8.1.0", ["Spark", "Iceberg"])],
)  # fmt: skip
def test_labels_and_applications_that_no_real_cluster_has(
    emr_memory: MemoryEmr, label: str, applications: list[str]
) -> None:
    emr = emr_memory.client()
    groups = [{"InstanceRole": "MASTER", "InstanceType": "m4.large", "InstanceCount": 1}]
    cluster_id = ready(
        emr,
        ReleaseLabel=label,
        Applications=[{"Name": name} for name in applications],
        Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True},
    )
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert (shown["ReleaseLabel"], shown["Tags"]) == (label, [])
    offered = {each["Name"]: each["Version"] for each in emr.describe_release_label(ReleaseLabel=label)["Applications"]}
    assert all(offered[each["Name"]] == each["Version"] for each in shown["Applications"])
    (step_id,) = add(emr, cluster_id, "one")
    emr.get_waiter("step_complete").wait(ClusterId=cluster_id, StepId=step_id, WaiterConfig=WAIT)


def test_each_test_has_its_own_and_only_one(emr_memory: MemoryEmr) -> None:
    assert emr_memory.client().list_clusters()["Clusters"] == []
    assert emr_memory.client("sts").get_caller_identity()["UserId"] == "test"
    with pytest.raises(RuntimeError, match="already"), MemoryEmr():
        pass


def test_more_clusters_than_there_are_subnets(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    last = [run(emr) for _ in range(260)][-1]
    assert state(emr, last, "WAITING")


def test_steps_fail_as_the_script_says_so_often(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    details = {"reason": "Output directory already exists.", "message": "no", "times": 1}
    emr_memory.control.fail_step("load-*", **details)
    cluster_id = ready(emr)
    first, second, other = add(emr, cluster_id, "load-a", "load-b", "report")
    failed = step_state(emr, cluster_id, first, "FAILED")["FailureDetails"]
    assert (failed["Reason"], failed["Message"]) == ("Output directory already exists.", "no")
    step_state(emr, cluster_id, second, "COMPLETED")
    step_state(emr, cluster_id, other, "COMPLETED")
    assert emr_memory.control.rules() == []


def test_a_step_takes_as_long_as_the_clock_says(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    control.script({"on": "step", "match": {"name": "slow"}, "after": 3600})
    cluster_id = ready(emr)
    (slow,) = add(emr, cluster_id, "slow")
    step_state(emr, cluster_id, slow, "RUNNING")
    control.advance(3599)
    assert step_state(emr, cluster_id, slow, "RUNNING")
    control.advance(2)
    line = step_state(emr, cluster_id, slow, "COMPLETED")["Timeline"]
    assert 3600 <= (line["EndDateTime"] - line["StartDateTime"]).total_seconds() < 3700


def test_a_hanging_step_is_cancelled(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    emr_memory.control.hang_step("stuck")
    cluster_id = ready(emr)
    stuck, after = add(emr, cluster_id, "stuck", "after")
    step_state(emr, cluster_id, stuck, "RUNNING")
    emr_memory.control.advance(86400)
    assert step_state(emr, cluster_id, after, "PENDING")
    emr.cancel_steps(ClusterId=cluster_id, StepIds=[stuck])
    step_state(emr, cluster_id, stuck, "CANCELLED")
    step_state(emr, cluster_id, after, "COMPLETED")


def test_a_failing_bootstrap_action(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    emr_memory.control.fail_bootstrap("mark", code=3)
    reason = state(emr, run(emr, BootstrapActions=[MARK]), "TERMINATED_WITH_ERRORS")["StateChangeReason"]
    assert reason["Code"] == "BOOTSTRAP_FAILURE"
    assert "bootstrap action 1 returned a non-zero return code" in reason["Message"]
    assert ready(emr)


def test_a_cluster_that_does_not_become_ready(emr_memory: MemoryEmr) -> None:
    emr = emr_memory.client()
    emr_memory.control.script({"on": "cluster", "match": {"cluster": "doomed"}, "result": "fail", "message": "HDFS"})
    reason = state(emr, run(emr, Name="doomed"), "TERMINATED_WITH_ERRORS")["StateChangeReason"]
    assert reason["Code"] == "BOOTSTRAP_FAILURE"
    assert "application provisioning failed: waited 0 s for HDFS" in reason["Message"]
    assert ready(emr, Name="blessed")


def test_an_instance_is_lost_and_replaced(emr_memory: MemoryEmr) -> None:
    emr, control = emr_memory.client(), emr_memory.control
    control.lose_instance("CORE", after=600)
    cluster_id = ready(emr)
    assert len(emr.list_instances(ClusterId=cluster_id)["Instances"]) == 3
    control.advance(601)
    for _ in range(500):
        instances = emr.list_instances(ClusterId=cluster_id)["Instances"]
        states = sorted(each["Status"]["State"] for each in instances)
        if states == ["RUNNING", "RUNNING", "RUNNING", "TERMINATED"]:
            break
        time.sleep(0.01)
    assert states == ["RUNNING", "RUNNING", "RUNNING", "TERMINATED"]
    lost = next(each for each in instances if each["Status"]["State"] == "TERMINATED")
    assert lost["Status"]["StateChangeReason"]["Code"] == "INSTANCE_FAILURE"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({"on": "weather"}, "weather"),
        ({"on": "step", "result": "lose"}, "step and lose do not go together"),
        ({"on": "instance", "match": {"name": "x"}}, "a rule on instance cannot match name"),
        ({"on": "step", "wish": 1}, "wish"),
        ({"on": "step", "after": -1}, "after"),
        ({"on": "step", "times": 0}, "times"),
        ({"on": "cluster", "result": "interrupt"}, "cluster and interrupt do not go together"),
        ({"on": "instance", "result": "interrupt", "match": {"market": "ON_DEMAND"}}, "market SPOT alone"),
        ({"on": "cluster", "result": "fail", "reason": "USER_REQUEST"}, "a cluster fails with .*, not with USER"),
    ],
)
def test_rules_that_make_no_sense_change_nothing(emr_memory: MemoryEmr, rule: dict[str, Any], message: str) -> None:
    emr_memory.control.hang_step("kept")
    with pytest.raises(ControlError, match=message):
        emr_memory.control.script({"on": "step"}, rule)
    assert [each["match"] for each in emr_memory.control.rules()] == [{"name": "kept"}]


def test_the_clock(emr_memory: MemoryEmr) -> None:
    control = emr_memory.control
    control.speed(0)
    before = control.now()
    assert control.advance(60) == before + 60 == control.now()
    with pytest.raises(ControlError, match="backwards"):
        control.advance(-1)
    assert control.set(before + 3600) == pytest.approx(before + 3600, abs=0.001)
    assert control.set(datetime.fromtimestamp(before + 7200, UTC)) == pytest.approx(before + 7200, abs=0.001)
    with pytest.raises(ControlError, match="backwards"):
        control.set(before)
    for wrong in ({"rewind": 1}, {"advance": float("inf")}, {"advance": "1"}, {"advance": 60, "speed": True}):
        with pytest.raises(ControlError, match="expected one of"):
            control._request("POST", "clock", wrong)
    assert control.now() == pytest.approx(before + 7200, abs=0.001)


def test_a_clock_that_begins_when_the_test_says() -> None:
    with MemoryEmr(start=1_500_000_000.0, speed=0) as emr:
        created = emr.client().describe_cluster(ClusterId=run(emr.client()))["Cluster"]["Status"]["Timeline"]
        assert created["CreationDateTime"].timestamp() == 1_500_000_000


def test_the_control_api_wants_signatures_where_the_endpoint_does(server: Server) -> None:
    clock, script = MovableClock(1000.0, 0), Script()

    async def apply_rules() -> None:
        """No instance runs."""

    async def measure(cluster: str, values: Mapping[str, float] | None) -> None:
        """No master runs."""

    access = Access({"ours": "secret"})
    server.app = new_app(
        routes=[*control_routes(clock, script, apply_rules, access), *measurements_routes(measure, access)]
    )
    url = f"http://127.0.0.1:{server.port}"
    ours = Control(url, ("ours", "secret"))
    ours.fail_step("load")
    assert (ours.advance(60), len(ours.rules())) == (1060.0, 1)
    for keys, message in ((None, "Missing"), (("ours", "guess"), "signature"), (("theirs", "secret"), "token")):
        other = Control(url, keys)
        acts = (lambda other=other: other.advance(1), lambda other=other: other.metric("j-A", "yarn-mb-total", 1))
        for act in (other.now, other.rules, other.script, other.fail_step, *acts):
            with pytest.raises(ControlError, match=message):
                act()
    assert (clock.now(), len(script.rules())) == (1060.0, 1)
