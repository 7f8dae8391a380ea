"""What a live cluster's label is too old for: policies, concurrency, reconfiguration, cancelling steps."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.endpoint import Endpoint
from tests.contract.requests import invalid, refusal, run, step, validation

OLD = "emr-4.0.0"
SCALING = {"ComputeLimits": {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 2}}


def unsupported(what: str, *first: str) -> str:
    return f"{what} is not supported on release label {OLD}. Supported from {' and '.join(first)} on."


@pytest.fixture
def old(endpoint: Endpoint, emr: Any) -> str:
    """A waiting cluster of a label that lacks every feature."""
    groups = [{"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1}]
    cluster_id = run(emr, ReleaseLabel=OLD, Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True})
    endpoint.move(cluster_id, "WAITING")
    return cluster_id


def test_policies(emr: Any, old: str) -> None:
    scaling = unsupported("Managed scaling", "emr-5.30.0", "emr-6.1.0")
    assert refusal(emr.put_managed_scaling_policy, ClusterId=old, ManagedScalingPolicy=SCALING) == validation(scaling)
    assert "ManagedScalingPolicy" not in emr.get_managed_scaling_policy(ClusterId=old)
    assert refusal(
        emr.put_auto_termination_policy, ClusterId=old, AutoTerminationPolicy={"IdleTimeout": 60}
    ) == validation("Auto-termination is not available for this account when using this release of EMR")
    assert "AutoTerminationPolicy" not in emr.get_auto_termination_policy(ClusterId=old)


def test_step_concurrency(emr: Any, old: str) -> None:
    message = unsupported("A step concurrency level above 1", "emr-5.28.0")
    assert refusal(emr.modify_cluster, ClusterId=old, StepConcurrencyLevel=2) == invalid(message)
    assert emr.modify_cluster(ClusterId=old, StepConcurrencyLevel=1)["StepConcurrencyLevel"] == 1


def test_reconfiguration(emr: Any, old: str) -> None:
    (group,) = emr.list_instance_groups(ClusterId=old)["InstanceGroups"]
    change = {"InstanceGroupId": group["Id"], "Configurations": [{"Classification": "core-site", "Properties": {}}]}
    message = unsupported("Reconfiguring an instance group", "emr-5.21.0")
    assert refusal(emr.modify_instance_groups, ClusterId=old, InstanceGroups=[change]) == validation(message)


def test_cancelling_steps(endpoint: Endpoint, emr: Any, old: str) -> None:
    steps = [step(name, ActionOnFailure="CONTINUE") for name in ("one", "two")]
    running, pending = emr.add_job_flow_steps(JobFlowId=old, Steps=steps)["StepIds"]
    endpoint.move_step(old, running, "RUNNING")
    answers = emr.cancel_steps(ClusterId=old, StepIds=[running, pending])["CancelStepsInfoList"]
    assert [(each["Status"], each["Reason"]) for each in answers] == [
        ("FAILED", f"Steps in the state {state} cannot be cancelled on release label {OLD}.")
        for state in ("RUNNING", "PENDING")
    ]
