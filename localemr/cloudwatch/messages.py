"""What is sent when an alarm changes its state: for each action, and for EventBridge. Pure.

Sources of the forms: CloudWatch's user guide, "Notifying users on alarm changes", "Invoke a Lambda function from an
alarm" and "Alarm events and EventBridge".
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from localemr.cloudwatch.alarms import ALARM, INSUFFICIENT, MISSING, OK, Document
from localemr.delivery.calls import LAMBDA, SNS, read_arn

ACTIONS: Mapping[str, str] = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT: "InsufficientDataActions"}
"""State → the alarm's actions when it comes into it."""
CARRIED_OUT = (SNS, LAMBDA)
"""The services whose resources can be actions."""
EVENTS = "events"
"""The recipient of the event of each change."""
LONGEST_SUBJECT = 100

RegionName = Callable[[str], str]
"""Returns AWS's words for a region."""


def messages(before: Document, after: Document, region_name: RegionName) -> Iterator[tuple[str, str]]:
    """Recipient → text, for an alarm that has changed its state: the ARNs of its actions, and EVENTS."""
    yield EVENTS, _text(_event(before, after))
    if after["ActionsEnabled"]:
        for arn in dict.fromkeys(after[ACTIONS[after["StateValue"]]]):
            yield arn, _text(_for_topic(before, after, region_name) if is_topic(arn) else _for_function(before, after))


def refused_action(arn: str) -> str | None:
    """Why an ARN can be no action of an alarm. None: it can."""
    place = read_arn(arn)
    if place is None:
        return f"Invalid arn syntax: {arn}"
    if place.service not in CARRIED_OUT:
        return f"LocalEMR carries out actions of {' and '.join(CARRIED_OUT)}, not {arn}."
    return None


def is_topic(arn: str) -> bool:
    """Whether an action is a topic of SNS."""
    place = read_arn(arn)
    return place is not None and place.service == SNS


def subject(body: str) -> str:
    """The subject of a topic's message."""
    found = orjson.loads(body)
    text = f'{found["NewStateValue"]}: "{found["AlarmName"]}" in {found["Region"]}'
    return text.encode("ascii", "replace").decode()[:LONGEST_SUBJECT]


def _text(document: Mapping[str, Any]) -> str:
    return orjson.dumps(document).decode()


def _where(alarm: Document) -> tuple[str, str]:
    """The region and the account of an alarm."""
    _, _, _, region, account, *_ = alarm["AlarmArn"].split(":")
    return region, account


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")


def _for_topic(before: Document, after: Document, region_name: RegionName) -> dict[str, Any]:
    region, account = _where(after)
    return {
        "AlarmName": after["AlarmName"],
        "AlarmDescription": after.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": _moment(after["AlarmConfigurationUpdatedTimestamp"]),
        "NewStateValue": after["StateValue"],
        "NewStateReason": after["StateReason"],
        "StateChangeTime": _moment(after["StateUpdatedTimestamp"]),
        "Region": region_name(region),
        "AlarmArn": after["AlarmArn"],
        "OldStateValue": before["StateValue"],
        **{name: after[name] for name in ACTIONS.values()},
        "Trigger": _trigger(after),
    }


def _trigger(alarm: Document) -> dict[str, Any]:
    trigger = {
        "MetricName": alarm["MetricName"],
        "Namespace": alarm["Namespace"],
        "StatisticType": "Statistic",
        # The word of CloudWatch's first interface.
        "Statistic": {"SampleCount": "SAMPLE_COUNT"}.get(alarm["Statistic"], alarm["Statistic"].upper()),
        "Unit": alarm.get("Unit"),
        "Dimensions": [{"value": each["Value"], "name": each["Name"]} for each in alarm["Dimensions"]],
        "Period": alarm["Period"],
        "EvaluationPeriods": alarm["EvaluationPeriods"],
        "ComparisonOperator": alarm["ComparisonOperator"],
        "Threshold": alarm["Threshold"],
        "TreatMissingData": alarm.get("TreatMissingData", MISSING),
        "EvaluateLowSampleCountPercentile": "",
    }
    if "DatapointsToAlarm" in alarm:
        trigger["DatapointsToAlarm"] = alarm["DatapointsToAlarm"]
    return trigger


def _for_function(before: Document, after: Document) -> dict[str, Any]:
    region, account = _where(after)
    data = {
        "alarmName": after["AlarmName"],
        "state": _state(after),
        "previousState": _state(before),
        "configuration": _configuration(after),
    }
    return {
        "source": "aws.cloudwatch",
        "alarmArn": after["AlarmArn"],
        "accountId": account,
        "time": _moment(after["StateUpdatedTimestamp"]),
        "region": region,
        "alarmData": data,
    }


def _event(before: Document, after: Document) -> dict[str, Any]:
    region, account = _where(after)
    at = datetime.fromtimestamp(after["StateUpdatedTimestamp"], UTC)
    return {
        "version": "0",
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, f"{after['AlarmArn']} {at.isoformat()} {after['StateValue']}")),
        "detail-type": "CloudWatch Alarm State Change",
        "source": "aws.cloudwatch",
        "account": account,
        "time": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "region": region,
        "resources": [after["AlarmArn"]],
        "detail": {
            "alarmName": after["AlarmName"],
            "configuration": _configuration(after),
            "previousState": _state(before),
            "state": _state(after),
        },
    }


def _state(alarm: Document) -> dict[str, Any]:
    found = {
        "value": alarm["StateValue"],
        "reason": alarm["StateReason"],
        "timestamp": _moment(alarm["StateUpdatedTimestamp"]),
    }
    return found | ({"reasonData": alarm["StateReasonData"]} if alarm.get("StateReasonData") else {})


def _configuration(alarm: Document) -> dict[str, Any]:
    metric = {
        "namespace": alarm["Namespace"],
        "name": alarm["MetricName"],
        "dimensions": {each["Name"]: each["Value"] for each in alarm["Dimensions"]},
    }
    query = {
        "id": str(uuid.uuid5(uuid.NAMESPACE_URL, alarm["AlarmArn"])),
        "metricStat": {"metric": metric, "period": alarm["Period"], "stat": alarm["Statistic"]},
        "returnData": True,
    }
    described = {"description": alarm["AlarmDescription"]} if alarm.get("AlarmDescription") else {}
    return described | {"metrics": [query]}
