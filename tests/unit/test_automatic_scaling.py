"""Automatic scaling: what rules make of alarms, and when."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from localemr.api.model import service
from localemr.cloudwatch.data import STATISTICS
from localemr.cloudwatch.evaluation import COMPARISONS
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.automatic_scaling import REPEAT, automatic_scaling
from localemr.domain.model.automatic import Activity, adjusted, alarm_of, unit
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import Records
from localemr.domain.model.states import ClusterState, GroupState
from localemr.reconcile.publishing import Publishing
from tests.steady import NOW, steady
from tests.world import CATALOG, CLUSTER_ID

LIMITS = {"MinCapacity": 1, "MaxCapacity": 20}


def rule(name: str = "out", change: int = 1, cool_down: int = 0, **more: Any) -> dict[str, Any]:
    action = {"ScalingAdjustment": change, "CoolDown": cool_down, **more}
    alarm = {"MetricName": "AppsPending", "ComparisonOperator": "GREATER_THAN", "Threshold": 1.0, "Period": 300}
    return {
        "Name": name,
        "Action": {"SimpleScalingPolicyConfiguration": action},
        "Trigger": {"CloudWatchAlarmDefinition": alarm},
    }


def scaled(*rules: dict[str, Any], count: int = 2, **status: Any) -> Records:
    """A steady cluster whose task group has the policy."""
    records = steady(1 + 2 * count)
    task = records.groups[2]
    policy = {"Constraints": LIMITS, "Rules": list(rules)}
    group = replace(task, spec=replace(task.spec, auto_scaling=policy), status=replace(task.status, **status))
    return replace(records, groups=(*records.groups[:2], group))


def decided(records: Records, *alarmed: str, now: float = NOW) -> tuple[InstanceGroup, Pass]:
    """The task group after the rule, with these rules in alarm."""
    group = records.groups[2].id
    work = Pass(records, Observed(alarmed=frozenset((group, name) for name in alarmed)), now, CATALOG)
    automatic_scaling(work)
    return work.groups[group], work


@pytest.mark.parametrize(
    ("kind", "amount", "count", "expected"),
    [
        ("CHANGE_IN_CAPACITY", 3, 4, 7),
        ("CHANGE_IN_CAPACITY", -3, 4, 1),
        ("CHANGE_IN_CAPACITY", -9, 4, 1),
        ("CHANGE_IN_CAPACITY", 99, 4, 20),
        ("CHANGE_IN_CAPACITY", 1, 30, 20),
        ("PERCENT_CHANGE_IN_CAPACITY", 50, 5, 7),
        ("PERCENT_CHANGE_IN_CAPACITY", 10, 5, 6),
        ("PERCENT_CHANGE_IN_CAPACITY", -10, 5, 4),
        ("PERCENT_CHANGE_IN_CAPACITY", -50, 5, 3),
        ("PERCENT_CHANGE_IN_CAPACITY", 0, 5, 5),
        ("EXACT_CAPACITY", 9, 5, 9),
        ("EXACT_CAPACITY", 90, 5, 20),
    ],
)
def test_the_three_adjustments_within_the_constraints(kind: str, amount: int, count: int, expected: int) -> None:
    assert adjusted(count, {"AdjustmentType": kind, "ScalingAdjustment": amount}, LIMITS) == expected


def test_a_change_is_the_adjustment_of_a_rule_that_names_none() -> None:
    assert adjusted(2, {"ScalingAdjustment": 2}, LIMITS) == 4


def test_a_rule_in_alarm_resizes_its_group() -> None:
    records = scaled(rule("out", 2), rule("in", -1))
    group, work = decided(records, "out")
    assert (group.spec.count, group.spec.changed) == (4, NOW)
    assert group.status.activity == Activity(NOW)
    assert [(each.kind, each.state, each.reason.message) for each in work.events] == [
        ("scaling", "2 to 4 instances", "rule out")
    ]
    assert decided(records, "in")[0].spec.count == 1
    assert decided(records)[0] == records.groups[2]
    assert decided(records, "out", "in")[0].spec.count == 4
    assert decided(records, "in", "other")[0].spec.count == 1


def test_a_rule_without_effect_is_no_activity() -> None:
    records = scaled(rule("in", -1), count=1)
    assert decided(records, "in")[0] == records.groups[2]


@pytest.mark.parametrize("state", [GroupState.RESIZING, GroupState.SUSPENDED, GroupState.RECONFIGURING])
def test_a_group_that_is_not_running_rests(state: GroupState) -> None:
    records = scaled(rule(), state=state)
    assert decided(records, "out")[0] == records.groups[2]


def test_a_cluster_that_ends_rests() -> None:
    records = scaled(rule())
    ending = replace(records.cluster, status=replace(records.cluster.status, state=ClusterState.TERMINATING))
    assert decided(replace(records, cluster=ending), "out")[0] == records.groups[2]


def test_the_cool_down_begins_with_the_end_of_an_activity() -> None:
    records = scaled(rule(), activity=Activity(NOW - 100, cool_down=50))
    group, work = decided(records, "out")
    assert (group.spec.count, group.status.activity) == (2, Activity(NOW - 100, 50, NOW))
    assert work.wake_at == NOW + 50
    records = scaled(rule(), activity=group.status.activity)
    assert decided(records, "out", now=NOW + 49)[0].spec.count == 2
    assert decided(records, "out", now=NOW + 50)[0].spec.count == 3


def test_one_activity_a_minute_begins() -> None:
    records = scaled(rule(), activity=Activity(NOW - 10, 0, NOW - 5))
    group, work = decided(records, "out")
    assert (group.spec.count, work.wake_at) == (2, NOW - 10 + REPEAT)
    assert decided(records, "out", now=NOW - 10 + REPEAT)[0].spec.count == 3


def test_a_core_group_keeps_what_hdfs_needs() -> None:
    records = steady(9)
    core = records.groups[1]
    policy = {"Constraints": {"MinCapacity": 0, "MaxCapacity": 9}, "Rules": [rule("in", -9)]}
    groups = (records.groups[0], replace(core, spec=replace(core.spec, auto_scaling=policy)), records.groups[2])
    work = Pass(replace(records, groups=groups), Observed(alarmed=frozenset({(core.id, "in")})), NOW, CATALOG)
    automatic_scaling(work)
    assert work.groups[core.id].spec.count == 2  # a replication of 2 for 4 core instances


def test_no_more_than_the_host_has_room_for() -> None:
    records = scaled(rule("out", 9))
    work = Pass(records, Observed(memory_mb=1, alarmed=frozenset({(records.groups[2].id, "out")})), NOW, CATALOG)
    automatic_scaling(work)
    assert work.groups[records.groups[2].id].spec.count == 2


def test_a_rules_alarm_in_cloudwatchs_words() -> None:
    alarm = {
        "MetricName": "Queue", "Namespace": "Mine", "ComparisonOperator": "LESS_THAN_OR_EQUAL", "Threshold": 2.0,
        "Period": 120, "EvaluationPeriods": 3, "Statistic": "SAMPLE_COUNT", "Unit": "KILO_BYTES_PER_SECOND",
        "Dimensions": [{"Key": "Job", "Value": "${emr.clusterId}"}],
    }  # fmt: skip
    given = rule() | {"Trigger": {"CloudWatchAlarmDefinition": alarm}}
    assert alarm_of(given, CLUSTER_ID, 60.0) == {
        "MetricName": "Queue", "Namespace": "Mine", "ComparisonOperator": "LessThanOrEqualToThreshold",
        "Threshold": 2.0, "Period": 120, "EvaluationPeriods": 3, "Statistic": "SampleCount", "Unit": "Kilobytes/Second",
        "Dimensions": [{"Name": "Job", "Value": CLUSTER_ID}],
    }  # fmt: skip
    found = alarm_of(rule(), CLUSTER_ID, 300.0)
    assert (found["Namespace"], found["Statistic"], found["EvaluationPeriods"]) == (
        "AWS/ElasticMapReduce",
        "Average",
        1,
    )
    assert found["Dimensions"] == [{"Name": "JobFlowId", "Value": CLUSTER_ID}]
    assert "Unit" not in found
    assert [alarm_of(rule(), CLUSTER_ID, each)["Period"] for each in (600.0, 300.0, 120.0, 60.0, 5.0)] == [
        300, 300, 120, 60, 60,
    ]  # fmt: skip


def test_every_name_of_emrs_is_one_of_cloudwatchs() -> None:
    emr, cloudwatch = service("emr"), service("cloudwatch")
    assert {unit(each) for each in emr.shape_for("Unit").enum} == set(cloudwatch.shape_for("StandardUnit").enum)

    def alarms(member: str, shape: str) -> set[str]:
        given = rule()
        alarm = given["Trigger"]["CloudWatchAlarmDefinition"]
        return {
            alarm_of({**given, "Trigger": {"CloudWatchAlarmDefinition": alarm | {member: each}}}, "j-A", 300.0)[member]
            for each in emr.shape_for(shape).enum
        }

    assert alarms("Statistic", "Statistic") == set(STATISTICS)
    assert alarms("ComparisonOperator", "ComparisonOperator") == set(COMPARISONS)


def test_alarms_are_evaluated_for_each_rule() -> None:
    seen: list[tuple[Any, float]] = []

    def in_alarm(alarm: Any, now: float) -> bool:
        seen.append((alarm["MetricName"], now))
        return len(seen) == 2

    records = scaled(rule("a"), rule("b"))
    publishing = Publishing(CATALOG, in_alarm)
    assert publishing.alarmed(records, NOW) == {(records.groups[2].id, "b")}
    assert seen == [("AppsPending", NOW)] * 2
    publishing.note(records, Observed(), NOW)
    assert publishing.scaled() == [CLUSTER_ID]
    assert publishing.alarmed(steady(3), NOW) == frozenset()
