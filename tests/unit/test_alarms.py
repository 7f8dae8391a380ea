"""The evaluation of alarms: the tables of CloudWatch's user guide, and the words of reasons."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localemr.cloudwatch.data import Period
from localemr.cloudwatch.evaluation import evaluate, window

NOW = 1_700_000_040.0 // 60 * 60 + 5
KEEPS = None


def alarm(**more: Any) -> dict[str, Any]:
    return {
        "Statistic": "Average", "Period": 60, "EvaluationPeriods": 3, "DatapointsToAlarm": 3, "Threshold": 1.0,
        "ComparisonOperator": "GreaterThanOrEqualToThreshold", **more,
    }  # fmt: skip


def state(points: str, **more: Any) -> str | None:
    """The state by five periods: `0` within the threshold, `X` beyond it, `-` missing."""
    given = alarm(**more)
    start, _ = window(given, NOW)
    values = {"0": 0.0, "X": 1.0}
    found = [
        Period(start + 60 * number, "None", 1, values[each], values[each], values[each])
        for number, each in enumerate(points.split())
        if each != "-"
    ]
    verdict = evaluate(given, found, NOW)
    return verdict and verdict.state


TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


@pytest.mark.parametrize(
    ("points", "states"),
    [
        ("0 - X - X", ("OK", "OK", "OK", "OK")),
        ("- - - - 0", ("OK", "OK", "OK", "OK")),
        ("- - - - -", ("INSUFFICIENT_DATA", KEEPS, "ALARM", "OK")),
        ("0 X X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("- - X - -", ("ALARM", KEEPS, "ALARM", "OK")),
        ("- - - - X", (KEEPS, KEEPS, "ALARM", "OK")),
    ],
)
def test_three_of_three_datapoints(points: str, states: tuple[str | None, ...]) -> None:
    assert tuple(state(points, TreatMissingData=each) for each in TREATMENTS) == states


@pytest.mark.parametrize(
    ("points", "states"),
    [
        ("0 - X - X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 0 X 0 X", ("ALARM", "ALARM", "ALARM", "ALARM")),
        ("0 - X - -", ("OK", "OK", "ALARM", "OK")),
        ("- - - - 0", ("OK", "OK", "ALARM", "OK")),
        ("- - - X -", ("ALARM", KEEPS, "ALARM", "OK")),
    ],
)
def test_two_of_three_datapoints(points: str, states: tuple[str | None, ...]) -> None:
    assert tuple(state(points, DatapointsToAlarm=2, TreatMissingData=each) for each in TREATMENTS) == states


@pytest.mark.parametrize(
    ("operator", "states"),
    [
        ("GreaterThanThreshold", ("OK", "OK", "ALARM")),
        ("GreaterThanOrEqualToThreshold", ("OK", "ALARM", "ALARM")),
        ("LessThanThreshold", ("ALARM", "OK", "OK")),
        ("LessThanOrEqualToThreshold", ("ALARM", "ALARM", "OK")),
    ],
)
def test_comparisons(operator: str, states: tuple[str, ...]) -> None:
    given = alarm(EvaluationPeriods=1, DatapointsToAlarm=1, ComparisonOperator=operator)
    verdicts = [evaluate(given, [Period(0, "None", 2, 2 * value, value, value)], NOW) for value in (0.5, 1, 1.5)]
    assert tuple(each.state for each in verdicts if each) == states


def test_the_statistic_is_compared() -> None:
    found = [Period(0, "None", 4, 10.0, 1.0, 6.0)]
    for statistic, value in (("SampleCount", 4), ("Sum", 10), ("Average", 2.5), ("Minimum", 1), ("Maximum", 6)):
        verdict = evaluate(alarm(Statistic=statistic, EvaluationPeriods=1, DatapointsToAlarm=1), found, NOW)
        assert verdict is not None
        assert json.loads(verdict.data)["recentDatapoints"] == [value]


def test_reasons() -> None:
    found = [Period(60 * number, "None", 1, value, value, value) for number, value in enumerate((3.0, 0.0, 2.5))]
    verdict = evaluate(alarm(DatapointsToAlarm=2), found, NOW)
    assert verdict is not None
    assert verdict.reason == (
        "Threshold Crossed: 2 out of the last 3 datapoints [2.5 (01/01/70 00:02:00), 3.0 (01/01/70 00:00:00)] were "
        "greater than or equal to the threshold (1.0) (minimum 2 datapoints for OK -> ALARM transition)."
    )
    assert json.loads(verdict.data) == {
        "version": "1.0", "queryDate": "2023-11-14T22:14:05.000+0000", "startDate": "1970-01-01T00:00:00.000+0000",
        "statistic": "Average", "period": 60, "recentDatapoints": [3.0, 0.0, 2.5], "threshold": 1.0,
        "evaluatedDatapoints": [
            {"timestamp": f"1970-01-01T00:0{number}:00.000+0000", "sampleCount": 1, "value": value}
            for number, value in ((2, 2.5), (1, 0.0), (0, 3.0))
        ],
    }  # fmt: skip
    verdict = evaluate(alarm(), found, NOW)
    assert verdict is not None
    assert verdict.reason.endswith(
        "1 out of the last 3 datapoints [0.0 (01/01/70 00:01:00)] was not greater than or equal to the threshold (1.0) "
        "(minimum 1 datapoint for ALARM -> OK transition)."
    )
    for treat, words in (("breaching", "Breaching"), ("notBreaching", "NonBreaching")):
        verdict = evaluate(alarm(TreatMissingData=treat), [], NOW)
        assert verdict is not None
        assert verdict.reason == (
            "Threshold Crossed: no datapoints were received for 3 periods and 3 missing datapoints were treated as "
            f"[{words}]."
        )


def test_short_periods_end_at_their_own_ends() -> None:
    assert window(alarm(Period=10, EvaluationPeriods=1), 119.0) == (80, 110)
    assert window(alarm(Period=300, EvaluationPeriods=1), 1019.0) == (60, 960)
