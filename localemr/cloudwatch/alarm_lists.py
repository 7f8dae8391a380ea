"""What is shown of alarms: their settings, states and history, and their tags."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localemr.aws.lookup import known
from localemr.aws.paging import cut, read_token
from localemr.aws.registry import Request, Response
from localemr.cloudwatch.alarms import Change, Document
from localemr.cloudwatch.errors import InvalidNextToken, InvalidParameterCombination, ResourceNotFound
from localemr.cloudwatch.registry import Context, dimensions_of, operation, shown

PAGE = 100
METRIC_ALARM = "MetricAlarm"


@operation("DescribeAlarms")
def describe_alarms(context: Context, request: Request) -> Response:
    """Alarms by name, with their state and its reason.

    There are no composite alarms.
    """
    names = request.get("AlarmNames")
    if names and "AlarmNamePrefix" in request:
        raise InvalidParameterCombination("AlarmNames and AlarmNamePrefix cannot be used together.")
    if METRIC_ALARM not in request.get("AlarmTypes", (METRIC_ALARM,)):
        return {"MetricAlarms": [], "CompositeAlarms": []}
    after = str(_key(request.get("NextToken")) or "")
    found = [each for each in context.alarms.all(after) if _is_wanted(each, request)]
    page, token = cut(found, lambda each: [each["AlarmName"]], request.get("MaxRecords", PAGE))
    return {"MetricAlarms": page, "CompositeAlarms": [], "NextToken": token}


def _is_wanted(alarm: Document, request: Request) -> bool:
    names, action = request.get("AlarmNames"), request.get("ActionPrefix")
    actions = [*alarm["OKActions"], *alarm["AlarmActions"], *alarm["InsufficientDataActions"]]
    return (
        (not names or alarm["AlarmName"] in names)
        and alarm["AlarmName"].startswith(request.get("AlarmNamePrefix", ""))
        and alarm["StateValue"] == request.get("StateValue", alarm["StateValue"])
        and (action is None or any(each.startswith(action) for each in actions))
    )


@operation("DescribeAlarmsForMetric")
def describe_alarms_for_metric(context: Context, request: Request) -> Response:
    """The alarms on a metric, with exactly these dimensions."""
    wanted = {
        name: request[name] for name in ("MetricName", "Namespace", "Statistic", "Period", "Unit") if name in request
    }
    dimensions = shown(dimensions_of(request))
    found = [
        each
        for each in context.alarms.all()
        if each["Dimensions"] == dimensions and all(each.get(name) == value for name, value in wanted.items())
    ]
    return {"MetricAlarms": found}


@operation("DescribeAlarmHistory")
def describe_alarm_history(context: Context, request: Request) -> Response:
    """Changes of the settings and states of alarms in the last 30 days, newest first unless ScanBy says otherwise."""
    if METRIC_ALARM not in request.get("AlarmTypes", (METRIC_ALARM,)):
        return {"AlarmHistoryItems": []}
    found = [each for each in context.alarms.history(request.get("AlarmName")) if _is_in(each, request)]
    if request.get("ScanBy") != "TimestampAscending":
        found.reverse()
    last = _key(request.get("NextToken"))
    ids = [each.id for each in found]
    rest: Sequence[Change] = found[ids.index(last) + 1 :] if last in ids else found
    page, token = cut(rest, lambda each: [each.id], request.get("MaxRecords", PAGE))
    return {"AlarmHistoryItems": [_item(each) for each in page], "NextToken": token}


def _is_in(change: Change, request: Request) -> bool:
    is_kind = change.kind == request.get("HistoryItemType", change.kind)
    return is_kind and bool(request.get("StartDate", 0) <= change.at <= request.get("EndDate", change.at))


def _item(change: Change) -> dict[str, Any]:
    return {
        "AlarmName": change.alarm,
        "AlarmType": METRIC_ALARM,
        "Timestamp": change.at,
        "HistoryItemType": change.kind,
        "HistorySummary": change.summary,
        "HistoryData": change.data,
    }


def _key(token: str | None) -> Any:
    if token is None:
        return None
    try:
        return read_token(token)[0]
    except ValueError:
        raise InvalidNextToken("The NextToken is invalid.") from None


@operation("TagResource")
def tag_resource(context: Context, request: Request) -> Response:
    """Put tags on an alarm."""
    alarm = _tagged(context, request)
    context.alarms.put({**alarm, "Tags": alarm["Tags"] | {each["Key"]: each["Value"] for each in request["Tags"]}})
    return {}


@operation("UntagResource")
def untag_resource(context: Context, request: Request) -> Response:
    """Take tags from an alarm."""
    alarm = _tagged(context, request)
    left = {key: value for key, value in alarm["Tags"].items() if key not in request["TagKeys"]}
    context.alarms.put({**alarm, "Tags": left})
    return {}


@operation("ListTagsForResource")
def list_tags_for_resource(context: Context, request: Request) -> Response:
    """The tags of an alarm."""
    tags = _tagged(context, request)["Tags"]
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


def _tagged(context: Context, request: Request) -> Document:
    arn = request["ResourceARN"]
    name = arn.split(":", 6)[-1] if ":alarm:" in arn else ""
    return known(context.alarms.get(name), ResourceNotFound(f"There is no resource {arn}."))
