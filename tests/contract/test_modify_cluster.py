"""ModifyCluster, and what it means for steps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.endpoint import Endpoint
from tests.contract.requests import UNKNOWN, invalid, refusal, run, step, validation

NOT_MODIFIABLE = "A job flow that is shutting down, terminated, or finished may not be modified."
LEVEL = "Invalid step concurrency level. Allowed level is from 1 to 256"


def shown(emr: Any, cluster_id: str) -> tuple[int, bool | None]:
    cluster = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    return cluster["StepConcurrencyLevel"], cluster.get("ExtendedSupport")


def answer(emr: Any, cluster_id: str, **members: Any) -> dict[str, Any]:
    found: dict[str, Any] = emr.modify_cluster(ClusterId=cluster_id, **members)
    del found["ResponseMetadata"]
    return found


def test_the_level_is_stored_and_answered(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    for level in (256, 2, 1):
        endpoint.woken.clear()
        assert answer(emr, cluster_id, StepConcurrencyLevel=level) == {"StepConcurrencyLevel": level}
        assert shown(emr, cluster_id) == (level, None)
        assert endpoint.woken == [cluster_id]


def test_extended_support_is_noted(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, StepConcurrencyLevel=3)
    both = {"StepConcurrencyLevel": 3, "ExtendedSupport": True}
    assert answer(emr, cluster_id, ExtendedSupport=True) == both
    assert shown(emr, cluster_id) == (3, True)
    endpoint.woken.clear()
    assert answer(emr, cluster_id) == both
    assert endpoint.woken == []


@pytest.mark.parametrize("level", [0, -1, 257, 2**31 - 1])
def test_a_level_out_of_range_changes_nothing(endpoint: Endpoint, emr: Any, level: int) -> None:
    cluster_id = run(emr, StepConcurrencyLevel=2)
    endpoint.woken.clear()
    request = {"ClusterId": cluster_id, "StepConcurrencyLevel": level, "ExtendedSupport": True}
    assert refusal(emr.modify_cluster, **request) == invalid(LEVEL)
    assert shown(emr, cluster_id) == (2, None)
    assert endpoint.woken == []


def test_clusters_that_cannot_be_modified(endpoint: Endpoint, emr: Any) -> None:
    request = {"StepConcurrencyLevel": 2}
    assert refusal(emr.modify_cluster, ClusterId=UNKNOWN, **request) == invalid(f"Cluster id '{UNKNOWN}' is not valid.")
    assert refusal(emr.modify_cluster, ClusterId="x", **request) == validation("clusterId 'x' is not valid.")
    requested, ended = run(emr), run(emr)
    emr.terminate_job_flows(JobFlowIds=[requested])
    endpoint.move(ended, "TERMINATED")
    for cluster_id in (requested, ended):
        assert refusal(emr.modify_cluster, ClusterId=cluster_id, **request) == invalid(NOT_MODIFIABLE)
        assert shown(emr, cluster_id) == (1, None)


def test_with_more_than_one_step_at_once_steps_must_continue_on_failure(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[step("a", ActionOnFailure="CANCEL_AND_WAIT")])
    emr.modify_cluster(ClusterId=cluster_id, StepConcurrencyLevel=2)
    for action in ("CANCEL_AND_WAIT", "TERMINATE_CLUSTER", "TERMINATE_JOB_FLOW"):
        steps = [step("good", ActionOnFailure="CONTINUE"), step("bad", ActionOnFailure=action)]
        refused = refusal(emr.add_job_flow_steps, JobFlowId=cluster_id, Steps=steps)
        assert refused == validation(f"Action on failure '{action}' is invalid.")
    emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[step("b", ActionOnFailure="CONTINUE")])
    emr.modify_cluster(ClusterId=cluster_id, StepConcurrencyLevel=1)
    emr.add_job_flow_steps(JobFlowId=cluster_id, Steps=[step("c", ActionOnFailure="CANCEL_AND_WAIT")])
    assert [each["Name"] for each in emr.list_steps(ClusterId=cluster_id)["Steps"]] == ["c", "b", "a"]
