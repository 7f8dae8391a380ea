"""PutMetricData: the values of a request, checked, as data points."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from localemr.aws.registry import Request, Response
from localemr.cloudwatch.data import DAY, HOUR, MINUTE, NO_UNIT, Datum
from localemr.cloudwatch.errors import InvalidParameterCombination, InvalidParameterValue, MissingParameter
from localemr.cloudwatch.registry import Context, dimensions_of, operation

OLDEST, NEWEST = 14 * DAY, 2 * HOUR
"""Seconds before and after now that the time of a value may have."""
MOST = 2.0**360
"""The greatest amount of a value. Source: CloudWatch's reference of MetricDatum."""
MOST_VALUES = 150
MOST_METRICS = 1000


@operation("PutMetricData")
def put_metric_data(context: Context, request: Request) -> Response:
    """Keep values of metrics, for minutes, or for seconds where StorageResolution is 1.

    Namespaces that begin with `AWS/` are accepted, so a test can put what a cluster would. Of `Values` only count, sum,
    minimum and maximum remain. Entities are ignored.
    """
    entities = request.get("EntityMetricData", ())
    data = [*request.get("MetricData", ()), *(datum for each in entities for datum in each.get("MetricData", ()))]
    if not data:
        raise MissingParameter("The parameter MetricData is required.")
    if len(data) > MOST_METRICS:
        raise InvalidParameterValue(f"The parameter MetricData has {len(data)} members; {MOST_METRICS} are permitted.")
    now = context.now()
    context.metrics.add(
        [_datum(request["Namespace"], each, f"MetricData.member.{number}", now) for number, each in enumerate(data, 1)]
    )
    return None


def _datum(namespace: str, given: Mapping[str, Any], place: str, now: float) -> Datum:
    at = given.get("Timestamp", now)
    if not now - OLDEST <= at <= now + NEWEST:
        raise InvalidParameterValue(
            f"The parameter {place}.Timestamp must specify a time within the past two weeks and no more than two hours "
            "in the future."
        )
    resolution = given.get("StorageResolution", MINUTE)
    if resolution not in (1, MINUTE):
        raise InvalidParameterValue(f"The parameter {place}.StorageResolution must be 1 or 60.")
    values = _values(given, place)
    if not all(math.isfinite(each) and abs(each) <= MOST for each in values):
        raise InvalidParameterValue(f"The parameter {place} has a value that CloudWatch does not store.")
    return Datum(
        namespace,
        given["MetricName"],
        dimensions_of(given),
        given.get("Unit", NO_UNIT),
        int(at // resolution) * resolution,
        *values,
    )


def _values(given: Mapping[str, Any], place: str) -> tuple[float, float, float, float]:
    """Count, sum, minimum, maximum."""
    forms = [name for name in ("Value", "StatisticValues", "Values") if name in given]
    if not forms:
        raise MissingParameter(f"At least one of the parameters must be specified: {place}.Value, StatisticValues.")
    if len(forms) > 1:
        raise InvalidParameterCombination(
            f"The parameters {place}.{forms[0]} and {place}.{forms[1]} are mutually exclusive and you have specified "
            "both."
        )
    if "Value" in given:
        return 1.0, given["Value"], given["Value"], given["Value"]
    if "StatisticValues" in given:
        found = given["StatisticValues"]
        return found["SampleCount"], found["Sum"], found["Minimum"], found["Maximum"]
    values = given["Values"]
    counts = given.get("Counts") or [1.0] * len(values)
    if not values or len(values) > MOST_VALUES or len(counts) != len(values) or min(counts) < 0 or not sum(counts):
        raise InvalidParameterValue(
            f"The parameter {place}.Values must have 1 to {MOST_VALUES} values, and Counts as many, above 0 together."
        )
    total = sum(value * count for value, count in zip(values, counts, strict=True))
    return sum(counts), total, min(values), max(values)
