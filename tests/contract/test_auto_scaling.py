"""Automatic scaling policies of instance groups."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.records import Records
from localemr.domain.model.states import GroupState
from tests.contract.endpoint import Endpoint
from tests.contract.requests import GROUPS, UNKNOWN, cluster, refusal, run, validation

NOT_MODIFIABLE = "A job flow that is shutting down, terminated, or finished may not be modified."


def rule(name: str = "out", **alarm: Any) -> dict[str, Any]:
    definition = {
        "ComparisonOperator": "LESS_THAN",
        "MetricName": "YARNMemoryAvailablePercentage",
        "Period": 300,
        "Threshold": 15.0,
        "Unit": "PERCENT",
    }
    return {
        "Name": name,
        "Action": {"SimpleScalingPolicyConfiguration": {"ScalingAdjustment": 1, "CoolDown": 300}},
        "Trigger": {"CloudWatchAlarmDefinition": {**definition, **alarm}},
    }


def policy(*rules: dict[str, Any], least: int = 1, most: int = 5) -> dict[str, Any]:
    return {"Constraints": {"MinCapacity": least, "MaxCapacity": most}, "Rules": list(rules or [rule()])}


def action(**members: Any) -> dict[str, Any]:
    """A rule with another action."""
    return {**rule(), "Action": {"SimpleScalingPolicyConfiguration": {"ScalingAdjustment": 1, **members}}}


def groups(emr: Any, cluster_id: str) -> dict[str, dict[str, Any]]:
    """Role → instance group, as listed."""
    listed = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    return {each["InstanceGroupType"]: each for each in listed}


def shown(emr: Any, cluster_id: str, role: str = "CORE") -> dict[str, Any] | None:
    found: dict[str, Any] | None = groups(emr, cluster_id)[role].get("AutoScalingPolicy")
    return found


def with_policy(wanted: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A RunJobFlow request whose core group has the policy."""
    request = cluster(**members)
    both = [GROUPS[0], {**GROUPS[1], "AutoScalingPolicy": wanted}]
    request["Instances"] = {**request["Instances"], "InstanceGroups": both}
    return request


def move_groups(endpoint: Endpoint, cluster_id: str, state: GroupState) -> None:
    def moved(old: Records) -> Records:
        return replace(
            old, groups=tuple(replace(each, status=replace(each.status, state=state)) for each in old.groups)
        )

    endpoint.save(moved, cluster_id)


def described(cluster_id: str, wanted: dict[str, Any], state: str) -> dict[str, Any]:
    """What is shown of a policy whose alarms have no dimensions of their own."""
    dimension = {"Dimensions": [{"Key": "JobFlowId", "Value": cluster_id}]}
    rules = [
        {**each, "Trigger": {"CloudWatchAlarmDefinition": each["Trigger"]["CloudWatchAlarmDefinition"] | dimension}}
        for each in wanted["Rules"]
    ]
    status = {"State": state, "StateChangeReason": {"Code": "USER_REQUEST", "Message": ""}}
    return {**wanted, "Rules": rules, "Status": status}


