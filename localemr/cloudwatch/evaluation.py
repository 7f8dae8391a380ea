"""The state of an alarm, from the data of its metric. Pure.

Source of the rules: CloudWatch's user guide, "Alarm evaluation" and "Configuring how CloudWatch alarms treat missing
data"; its tables are those of tests/unit/test_alarms.py. It does not say how many periods are looked at beyond
EvaluationPeriods; its examples have 2.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import orjson

from localemr.cloudwatch.alarms import ALARM, INSUFFICIENT, MISSING, OK, Document
from localemr.cloudwatch.data import MINUTE, STATISTICS, Period

BEYOND = 2
"""Periods before the evaluated ones whose data takes the place of what is missing."""
IGNORE, BREACHING, NOT_BREACHING = "ignore", "breaching", "notBreaching"
COMPARISONS: Mapping[str, tuple[Callable[[float, float], bool], str]] = {
    "GreaterThanOrEqualToThreshold": (operator.ge, "greater than or equal to"),
    "GreaterThanThreshold": (operator.gt, "greater than"),
    "LessThanThreshold": (operator.lt, "less than"),
    "LessThanOrEqualToThreshold": (operator.le, "less than or equal to"),
}
"""CloudWatch's name → the comparison with the threshold, and its words."""


@dataclass(frozen=True)
class Verdict:
    """The state of an alarm with its reason: a sentence, and JSON for programs."""

    state: str
    reason: str
    data: str


def window(alarm: Document, now: float) -> tuple[int, int]:
    """Start and end of the time that is evaluated: periods that end at the last full minute, or, when they are shorter
    than one, at their own last end."""
    period = alarm["Period"]
    end = int(now // min(period, MINUTE)) * min(period, MINUTE)
    return end - (alarm["EvaluationPeriods"] + BEYOND) * period, end


def evaluate(alarm: Document, found: Sequence[Period], now: float) -> Verdict | None:
    """The alarm's state by the data in its `window`, in its periods, oldest first. None: it remains in its state."""
    start, _ = window(alarm, now)
    total, needed = alarm["EvaluationPeriods"], alarm.get("DatapointsToAlarm", alarm["EvaluationPeriods"])
    used = list(found)[-total:]
    missing = total - len(used)
    breaches = [_breaches(alarm, each) for each in used]
    treat = alarm.get("TreatMissingData", MISSING)
    filled = missing if treat == BREACHING else 0
    if sum(breaches) + filled >= needed:
        return _verdict(alarm, ALARM, used, breaches, missing, now)
    if treat in (NOT_BREACHING, BREACHING) or not all(breaches):
        return _verdict(alarm, OK, used, breaches, missing, now)
    if treat == IGNORE:
        return None
    if not used:
        return _verdict(alarm, INSUFFICIENT, used, breaches, missing, now)
    # What there is breaches, and may be too little only because the rest is late.
    age = total + BEYOND - (used[0].at - start) // alarm["Period"]
    return _verdict(alarm, ALARM, used, breaches, missing, now) if age >= needed else None


def _breaches(alarm: Document, period: Period) -> bool:
    compare, _ = COMPARISONS[alarm["ComparisonOperator"]]
    return compare(STATISTICS[alarm["Statistic"]](period), alarm["Threshold"])


def _verdict(
    alarm: Document, state: str, used: Sequence[Period], breaches: Sequence[bool], missing: int, now: float
) -> Verdict:
    if state == INSUFFICIENT:
        reason = f"Insufficient Data: {_counted(missing, 'datapoint')} {_was(missing)} unknown."
    elif not used:
        treated = "Breaching" if state == ALARM else "NonBreaching"
        reason = (
            f"Threshold Crossed: no datapoints were received for {_counted(missing, 'period')} and "
            f"{_counted(missing, 'missing datapoint')} {_was(missing)} treated as [{treated}]."
        )
    else:
        reason = _crossed(alarm, state, used, breaches)
    return Verdict(state, reason, orjson.dumps(_data(alarm, used, now)).decode())


def _crossed(alarm: Document, state: str, used: Sequence[Period], breaches: Sequence[bool]) -> str:
    alarming = state == ALARM
    total = alarm["EvaluationPeriods"]
    needed = alarm.get("DatapointsToAlarm", total)
    least = needed if alarming else total - needed + 1
    there = [each for each, breach in zip(used, breaches, strict=True) if breach == alarming]
    values = ", ".join(f"{_value(alarm, each)} ({_moment(each.at)})" for each in reversed(there))
    words = COMPARISONS[alarm["ComparisonOperator"]][1]
    change = "OK -> ALARM" if alarming else "ALARM -> OK"
    count = len(there)
    return (
        f"Threshold Crossed: {count} out of the last {_counted(total, 'datapoint')} [{values}] {_was(count)} "
        f"{'' if alarming else 'not '}{words} the threshold ({float(alarm['Threshold'])}) "
        f"(minimum {_counted(least, 'datapoint')} for {change} transition)."
    )


def _data(alarm: Document, used: Sequence[Period], now: float) -> dict[str, Any]:
    found = {
        "version": "1.0",
        "queryDate": _written(now),
        "statistic": alarm["Statistic"],
        "period": alarm["Period"],
        "recentDatapoints": [_value(alarm, each) for each in used],
        "threshold": float(alarm["Threshold"]),
        "evaluatedDatapoints": [
            {"timestamp": _written(each.at), "sampleCount": each.count, "value": _value(alarm, each)}
            for each in reversed(used)
        ],
    }
    return found | ({"startDate": _written(used[0].at)} if used else {})


def _value(alarm: Document, period: Period) -> float:
    return float(STATISTICS[alarm["Statistic"]](period))


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"


def _was(count: int) -> str:
    return "was" if count == 1 else "were"


def _moment(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%d/%m/%y %H:%M:%S")


def _written(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).isoformat(timespec="milliseconds").replace("+00:00", "+0000")
