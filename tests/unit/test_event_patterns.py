"""Event patterns, as EventBridge's guide describes them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from localemr.events.errors import InvalidEventPatternException
from localemr.events.patterns import matches, read_pattern

EVENT: dict[str, Any] = {
    "source": "aws.emr", "detail-type": "EMR Step Status Change", "region": "us-east-1", "resources": ["a", "b"],
    "detail": {
        "state": "FAILED", "name": "Load data", "count": 5, "share": 0.5, "on": True, "nothing": None, "empty": [],
        "ip": "10.0.0.7", "text": "", "groups": [{"role": "CORE", "n": 1}, {"role": "TASK", "n": 2}],
    },
}  # fmt: skip


def found(pattern: dict[str, Any]) -> bool:
    return matches(read_pattern(json.dumps(pattern)), EVENT)


@pytest.mark.parametrize(
    ("detail", "expected"),
    [
        ({"state": ["FAILED"]}, True),
        ({"state": ["COMPLETED", "FAILED"]}, True),
        ({"state": ["failed"]}, False),
        ({"state": ["FAILED"], "count": [6]}, False),
        ({"count": [5]}, True),
        ({"count": ["5"]}, False),
        ({"count": [5.0]}, True),
        ({"on": [True]}, True),
        ({"on": [1]}, False),
        ({"nothing": [None]}, True),
        ({"absent": [None]}, False),
        ({"text": [""]}, True),
        ({"state": [{"prefix": "FAI"}]}, True),
        ({"state": [{"prefix": "fai"}]}, False),
        ({"state": [{"prefix": {"equals-ignore-case": "fai"}}]}, True),
        ({"state": [{"suffix": "LED"}]}, True),
        ({"state": [{"suffix": {"equals-ignore-case": "led"}}]}, True),
        ({"count": [{"prefix": "5"}]}, False),
        ({"state": [{"equals-ignore-case": "failed"}]}, True),
        ({"state": [{"anything-but": "FAILED"}]}, False),
        ({"state": [{"anything-but": ["PENDING", "RUNNING"]}]}, True),
        ({"count": [{"anything-but": [4, 5]}]}, False),
        ({"absent": [{"anything-but": "x"}]}, False),
        ({"state": [{"anything-but": {"prefix": "FA"}}]}, False),
        ({"state": [{"anything-but": {"suffix": ["X", "ED"]}}]}, False),
        ({"state": [{"anything-but": {"equals-ignore-case": ["failed"]}}]}, False),
        ({"state": [{"anything-but": {"wildcard": "*X*"}}]}, True),
        ({"count": [{"numeric": [">", 0, "<=", 5]}]}, True),
        ({"count": [{"numeric": ["<", 5]}]}, False),
        ({"share": [{"numeric": ["=", 0.5]}]}, True),
        ({"on": [{"numeric": ["=", 1]}]}, False),
        ({"state": [{"numeric": ["=", 1]}]}, False),
        ({"state": [{"exists": True}]}, True),
        ({"absent": [{"exists": True}]}, False),
        ({"absent": [{"exists": False}]}, True),
        ({"nothing": [{"exists": True}]}, True),
        ({"empty": [{"exists": False}]}, True),
        ({"absent": {"deeper": [{"exists": False}]}}, True),
        ({"name": [{"wildcard": "Load*"}]}, True),
        ({"name": [{"wildcard": "L*d*a"}]}, True),
        ({"name": [{"wildcard": "*data*data"}]}, False),
        ({"name": [{"wildcard": "Load\\* data"}]}, False),
        ({"ip": [{"cidr": "10.0.0.0/24"}]}, True),
        ({"ip": [{"cidr": "10.0.1.0/24"}]}, False),
        ({"state": [{"cidr": "10.0.0.0/24"}]}, False),
        ({"groups": {"role": ["CORE"], "n": [1]}}, True),
        ({"groups": {"role": ["CORE"], "n": [2]}}, False),
        ({"$or": [{"state": ["COMPLETED"]}, {"count": [{"numeric": [">", 4]}]}]}, True),
        ({"$or": [{"state": ["COMPLETED"]}, {"count": [4]}]}, False),
        ({"state": ["FAILED"], "$or": [{"count": [4]}, {"on": [False]}]}, False),
    ],
)
def test_details(detail: dict[str, Any], expected: bool) -> None:
    assert found({"detail": detail}) is expected


def test_fields_of_the_envelope() -> None:
    assert found({"source": ["aws.emr"], "detail-type": [{"prefix": "EMR Step"}]})
    assert found({"resources": ["b"]})
    assert not found({"resources": ["c"]})
    assert found({"$or": [{"source": ["x"]}, {"region": ["us-east-1"]}]})


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "it is no JSON"),
        ("[]", "Filter is not an object"),
        ("{}", "Empty objects are not allowed"),
        ('{"source": "aws.emr"}', '"source" must be an object or an array'),
        ('{"source": []}', "Empty arrays are not allowed"),
        ('{"source": [["a"]]}', "Match value must be String, number, true, false, or null"),
        ('{"source": [{"near": "a"}]}', "Unrecognized match type near"),
        ('{"source": [{"prefix": "a", "suffix": "b"}]}', "Only one key allowed in match expression"),
        ('{"source": [{"prefix": 1}]}', "prefix has a value"),
        ('{"source": [{"numeric": [">"]}]}', "numeric has a value"),
        ('{"source": [{"numeric": ["!", 1]}]}', "numeric has a value"),
        ('{"source": [{"exists": "yes"}]}', "exists has a value"),
        ('{"source": [{"cidr": "10.0.0.0/99"}]}', "cidr has a value"),
        ('{"source": [{"anything-but": []}]}', "anything-but has a value"),
        ('{"source": [{"anything-but": {"numeric": 1}}]}', "anything-but has a value"),
        ('{"source": [{"wildcard": "a**"}]}', "wildcard has a value"),
        ('{"$or": [{"source": "a"}, {"b": ["c"]}]}', '"source" must be an object or an array'),
    ],
)
def test_what_is_no_pattern(text: str, reason: str) -> None:
    with pytest.raises(InvalidEventPatternException) as refused:
        read_pattern(text)
    assert refused.value.message.startswith(f"Event pattern is not valid. Reason: {reason}")
