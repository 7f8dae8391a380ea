"""CloudWatch's alarms, and clusters' metrics in it, over the memory runtime and its clock."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.requests import refusal
from tests.contract.test_testing import ready
from tests.waiting import wait_for

EMR = "AWS/ElasticMapReduce"
ALARM: dict[str, Any] = {
    "AlarmName": "busy", "Namespace": EMR, "MetricName": "AppsPending", "Statistic": "Average", "Period": 300,
    "EvaluationPeriods": 1, "Threshold": 2.0, "ComparisonOperator": "GreaterThanThreshold",
}  # fmt: skip


def arn(name: str = "busy") -> str:
    return f"arn:aws:cloudwatch:us-east-1:000000000000:alarm:{name}"


def statistics(cloudwatch: Any, cluster: str, name: str, now: datetime) -> list[tuple[float, str]]:
    """The values of a cluster's metric in the last hour, oldest first, with their units."""
    found = cloudwatch.get_metric_statistics(
        Namespace=EMR, MetricName=name, Dimensions=[{"Name": "JobFlowId", "Value": cluster}], Statistics=["Average"],
        StartTime=now - timedelta(hours=1), EndTime=now + timedelta(minutes=1), Period=60,
    )  # fmt: skip
    points = sorted(found["Datapoints"], key=lambda each: each["Timestamp"])
    return [(each["Average"], each["Unit"]) for each in points]


def now_of(emr_memory: MemoryEmr) -> datetime:
    return datetime.fromtimestamp(emr_memory.control.advance(0), UTC)


def state(cloudwatch: Any, name: str = "busy") -> str:
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"]
    return str(alarm["StateValue"])


def test_a_clusters_metrics_every_five_minutes(emr_memory: MemoryEmr) -> None:
    emr, cloudwatch, control = emr_memory.client(), emr_memory.client("cloudwatch"), emr_memory.control
    cluster = ready(emr)
    control.speed(0)
    control.metrics(cluster, {"yarn-apps-pending": 4, "yarn-mb-total": 400, "yarn-mb-available": 100})

    def published() -> set[str]:
        control.advance(900)
        return {each["MetricName"] for each in cloudwatch.list_metrics(Namespace=EMR)["Metrics"]}

    wait_for("metrics with YARN's", lambda: "AppsPending" in published(), 10)
    now = now_of(emr_memory)
    control.advance(1800)
    wanted = {"IsIdle": (0.0, "None"), "CoreNodesRunning": (2.0, "Count"), "CoreNodesPending": (0.0, "Count"),
              "AppsPending": (4.0, "Count"), "YARNMemoryAvailablePercentage": (25.0, "Percent")}  # fmt: skip
    after = now + timedelta(seconds=1800)
    for name, value in wanted.items():
        six = [value] * 6
        wait_for(name, lambda name=name, six=six: statistics(cloudwatch, cluster, name, after)[-6:] == six, 5)
    assert "TaskNodesRunning" not in {each["MetricName"] for each in cloudwatch.list_metrics()["Metrics"]}
    assert "TotalNodesRunning" not in {each["MetricName"] for each in cloudwatch.list_metrics()["Metrics"]}


def test_capacities_every_minute_with_managed_scaling(emr_memory: MemoryEmr) -> None:
    emr, cloudwatch, control = emr_memory.client(), emr_memory.client("cloudwatch"), emr_memory.control
    cluster = ready(emr)
    control.speed(0)
    limits = {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 3}
    emr.put_managed_scaling_policy(ClusterId=cluster, ManagedScalingPolicy={"ComputeLimits": limits})

    def ten() -> bool:
        control.advance(600)
        return len(statistics(cloudwatch, cluster, "TotalNodesRequested", now_of(emr_memory))) >= 10

    wait_for("the capacities of ten minutes", ten, 10)
    now = now_of(emr_memory)
    assert set(statistics(cloudwatch, cluster, "CoreNodesRunning", now)) == {(2.0, "Count")}
    assert set(statistics(cloudwatch, cluster, "TotalVCPURequested", now)) == {(8.0, "Count")}
    assert statistics(cloudwatch, cluster, "TotalUnitsRequested", now) == []


