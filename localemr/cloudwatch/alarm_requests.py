"""Alarms: making and removing them, and setting their state."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any

import orjson

from localemr.aws.lookup import known
from localemr.aws.registry import Request, Response
from localemr.cloudwatch.alarms import CONFIGURATION, INSUFFICIENT, MISSING, Change, Document
from localemr.cloudwatch.data import DAY, HOUR, MINUTE
from localemr.cloudwatch.errors import InvalidFormat, InvalidParameterValue, MissingParameter, ResourceNotFound
from localemr.cloudwatch.evaluation import BREACHING, COMPARISONS, IGNORE, NOT_BREACHING
from localemr.cloudwatch.messages import ACTIONS, refused_action
from localemr.cloudwatch.registry import Context, dimensions_of, operation, shown

NEEDED = ("MetricName", "Namespace", "Period", "Statistic", "EvaluationPeriods", "Threshold", "ComparisonOperator")
REFUSED = (
    "Metrics", "ExtendedStatistic", "ThresholdMetricId", "EvaluateLowSampleCountPercentile", "EvaluationWindow",
    "WarmUpConfiguration", "EvaluationCriteria", "EvaluationInterval", "ActionConfiguration",
)  # fmt: skip
"""Members of what LocalEMR does not compute."""
SHORT = (10, 20, 30)
"""Periods in seconds below a minute."""
COPIED = (
    "AlarmName", "AlarmDescription", "MetricName", "Namespace", "Statistic", "Period", "Unit", "EvaluationPeriods",
    "DatapointsToAlarm", "Threshold", "ComparisonOperator", "TreatMissingData",
)  # fmt: skip


@operation("PutMetricAlarm")
def put_metric_alarm(context: Context, request: Request) -> Response:
    """Make an alarm on a metric, or change one, which keeps its state. It is evaluated every 10 s.

    Its actions are topics of SNS and Lambda functions; others are refused. Alarms on metric math, queries, percentiles
    and anomaly detection are refused.
    """
    _check(request)
    _check_actions(request)
    name, now = request["AlarmName"], context.now()
    before = context.alarms.get(name)
    alarm: dict[str, Any] = {
        "AlarmArn": context.arn(name),
        "ActionsEnabled": request.get("ActionsEnabled", True),
        "AlarmConfigurationUpdatedTimestamp": now,
        **{each: request.get(each, []) for each in ACTIONS.values()},
        "Dimensions": shown(dimensions_of(request)),
        **{each: request[each] for each in COPIED if each in request},
    }
    if before is None:
        alarm |= {
            "StateValue": INSUFFICIENT,
            "StateReason": "Unchecked: Initial alarm creation",
            "StateUpdatedTimestamp": now,
            "StateTransitionedTimestamp": now,
            "Tags": {each["Key"]: each["Value"] for each in request.get("Tags", ())},
        }
    else:
        alarm |= {key: each for key, each in before.items() if key.startswith("State") or key == "Tags"}
    context.alarms.put(alarm, _configured("Create" if before is None else "Update", alarm, now))
    return None


def _check(request: Request) -> None:
    refused = next((each for each in REFUSED if each in request), None)
    if refused:
        raise InvalidParameterValue(f"LocalEMR has no alarms with {refused}, only on a statistic of one metric.")
    absent = next((each for each in NEEDED if each not in request), None)
    if absent:
        raise MissingParameter(f"The parameter {absent} is required for an alarm on a metric.")
    period, count = request["Period"], request["EvaluationPeriods"]
    if period % MINUTE and period not in SHORT:
        raise InvalidParameterValue(
            f"The parameter Period must be {SHORT[0]}, {SHORT[1]}, {SHORT[2]} or a multiple of 60."
        )
    most = 7 * DAY if period >= HOUR else DAY
    if period * count > most:
        raise InvalidParameterValue(
            f"Metrics cannot be checked across more than {most // DAY} day(s) "
            f"(EvaluationPeriods * Period must be <= {most})."
        )
    if not math.isfinite(request["Threshold"]):
        raise InvalidParameterValue("The parameter Threshold must be a finite number.")
    if request["ComparisonOperator"] not in COMPARISONS:
        raise InvalidParameterValue(f"LocalEMR does not detect anomalies: {request['ComparisonOperator']}.")
    if request.get("DatapointsToAlarm", count) > count:
        raise InvalidParameterValue("The parameter DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    if request.get("TreatMissingData", MISSING) not in (MISSING, IGNORE, BREACHING, NOT_BREACHING):
        raise InvalidParameterValue(
            "The value for TreatMissingData must be one of breaching, notBreaching, ignore and missing."
        )


def _check_actions(request: Request) -> None:
    for arn in (arn for kind in ACTIONS.values() for arn in request.get(kind, ())):
        if fault := refused_action(arn):
            raise InvalidParameterValue(fault)


def _configured(kind: str, alarm: Document, at: float) -> Change:
    words = {"Create": "created", "Update": "updated", "Delete": "deleted"}[kind]
    data = {"version": "1.0", "type": kind, f"{words}Alarm": {key: alarm[key] for key in COPIED if key in alarm}}
    name = alarm["AlarmName"]
    return Change(0, name, at, CONFIGURATION, f'Alarm "{name}" {words}', orjson.dumps(data).decode())


@operation("DeleteAlarms")
def delete_alarms(context: Context, request: Request) -> Response:
    """Remove alarms; their history remains for 30 days. With an unknown name none is removed."""
    alarms = _all(context, request["AlarmNames"])
    names = [each["AlarmName"] for each in alarms]
    context.alarms.delete(names, [_configured("Delete", each, context.now()) for each in alarms])
    return None


@operation("SetAlarmState")
def set_alarm_state(context: Context, request: Request) -> Response:
    """Set an alarm's state, until its next evaluation finds another one. Its actions are carried out."""
    data = request.get("StateReasonData")
    if data is not None:
        try:
            orjson.loads(data)
        except ValueError:
            raise InvalidFormat("StateReasonData is not a valid JSON document.") from None
    (alarm,) = _all(context, [request["AlarmName"]])
    context.alarms.move(alarm, request["StateValue"], request["StateReason"], data, context.now())
    return None


@operation("EnableAlarmActions")
def enable_alarm_actions(context: Context, request: Request) -> Response:
    """Enable the actions of alarms."""
    return _switch(context, request, True)


@operation("DisableAlarmActions")
def disable_alarm_actions(context: Context, request: Request) -> Response:
    """Disable the actions of alarms."""
    return _switch(context, request, False)


def _switch(context: Context, request: Request, on: bool) -> Response:
    now = context.now()
    for alarm in _all(context, request["AlarmNames"]):
        if alarm["ActionsEnabled"] != on:
            changed = {**alarm, "ActionsEnabled": on, "AlarmConfigurationUpdatedTimestamp": now}
            context.alarms.put(changed, _configured("Update", changed, now))
    return None


def _all(context: Context, names: Iterable[str]) -> list[Document]:
    """The alarms of these names, each once. Raises ResourceNotFound."""
    return [
        known(context.alarms.get(name), ResourceNotFound(f"The alarm {name} does not exist."))
        for name in dict.fromkeys(names)
    ]
