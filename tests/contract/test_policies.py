"""Auto-termination and managed scaling: what is put is got back, what is refused changes nothing."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import UNKNOWN, cluster, refusal, run, validation

NOT_MODIFIABLE = "A job flow that is shutting down, terminated, or finished may not be modified."
IDLE = "Invalid idle timeout. Allowed idle timeout is from 60 to 604800 seconds"
LIMITS = {"UnitType": "Instances", "MinimumCapacityUnits": 2, "MaximumCapacityUnits": 10}
MANAGED = "Invalid configuration for managed scaling. "


def idle_timeout(emr: Any, cluster_id: str) -> int | None:
    policy = emr.get_auto_termination_policy(ClusterId=cluster_id).get("AutoTerminationPolicy", {})
    found: int | None = policy.get("IdleTimeout")
    return found


def managed(emr: Any, cluster_id: str) -> dict[str, Any] | None:
    found: dict[str, Any] | None = emr.get_managed_scaling_policy(ClusterId=cluster_id).get("ManagedScalingPolicy")
    return found


@pytest.mark.shows("emr", "GetAutoTerminationPolicy")
def test_auto_termination_is_put_got_and_removed(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    assert idle_timeout(emr, cluster_id) is None
    for timeout in (60, 604800):
        endpoint.woken.clear()
        emr.put_auto_termination_policy(ClusterId=cluster_id, AutoTerminationPolicy={"IdleTimeout": timeout})
        assert idle_timeout(emr, cluster_id) == timeout
        assert endpoint.woken == [cluster_id]
    for _ in range(2):
        emr.remove_auto_termination_policy(ClusterId=cluster_id)
        assert idle_timeout(emr, cluster_id) is None


def test_auto_termination_counts_from_when_it_is_put(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    endpoint.now = START + 500
    emr.put_auto_termination_policy(ClusterId=cluster_id, AutoTerminationPolicy={"IdleTimeout": 60})
    policy = endpoint.load(cluster_id).cluster.spec.auto_termination
    assert policy is not None
    assert policy.since == START + 500


@pytest.mark.parametrize("policy", [{}, {"AutoTerminationPolicy": {}}])
def test_auto_termination_has_a_default(emr: Any, policy: dict[str, Any]) -> None:
    cluster_id = run(emr)
    emr.put_auto_termination_policy(ClusterId=cluster_id, **policy)
    assert idle_timeout(emr, cluster_id) == 3600


@pytest.mark.parametrize("timeout", [59, 0, -1, 604801, 2**63 - 1])
def test_idle_timeouts_out_of_range(endpoint: Endpoint, emr: Any, timeout: int) -> None:
    policy = {"IdleTimeout": timeout}
    cluster_id = run(emr, AutoTerminationPolicy={"IdleTimeout": 100})
    refused = refusal(emr.put_auto_termination_policy, ClusterId=cluster_id, AutoTerminationPolicy=policy)
    assert refused == validation(IDLE)
    assert idle_timeout(emr, cluster_id) == 100
    assert refusal(emr.run_job_flow, **cluster(AutoTerminationPolicy=policy)) == validation(IDLE)
    assert endpoint.stored() == [cluster_id]


@pytest.mark.shows("emr", "PutManagedScalingPolicy", "GetManagedScalingPolicy", "RemoveManagedScalingPolicy")
@pytest.mark.parametrize(
    "policy",
    [
        {"ComputeLimits": LIMITS},
        {"ComputeLimits": {**LIMITS, "UnitType": "VCPU", "MaximumOnDemandCapacityUnits": 0}},
        {"ComputeLimits": {**LIMITS, "MaximumCoreCapacityUnits": 10, "MaximumOnDemandCapacityUnits": 3}},
        {"ComputeLimits": LIMITS, "ScalingStrategy": "ADVANCED", "UtilizationPerformanceIndex": 75},
        {"ComputeLimits": {**LIMITS, "MinimumCapacityUnits": 10}, "ScalingStrategy": "DEFAULT"},
    ],
)
def test_managed_scaling_is_put_got_and_removed(endpoint: Endpoint, emr: Any, policy: dict[str, Any]) -> None:
    cluster_id = run(emr)
    assert managed(emr, cluster_id) is None
    endpoint.woken.clear()
    emr.put_managed_scaling_policy(ClusterId=cluster_id, ManagedScalingPolicy={"ComputeLimits": LIMITS})
    emr.put_managed_scaling_policy(ClusterId=cluster_id, ManagedScalingPolicy=policy)
    assert managed(emr, cluster_id) == policy
    assert set(endpoint.woken) == {cluster_id}
    for _ in range(2):
        emr.remove_managed_scaling_policy(ClusterId=cluster_id)
        assert managed(emr, cluster_id) is None
    assert managed(emr, run(emr, ManagedScalingPolicy=policy)) == policy


@pytest.mark.parametrize(
    ("limits", "more", "message"),
    [
        ({"MaximumCoreCapacityUnits": 11}, {}, "The max Core capacity cannot be higher than max capacity"),
        ({"MaximumOnDemandCapacityUnits": 11}, {}, "The max On-Demand capacity cannot be higher than max capacity"),
        ({"MaximumCoreCapacityUnits": -1}, {}, "The max Core capacity cannot be negative"),
        ({"MinimumCapacityUnits": 11}, {}, "The min capacity cannot be higher than max capacity"),
        ({"MinimumCapacityUnits": 0}, {}, "The min capacity must be at least 1"),
        (
            {"UnitType": "InstanceFleetUnits"},
            {},
            "The unit type InstanceFleetUnits is for clusters that use instance fleets",
        ),
        (
            {},
            {"UtilizationPerformanceIndex": 50},
            "The utilization performance index requires the scaling strategy ADVANCED",
        ),
        (
            {},
            {"UtilizationPerformanceIndex": 51, "ScalingStrategy": "ADVANCED"},
            "The utilization performance index must be one of 1, 25, 50, 75, 100",
        ),
    ],
)
def test_managed_scaling_that_is_refused(
    endpoint: Endpoint, emr: Any, limits: dict[str, Any], more: dict[str, Any], message: str
) -> None:
    policy = {"ComputeLimits": {**LIMITS, **limits}, **more}
    cluster_id = run(emr)
    refused = refusal(emr.put_managed_scaling_policy, ClusterId=cluster_id, ManagedScalingPolicy=policy)
    assert refused == validation(MANAGED + message)
    assert managed(emr, cluster_id) is None
    assert refusal(emr.run_job_flow, **cluster(ManagedScalingPolicy=policy)) == validation(MANAGED + message)
    assert endpoint.stored() == [cluster_id]


def test_managed_scaling_without_limits(emr: Any) -> None:
    refused = refusal(emr.put_managed_scaling_policy, ClusterId=run(emr), ManagedScalingPolicy={})
    assert refused == validation(MANAGED + "The compute limits are missing")


CALLS = {
    "put_auto_termination_policy": {"AutoTerminationPolicy": {"IdleTimeout": 60}},
    "remove_auto_termination_policy": {},
    "put_managed_scaling_policy": {"ManagedScalingPolicy": {"ComputeLimits": LIMITS}},
    "remove_managed_scaling_policy": {},
}


@pytest.mark.parametrize("name", CALLS)
def test_ended_clusters_keep_their_policies(endpoint: Endpoint, emr: Any, name: str) -> None:
    policy = {"ComputeLimits": {**LIMITS, "MaximumCapacityUnits": 7}}
    cluster_id = run(emr, AutoTerminationPolicy={"IdleTimeout": 99}, ManagedScalingPolicy=policy)
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    endpoint.woken.clear()
    call = getattr(emr, name)
    for state in ("STARTING", "TERMINATING", "TERMINATED", "TERMINATED_WITH_ERRORS"):
        endpoint.move(cluster_id, state)
        assert refusal(call, ClusterId=cluster_id, **CALLS[name]) == validation(NOT_MODIFIABLE)
        assert (idle_timeout(emr, cluster_id), managed(emr, cluster_id)) == (99, policy)
    assert endpoint.woken == []


@pytest.mark.parametrize("name", [*CALLS, "get_auto_termination_policy", "get_managed_scaling_policy"])
def test_clusters_that_are_not_there(emr: Any, name: str) -> None:
    call, request = getattr(emr, name), CALLS.get(name, {})
    assert refusal(call, ClusterId=UNKNOWN, **request) == validation(f"Cluster id '{UNKNOWN}' is not valid.")
    assert refusal(call, ClusterId="nonsense", **request) == validation("clusterId 'nonsense' is not valid.")