@pytest.mark.shows("emr", "PutAutoScalingPolicy", "RemoveAutoScalingPolicy")
def test_a_policy_is_put_listed_replaced_and_removed(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    core = groups(emr, cluster_id)["CORE"]["Id"]
    assert shown(emr, cluster_id) is None
    for wanted in (policy(), policy(rule("a"), rule("b", Threshold=75.0, EvaluationPeriods=2), least=0, most=0)):
        endpoint.woken.clear()
        answer = emr.put_auto_scaling_policy(ClusterId=cluster_id, InstanceGroupId=core, AutoScalingPolicy=wanted)
        assert answer["AutoScalingPolicy"] == described(cluster_id, wanted, "PENDING")
        assert (answer["ClusterId"], answer["InstanceGroupId"]) == (cluster_id, core)
        assert answer["ClusterArn"].endswith(cluster_id)
        assert shown(emr, cluster_id) == described(cluster_id, wanted, "PENDING")
        assert endpoint.woken == [cluster_id]
    assert shown(emr, cluster_id, "MASTER") is None
    for _ in range(2):
        emr.remove_auto_scaling_policy(ClusterId=cluster_id, InstanceGroupId=core)
        assert shown(emr, cluster_id) is None


def test_its_state_is_that_of_its_group(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = emr.run_job_flow(**with_policy(policy()))["JobFlowId"]
    for state, expected in [
        ("PROVISIONING", "PENDING"), ("BOOTSTRAPPING", "PENDING"), ("RUNNING", "ATTACHED"), ("RESIZING", "ATTACHED"),
        ("TERMINATED", "DETACHED"),
    ]:  # fmt: skip
        move_groups(endpoint, cluster_id, GroupState(state))
        assert shown(emr, cluster_id) == described(cluster_id, policy(), expected)


def test_dimensions_of_ones_own(emr: Any) -> None:
    dimensions = [{"Key": "JobFlowId", "Value": "${emr.clusterId}"}, {"Key": "k", "Value": "v"}]
    cluster_id = emr.run_job_flow(**with_policy(policy(rule(Dimensions=dimensions))))["JobFlowId"]
    found = shown(emr, cluster_id)
    assert found is not None
    assert found["Rules"][0]["Trigger"]["CloudWatchAlarmDefinition"]["Dimensions"] == [
        {"Key": "JobFlowId", "Value": cluster_id},
        {"Key": "k", "Value": "v"},
    ]


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        (policy(least=3, most=2), "MinCapacity must not be negative nor greater than MaxCapacity"),
        (policy(least=-1), "MinCapacity must not be negative nor greater than MaxCapacity"),
        (policy(rule("a"), rule("a")), "Rule names must be unique"),
        (policy(rule(" ")), "A rule must have a name"),
        (policy(rule(Period=0)), "Period of rule 'out' must be positive"),
        (policy(rule(EvaluationPeriods=0)), "EvaluationPeriods of rule 'out' must be positive"),
        (policy(action(CoolDown=-1)), "CoolDown of rule 'out' must not be negative"),
        (
            policy(action(AdjustmentType="EXACT_CAPACITY", ScalingAdjustment=0)),
            "ScalingAdjustment of rule 'out' must be positive with EXACT_CAPACITY",
        ),
    ],
)
def test_policies_that_are_refused(endpoint: Endpoint, emr: Any, wanted: dict[str, Any], message: str) -> None:
    expected = validation(f"Invalid automatic scaling policy. {message}")
    cluster_id = run(emr)
    core = groups(emr, cluster_id)["CORE"]["Id"]
    request = {"ClusterId": cluster_id, "InstanceGroupId": core, "AutoScalingPolicy": wanted}
    assert refusal(emr.put_auto_scaling_policy, **request) == expected
    assert shown(emr, cluster_id) is None
    assert refusal(emr.run_job_flow, **with_policy(wanted)) == expected
    assert endpoint.stored() == [cluster_id]


def test_a_master_group_does_not_scale(emr: Any) -> None:
    expected = validation("Automatic scaling policies are only for core and task instance groups.")
    cluster_id = run(emr)
    master = groups(emr, cluster_id)["MASTER"]["Id"]
    request = {"ClusterId": cluster_id, "InstanceGroupId": master, "AutoScalingPolicy": policy()}
    assert refusal(emr.put_auto_scaling_policy, **request) == expected
    instances = {"InstanceGroups": [{**GROUPS[0], "AutoScalingPolicy": policy()}]}
    assert refusal(emr.run_job_flow, **cluster(Instances=instances)) == expected


def test_managed_and_automatic_scaling_exclude_each_other(emr: Any) -> None:
    limits = {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 3}
    managed = {"ComputeLimits": limits}
    first = "An automatic scaling policy cannot be used on a cluster with managed scaling."
    second = "Managed scaling cannot be used on a cluster whose instance groups have automatic scaling policies."
    cluster_id = run(emr, ManagedScalingPolicy=managed)
    core = groups(emr, cluster_id)["CORE"]["Id"]
    request = {"ClusterId": cluster_id, "InstanceGroupId": core, "AutoScalingPolicy": policy()}
    assert refusal(emr.put_auto_scaling_policy, **request) == validation(first)
    emr.remove_managed_scaling_policy(ClusterId=cluster_id)
    emr.put_auto_scaling_policy(**request)
    refused = refusal(emr.put_managed_scaling_policy, ClusterId=cluster_id, ManagedScalingPolicy=managed)
    assert refused == validation(second)
    assert refusal(emr.run_job_flow, **with_policy(policy(), ManagedScalingPolicy=managed)) == validation(second)


def test_groups_and_clusters_that_cannot_be_changed(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = emr.run_job_flow(**with_policy(policy()))["JobFlowId"]
    core = groups(emr, cluster_id)["CORE"]["Id"]
    endpoint.woken.clear()
    calls = [
        (emr.put_auto_scaling_policy, {"AutoScalingPolicy": policy(most=9)}),
        (emr.remove_auto_scaling_policy, {}),
    ]
    for call, more in calls:
        for wanted, group_id, message in [
            (cluster_id, "ig-0", "Instance group id 'ig-0' is not valid."),
            (UNKNOWN, core, f"Cluster id '{UNKNOWN}' is not valid."),
            ("nonsense", core, "clusterId 'nonsense' is not valid."),
        ]:
            refused = refusal(call, ClusterId=wanted, InstanceGroupId=group_id, **more)
            assert refused == validation(message)
    endpoint.move(cluster_id, "TERMINATED")
    for call, more in calls:
        refused = refusal(call, ClusterId=cluster_id, InstanceGroupId=core, **more)
        assert refused == validation(NOT_MODIFIABLE)
    assert shown(emr, cluster_id) == described(cluster_id, policy(), "PENDING")
    assert endpoint.woken == []
