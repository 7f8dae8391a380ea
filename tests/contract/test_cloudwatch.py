"""CloudWatch as clients see it: metrics of one's own, in all three protocols."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from localemr.api import cbor
from localemr.aws.paging import write_token
from localemr.clock import MovableClock
from localemr.cloudwatch import CloudWatch
from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import refusal
from tests.contract.test_services import PROTOCOLS, Client

NOW = START // 60 * 60
RANGE = {"StartTime": NOW - 3600, "EndTime": NOW + 3600}
MINE = {"Namespace": "Mine", "MetricName": "Load"}
DIMENSIONS = [{"Name": "Host", "Value": "b"}, {"Name": "App", "Value": "é <&>"}]


@pytest.fixture
def endpoint(make_endpoint: Callable[..., Endpoint], server: Any) -> Endpoint:
    clock = MovableClock(START, speed=0)
    made: CloudWatch = server.do(lambda: CloudWatch(":memory:", clock))
    return make_endpoint(others=[made.service("us-east-1", "123456789012")])


@pytest.fixture
def cloudwatch(endpoint: Endpoint) -> Any:
    return endpoint.client(service="cloudwatch")


def put(cloudwatch: Any, *values: float, **more: Any) -> None:
    """Values of `Load`, a minute apart, the last one now."""
    data = [
        {"MetricName": "Load", "Value": value, "Timestamp": NOW - 60 * (len(values) - 1 - number), **more}
        for number, value in enumerate(values)
    ]
    cloudwatch.put_metric_data(Namespace="Mine", MetricData=data)


def moment(at: float) -> datetime:
    return datetime.fromtimestamp(at, UTC)


@pytest.mark.parametrize("protocol", PROTOCOLS)
def test_every_protocol_writes_and_reads(endpoint: Endpoint, protocol: str) -> None:
    client = Client(endpoint, protocol)
    values = {"SampleCount": 4.0, "Sum": 10.0, "Minimum": 1.0, "Maximum": 4.0}
    datum = {"MetricName": "Load", "StatisticValues": values, "Timestamp": moment(NOW), "Unit": "Count"}
    assert client.call("PutMetricData", Namespace="Mine", MetricData=[datum | {"Dimensions": DIMENSIONS}])[0] == 200
    listed = client.call("ListMetrics", Namespace="Mine")[1]["Metrics"]
    assert listed == [MINE | {"Dimensions": sorted(DIMENSIONS, key=lambda each: each["Name"])}]
    times = {"StartTime": moment(NOW), "EndTime": moment(NOW + 60)}
    status, answer = client.call(
        "GetMetricStatistics", **MINE, **times, Dimensions=DIMENSIONS, Period=60, Statistics=["Average", "Maximum"]
    )
    assert (status, answer["Label"]) == (200, "Load")
    assert answer["Datapoints"] == [{"Timestamp": moment(NOW), "Average": 2.5, "Maximum": 4.0, "Unit": "Count"}]
    status, answer = client.call("DeleteAlarms", AlarmNames=["none"])
    assert (status, answer["Error"]["Code"]) == (404, "ResourceNotFound")
    status, answer = client.call("GetMetricStatistics", **MINE, **times, Period=60)
    assert answer["Error"]["Code"] in ("MissingParameter", "MissingRequiredParameterException")


def test_errors_have_the_code_that_clients_of_the_query_protocol_know(endpoint: Endpoint) -> None:
    headers = {"X-Amz-Target": "GraniteServiceVersion20100801.GetMetricStatistics", "x-amzn-query-mode": "true"}
    body = b'{"Namespace":"n","MetricName":"m","StartTime":2,"EndTime":1,"Period":60,"Statistics":["Sum"]}'
    status, answered, text = endpoint.exchange(body, headers | {"Content-Type": "application/x-amz-json-1.0"})
    assert (status, answered["content-type"]) == (400, "application/x-amz-json-1.0")
    assert answered["x-amzn-query-error"] == "InvalidParameterValue;Sender"
    assert b'"__type":"InvalidParameterValueException"' in text
    path = "/service/GraniteServiceVersion20100801/operation/SetAlarmState"
    headers = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
    body = cbor.encode({"AlarmName": "a", "StateValue": "OK", "StateReason": "r"})
    status, answered, text = endpoint.exchange(body, headers, path)
    assert (status, answered["smithy-protocol"], answered["content-type"]) == (404, "rpc-v2-cbor", "application/cbor")
    assert answered["x-amzn-query-error"] == "ResourceNotFound;Sender"
    assert cbor.decode(text) == {"__type": "ResourceNotFound", "message": "The alarm a does not exist."}
    for bad in (b"\xa1", b"\xff", b"\x9f" * 200, b"\x01\x01"):
        status, _, text = endpoint.exchange(bad, headers, path)
        assert (status, cbor.decode(text)["__type"]) == (400, "SerializationException")


def test_compressed_bodies(endpoint: Endpoint, cloudwatch: Any) -> None:
    data = [{"MetricName": f"Load{number:04}", "Value": 1.0} for number in range(1000)]
    cloudwatch.put_metric_data(Namespace="Many", MetricData=data)  # boto3 compresses what is longer than 10 KB
    assert len(cloudwatch.list_metrics(Namespace="Many")["Metrics"]) == 500
    target = {"X-Amz-Target": "GraniteServiceVersion20100801.ListMetrics", "Content-Encoding": "gzip"}
    for body in (b"{}", gzip.compress(b"{}")[:-9], gzip.compress(b" " * (17 << 20))):
        status, _, text = endpoint.exchange(body, target)
        assert (status, b"SerializationException" in text) == (400, True)
    assert endpoint.exchange(gzip.compress(b"{}"), target)[0] == 200


@pytest.mark.shows("cloudwatch", "PutMetricData", "GetMetricStatistics")
def test_statistics_of_periods(cloudwatch: Any) -> None:
    put(cloudwatch, 1, 2, 3, 4, 5, 6)
    put(cloudwatch, 9, Unit="Count")
    names = ["SampleCount", "Sum", "Minimum", "Maximum", "Average"]
    found = cloudwatch.get_metric_statistics(
        **MINE, StartTime=NOW - 300, EndTime=NOW + 60, Period=180, Statistics=names
    )
    assert found["Datapoints"] == [
        {"Timestamp": moment(NOW - 300), "Unit": "None", **dict(zip(names, (3, 6, 1, 3, 2), strict=True))},
        {"Timestamp": moment(NOW - 120), "Unit": "Count", **dict(zip(names, (1, 9, 9, 9, 9), strict=True))},
        {"Timestamp": moment(NOW - 120), "Unit": "None", **dict(zip(names, (3, 15, 4, 6, 5), strict=True))},
    ]
    only = cloudwatch.get_metric_statistics(**MINE, **RANGE, Period=7200, Statistics=["Sum"], Unit="Count")
    assert [each["Sum"] for each in only["Datapoints"]] == [9]
    nothing = cloudwatch.get_metric_statistics(
        **MINE, **RANGE, Period=60, Statistics=["Sum"], Dimensions=[{"Name": "Host", "Value": "b"}]
    )
    assert nothing["Datapoints"] == []


def test_values_of_a_minute_are_added_and_seconds_kept_where_wanted(cloudwatch: Any) -> None:
    for value in (1, 5):
        cloudwatch.put_metric_data(
            Namespace="Mine", MetricData=[{"MetricName": "Load", "Values": [value, 3], "Counts": [1, 2]}]
        )
    found = cloudwatch.get_metric_statistics(**MINE, **RANGE, Period=60, Statistics=["SampleCount", "Sum", "Minimum"])
    assert [(each["SampleCount"], each["Sum"], each["Minimum"]) for each in found["Datapoints"]] == [(6, 18, 1)]
    fast = [{"MetricName": "Fast", "Value": 1, "Timestamp": NOW + each, "StorageResolution": 1} for each in (0, 1, 11)]
    cloudwatch.put_metric_data(Namespace="Mine", MetricData=fast)
    period = {"Namespace": "Mine", "MetricName": "Fast", "Statistics": ["Sum"], "StartTime": NOW, "EndTime": NOW + 20}
    points = cloudwatch.get_metric_statistics(**period, Period=10)["Datapoints"]
    assert [(each["Timestamp"], each["Sum"]) for each in points] == [(moment(NOW), 2), (moment(NOW + 10), 1)]


@pytest.mark.shows("cloudwatch", "GetMetricData")
def test_data_of_several_metrics_page_by_page(cloudwatch: Any) -> None:
    put(cloudwatch, 1, 2, 3)
    put(cloudwatch, 4, Unit="Count")

    def query(id_: str, stat: str, **more: Any) -> dict[str, Any]:
        return {"Id": id_, "MetricStat": {"Metric": MINE, "Period": 60, "Stat": stat, **more}}

    queries = [query("a", "Sum"), query("b", "Maximum", Unit="None") | {"Label": "most", "ReturnData": True}]
    found = cloudwatch.get_metric_data(MetricDataQueries=queries, **RANGE, ScanBy="TimestampAscending")
    assert [(each["Id"], each["Label"], each["Values"]) for each in found["MetricDataResults"]] == [
        ("a", "Load", [1, 2, 7]),
        ("b", "most", [1, 2, 3]),
    ]
    assert {each["StatusCode"] for each in found["MetricDataResults"]} == {"Complete"}
    pages = cloudwatch.get_paginator("get_metric_data").paginate(
        MetricDataQueries=queries, **RANGE, MaxDatapoints=2, PaginationConfig={}
    )
    results = [each for page in pages for each in page["MetricDataResults"]]
    assert [(each["Id"], value) for each in results for value in each["Values"]] == [
        ("a", 7), ("a", 2), ("a", 1), ("b", 3), ("b", 2), ("b", 1),
    ]  # fmt: skip


@pytest.mark.shows("cloudwatch", "ListMetrics")
def test_lists_of_metrics(cloudwatch: Any) -> None:
    data = [
        {"MetricName": f"m{number:03}", "Value": 1, "Dimensions": [{"Name": "Host", "Value": str(number % 2)}]}
        for number in range(501)
    ]
    cloudwatch.put_metric_data(Namespace="Mine", MetricData=data)
    old = {"MetricName": "old", "Value": 1, "Timestamp": NOW - 4 * 3600}
    cloudwatch.put_metric_data(Namespace="Other", MetricData=[old])

    def names(**filters: Any) -> list[str]:
        pages = cloudwatch.get_paginator("list_metrics").paginate(**filters)
        return [each["MetricName"] for page in pages for each in page["Metrics"]]

    assert names() == [*(f"m{number:03}" for number in range(501)), "old"]
    assert len(cloudwatch.list_metrics()["Metrics"]) == 500
    assert "old" not in names(RecentlyActive="PT3H")
    assert names(Namespace="Other") == ["old"]
    assert names(MetricName="m007", Dimensions=[{"Name": "Host"}]) == ["m007"]
    assert names(MetricName="m007", Dimensions=[{"Name": "Host", "Value": "0"}]) == []
    assert refusal(cloudwatch.list_metrics, NextToken="x")[1] == "InvalidNextToken"


@pytest.mark.parametrize(
    ("datum", "code"),
    [
        ({}, "MissingParameter"),
        ({"Value": 1, "Values": [1]}, "InvalidParameterCombination"),
        ({"Values": [1], "Counts": [1, 2]}, "InvalidParameterValue"),
        ({"Values": []}, "InvalidParameterValue"),
        ({"Value": 1e300}, "InvalidParameterValue"),
        ({"Value": 1, "Timestamp": NOW - 15 * 86400}, "InvalidParameterValue"),
        ({"Value": 1, "Timestamp": NOW + 3 * 3600}, "InvalidParameterValue"),
        ({"Value": 1, "StorageResolution": 7}, "InvalidParameterValue"),
        ({"Value": 1, "Unit": "Parsec"}, "ValidationError"),
    ],
)
def test_data_that_is_refused(cloudwatch: Any, datum: dict[str, Any], code: str) -> None:
    good = {"MetricName": "Good", "Value": 1}
    with pytest.raises(ClientError) as caught:
        cloudwatch.put_metric_data(Namespace="Mine", MetricData=[good, {"MetricName": "Load", **datum}])
    assert caught.value.response["Error"]["Code"] == code
    assert cloudwatch.list_metrics()["Metrics"] == []


@pytest.mark.parametrize(
    ("request_", "code", "text"),
    [
        (
            {"Statistics": ["Sum"], "StartTime": NOW - 86400 * 2},
            "InvalidParameterCombination",
            "up to 2,940 datapoints",
        ),
        ({"Statistics": ["Sum"], "Period": 61}, "InvalidParameterValue", "Period"),
        ({"Statistics": ["Sum"], "EndTime": NOW - 7200}, "InvalidParameterValue", "less than the parameter EndTime"),
        ({"ExtendedStatistics": ["p99"]}, "InvalidParameterValue", "no single values"),
        ({}, "MissingParameter", "Statistics"),
    ],
)
def test_statistics_that_are_refused(cloudwatch: Any, request_: dict[str, Any], code: str, text: str) -> None:
    status, kind, message = refusal(cloudwatch.get_metric_statistics, **MINE | RANGE | {"Period": 60} | request_)
    assert (status, kind) == (400, code)
    assert text in message


@pytest.mark.parametrize(
    "query",
    [
        {"Id": "a", "Expression": "SUM(METRICS())"},
        {"Id": "a", "MetricStat": {"Metric": MINE, "Period": 60, "Stat": "p99"}},
    ],
)
def test_queries_that_are_refused(cloudwatch: Any, query: dict[str, Any]) -> None:
    refused = refusal(cloudwatch.get_metric_data, MetricDataQueries=[query], **RANGE)
    assert refused[:2] == (400, "InvalidParameterValue")


def test_numbers_and_tokens_that_are_none(endpoint: Endpoint, cloudwatch: Any) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    alarm = "AlarmName=a&MetricName=m&Namespace=n&Statistic=Sum&Period=60&EvaluationPeriods=1"
    alarm += "&ComparisonOperator=GreaterThanThreshold&Action=PutMetricAlarm&Version=2010-08-01"
    for threshold, status in (("NaN", 400), ("Infinity", 400), ("1.5", 200)):
        assert endpoint.exchange(f"{alarm}&Threshold={threshold}".encode(), form)[0] == status, threshold
    assert [each["Threshold"] for each in cloudwatch.describe_alarms()["MetricAlarms"]] == [1.5]
    target = {"X-Amz-Target": "GraniteServiceVersion20100801.GetMetricStatistics"}
    for times in (b'"StartTime":1,"EndTime":1e300', b'"StartTime":-1e300,"EndTime":1'):
        body = b'{"Namespace":"n","MetricName":"m","Period":60,"Statistics":["Sum"],' + times + b"}"
        status, _, text = endpoint.exchange(body, target)
        assert (status, b"before the year 10000" in text) == (400, True)
    for token in ("x", write_token([1]), write_token([[], {}, 1]), write_token([1, 2, [[3]]])):
        assert refusal(cloudwatch.list_metrics, NextToken=token)[1] == "InvalidNextToken"
    queries = [{"Id": "a", "MetricStat": {"Metric": MINE, "Period": 60, "Stat": "Sum"}}]
    for token in ("x", write_token([[]])):
        refused = refusal(cloudwatch.get_metric_data, MetricDataQueries=queries, **RANGE, NextToken=token)
        assert refused[1] == "InvalidNextToken"