@pytest.mark.shows("cloudwatch", "PutMetricAlarm", "DescribeAlarms", "DescribeAlarmHistory")
def test_an_alarm_follows_a_clusters_metric(emr_memory: MemoryEmr) -> None:
    emr, cloudwatch, control = emr_memory.client(), emr_memory.client("cloudwatch"), emr_memory.control
    cluster = ready(emr)
    control.speed(0)
    dimensions = [{"Name": "JobFlowId", "Value": cluster}]
    cloudwatch.put_metric_alarm(**ALARM, Dimensions=dimensions, AlarmActions=["arn:aws:sns:us-east-1:1:t"])
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert (alarm["StateValue"], alarm["StateReason"]) == ("INSUFFICIENT_DATA", "Unchecked: Initial alarm creation")
    assert (alarm["AlarmArn"], alarm["ActionsEnabled"]) == (arn(), True)

    def reached(pending: int, wanted: str) -> bool:
        control.metrics(cluster, {"yarn-apps-pending": pending})
        control.advance(301)
        return state(cloudwatch) == wanted

    for pending, wanted in ((5, "ALARM"), (1, "OK"), (7, "ALARM")):
        wait_for(f"{wanted}", lambda pending=pending, wanted=wanted: reached(pending, wanted))
    (alarm,) = cloudwatch.describe_alarms(StateValue="ALARM", ActionPrefix="arn:aws:sns")["MetricAlarms"]
    assert alarm["StateReason"].startswith("Threshold Crossed: 1 out of the last 1 datapoint [7.0 (")
    assert ")] was greater than the threshold (2.0) (minimum 1 datapoint for OK -> ALARM" in alarm["StateReason"]
    assert json.loads(alarm["StateReasonData"])["recentDatapoints"] == [7.0]
    history = cloudwatch.describe_alarm_history(AlarmName="busy", ScanBy="TimestampAscending")["AlarmHistoryItems"]
    # There is no endpoint for SNS here.
    assert [each["HistorySummary"] for each in history if each["HistoryItemType"] == "Action"][:1] == [
        "Failed to execute action arn:aws:sns:us-east-1:1:t"
    ]
    assert [each["HistorySummary"] for each in history if each["HistoryItemType"] != "Action"] == [
        'Alarm "busy" created',
        "Alarm updated from INSUFFICIENT_DATA to ALARM",
        "Alarm updated from ALARM to OK",
        "Alarm updated from OK to ALARM",
    ]
    emr.terminate_job_flows(JobFlowIds=[cluster])
    wait_for("no more data", lambda: reached_end(emr_memory))
    assert state(cloudwatch) == "INSUFFICIENT_DATA"
    (alarm,) = cloudwatch.describe_alarms()["MetricAlarms"]
    assert alarm["StateReason"] == "Insufficient Data: 1 datapoint was unknown."


def reached_end(emr_memory: MemoryEmr) -> bool:
    emr_memory.control.advance(1200)
    return state(emr_memory.client("cloudwatch")) == "INSUFFICIENT_DATA"


def alarm_names(cloudwatch: Any, **filters: Any) -> list[str]:
    pages = cloudwatch.get_paginator("describe_alarms").paginate(**filters, PaginationConfig={"PageSize": 2})
    return [each["AlarmName"] for page in pages for each in page["MetricAlarms"]]


