"""What is read of metrics: lists of them, and statistics of their data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localemr.aws.paging import cut, read_token
from localemr.aws.registry import Request, Response
from localemr.cloudwatch.data import HOUR, MINUTE, STATISTICS, Period, merged
from localemr.cloudwatch.errors import (
    InvalidNextToken,
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
)
from localemr.cloudwatch.metrics import LISTED, Metric
from localemr.cloudwatch.registry import Context, dimensions_of, operation, shown

PAGE = 500
MOST_POINTS, MOST_OF_DATA = 1440, 100_800
"""Data points of GetMetricStatistics, and of a page of GetMetricData."""
SHORT = (1, 5, 10, 20, 30)
"""Periods in seconds below a minute."""
LATEST = 253_402_300_799.0
"""The last second of the year 9999."""
PARTIAL, COMPLETE = "PartialData", "Complete"


@operation("ListMetrics")
def list_metrics(context: Context, request: Request) -> Response:
    """The metrics that had data in the last two weeks, or 3 hours, by namespace, name and dimensions."""
    after = int(context.now()) - (3 * HOUR if "RecentlyActive" in request else LISTED)
    wanted = {(each["Name"], each.get("Value")) for each in request.get("Dimensions", ())}
    first = _first(request.get("NextToken"))
    found = []
    listed = context.metrics.listed(
        after, namespace=request.get("Namespace"), name=request.get("MetricName"), first=first
    )
    for each in listed:
        names = {*each.dimensions, *((name, None) for name, _ in each.dimensions)}
        if wanted <= names:
            found.append(each)
        if len(found) > PAGE:
            break
    page, token = cut(found, lambda each: [each.namespace, each.name, each.dimensions], PAGE)
    shown_ = [{"Namespace": m.namespace, "MetricName": m.name, "Dimensions": shown(m.dimensions)} for m in page]
    return {"Metrics": shown_, "NextToken": token}


def _first(token: str | None) -> Metric | None:
    if token is None:
        return None
    try:
        namespace, name, dimensions = read_token(token)
        return Metric(str(namespace), str(name), tuple((key, value) for key, value in dimensions))
    except (ValueError, TypeError):
        raise InvalidNextToken("The NextToken is invalid.") from None


@operation("GetMetricStatistics")
def get_metric_statistics(context: Context, request: Request) -> Response:
    """Statistics of a metric for each period with data, each unit apart. Periods begin at StartTime.

    Percentiles and other extended statistics are refused: single values are not kept.
    """
    if request.get("ExtendedStatistics"):
        raise InvalidParameterValue("LocalEMR keeps no single values: there are no ExtendedStatistics.")
    wanted = request.get("Statistics")
    if not wanted:
        raise MissingParameter("At least one of the parameters Statistics and ExtendedStatistics must be specified.")
    period, start, end = _times(request, request["Period"])
    points = -(-(end - start) // period)
    if points > MOST_POINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {points:,} datapoints, which exceeds the limit of {MOST_POINTS:,}. You may "
            "reduce the datapoints requested by increasing Period, or decreasing the time range."
        )
    metric = Metric(request["Namespace"], request["MetricName"], dimensions_of(request))
    data = [
        {"Timestamp": each.at, "Unit": each.unit, **{name: STATISTICS[name](each) for name in wanted}}
        for each in context.metrics.read(metric, start, end, period, request.get("Unit"))
    ]
    return {"Label": metric.name, "Datapoints": data}


def _times(request: Request, period: int) -> tuple[int, int, int]:
    """Period, start and end in seconds. The start is in whole minutes, or seconds for periods below a minute."""
    if not -LATEST < request["StartTime"] <= LATEST or not request["EndTime"] <= LATEST:
        raise InvalidParameterValue("The parameters StartTime and EndTime must be times before the year 10000.")
    if request["StartTime"] >= request["EndTime"]:
        raise InvalidParameterValue("The parameter StartTime must be less than the parameter EndTime.")
    if period % MINUTE and period not in SHORT:
        raise InvalidParameterValue("The parameter Period must be 1, 5, 10, 20, 30, or a multiple of 60.")
    unit = min(period, MINUTE)
    return period, int(request["StartTime"] // unit) * unit, int(-(-request["EndTime"] // 1))


@dataclass(frozen=True)
class _Query:
    """A member of MetricDataQueries, with its data in the order of ScanBy."""

    id: str
    label: str
    statistic: str
    data: list[Period]


@operation("GetMetricData")
def get_metric_data(context: Context, request: Request) -> Response:
    """Statistics of several metrics. Periods begin at multiples of their length.

    Metric math and queries in SQL are refused, percentiles too.
    """
    queries = [_query(context, request, each) for each in request["MetricDataQueries"] if each.get("ReturnData", True)]
    size = min(request.get("MaxDatapoints") or MOST_OF_DATA, MOST_OF_DATA)
    begin = _offset(request.get("NextToken"))
    results, passed = [], 0
    for each in queries:
        count = len(each.data)
        part = each.data[max(begin - passed, 0) : max(begin + size - passed, 0)]
        passed += count
        if part or not begin:
            results.append(
                {
                    "Id": each.id,
                    "Label": each.label,
                    "Timestamps": [point.at for point in part],
                    "Values": [STATISTICS[each.statistic](point) for point in part],
                    "StatusCode": PARTIAL if passed > begin + size else COMPLETE,
                }
            )
    _, token = cut(range(begin, passed), lambda at: [at + 1], size)
    return {"MetricDataResults": results, "NextToken": token, "Messages": []}


def _offset(token: str | None) -> int:
    if token is None:
        return 0
    try:
        return max(int(read_token(token)[0]), 0)
    except (ValueError, TypeError):
        raise InvalidNextToken("The NextToken is invalid.") from None


def _query(context: Context, request: Request, given: Mapping[str, Any]) -> _Query:
    stat = given.get("MetricStat")
    if stat is None:
        raise InvalidParameterValue(f"LocalEMR computes no expressions: query {given['Id']} needs a MetricStat.")
    if stat["Stat"] not in STATISTICS:
        raise InvalidParameterValue(
            f"LocalEMR does not know the statistic {stat['Stat']}, only {', '.join(STATISTICS)}."
        )
    period, start, end = _times(request, stat["Period"])
    if "MetricName" not in stat["Metric"] or "Namespace" not in stat["Metric"]:
        raise MissingParameter("A Metric needs the parameters Namespace and MetricName.")
    metric = Metric(stat["Metric"]["Namespace"], stat["Metric"]["MetricName"], dimensions_of(stat["Metric"]))
    data = merged(context.metrics.read(metric, start // period * period, end, period, stat.get("Unit")))
    if request.get("ScanBy") != "TimestampAscending":
        data.reverse()
    return _Query(given["Id"], given.get("Label", metric.name), stat["Stat"], data)