@pytest.mark.shows(
    "cloudwatch", "DescribeAlarmsForMetric", "DeleteAlarms", "SetAlarmState", "EnableAlarmActions",
    "DisableAlarmActions",
)  # fmt: skip
def test_alarms_are_listed_changed_and_removed(emr_memory: MemoryEmr) -> None:
    cloudwatch = emr_memory.client("cloudwatch")
    emr_memory.control.speed(0)
    for name in ("a1", "a2", "a3", "b"):
        cloudwatch.put_metric_alarm(**ALARM | {"AlarmName": name, "MetricName": name})
    assert alarm_names(cloudwatch) == ["a1", "a2", "a3", "b"]
    assert alarm_names(cloudwatch, AlarmNamePrefix="a") == ["a1", "a2", "a3"]
    assert alarm_names(cloudwatch, AlarmTypes=["CompositeAlarm"]) == []
    found = cloudwatch.describe_alarms_for_metric(Namespace=EMR, MetricName="a2")["MetricAlarms"]
    assert [each["AlarmName"] for each in found] == ["a2"]
    cloudwatch.set_alarm_state(AlarmName="a1", StateValue="ALARM", StateReason="drill", StateReasonData='{"a":1}')
    assert alarm_names(cloudwatch, StateValue="ALARM") == ["a1"]
    cloudwatch.disable_alarm_actions(AlarmNames=["a1"])
    cloudwatch.put_metric_alarm(**ALARM | {"AlarmName": "a1", "Threshold": 9.0, "ActionsEnabled": False})
    (alarm,) = cloudwatch.describe_alarms(AlarmNames=["a1"])["MetricAlarms"]
    assert (alarm["Threshold"], alarm["StateValue"], alarm["StateReason"]) == (9.0, "ALARM", "drill")
    cloudwatch.enable_alarm_actions(AlarmNames=["a1"])
    assert cloudwatch.describe_alarms(AlarmNames=["a1"])["MetricAlarms"][0]["ActionsEnabled"] is True
    assert refusal(cloudwatch.delete_alarms, AlarmNames=["b", "c"])[:2] == (404, "ResourceNotFound")
    cloudwatch.delete_alarms(AlarmNames=["b", "a2"])
    assert alarm_names(cloudwatch) == ["a1", "a3"]
    kinds = {"HistoryItemType": "ConfigurationUpdate", "AlarmName": "b"}
    pages = cloudwatch.get_paginator("describe_alarm_history").paginate(**kinds, PaginationConfig={"PageSize": 1})
    summaries = [each["HistorySummary"] for page in pages for each in page["AlarmHistoryItems"]]
    assert summaries == ['Alarm "b" deleted', 'Alarm "b" created']


@pytest.mark.shows("cloudwatch", "TagResource", "UntagResource", "ListTagsForResource")
def test_tags_of_an_alarm(emr_memory: MemoryEmr) -> None:
    cloudwatch = emr_memory.client("cloudwatch")
    cloudwatch.put_metric_alarm(**ALARM, Tags=[{"Key": "team", "Value": "x"}])
    cloudwatch.tag_resource(ResourceARN=arn(), Tags=[{"Key": "cost", "Value": "1"}])
    cloudwatch.untag_resource(ResourceARN=arn(), TagKeys=["team"])
    assert cloudwatch.list_tags_for_resource(ResourceARN=arn())["Tags"] == [{"Key": "cost", "Value": "1"}]
    assert refusal(cloudwatch.list_tags_for_resource, ResourceARN=arn("none"))[0] == 404


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Period": 61}, "InvalidParameterValue"),
        ({"EvaluationPeriods": 300}, "InvalidParameterValue"),
        ({"DatapointsToAlarm": 2}, "InvalidParameterValue"),
        ({"ComparisonOperator": "GreaterThanUpperThreshold"}, "InvalidParameterValue"),
        ({"TreatMissingData": "never"}, "InvalidParameterValue"),
        ({"ExtendedStatistic": "p99"}, "InvalidParameterValue"),
        ({"Metrics": [{"Id": "a", "Expression": "1"}]}, "InvalidParameterValue"),
        ({"Threshold": None}, "MissingParameter"),
        ({"Statistic": "Median"}, "ValidationError"),
    ],
)
def test_alarms_that_are_refused(emr_memory: MemoryEmr, change: dict[str, Any], code: str) -> None:
    cloudwatch = emr_memory.client("cloudwatch")
    given = {name: value for name, value in (ALARM | change).items() if value is not None}
    assert refusal(cloudwatch.put_metric_alarm, **given)[:2] == (400, code)
    assert alarm_names(cloudwatch) == []
