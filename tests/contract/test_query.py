"""AWS's query protocol against botocore's own: what botocore writes we read, what we write botocore reads."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from localemr.api import query
from localemr.api.calls import Call
from localemr.api.model import operation_model, service
from localemr.aws.errors import AwsError, SerializationException, UnknownOperationException, ValidationException
from localemr.domain.model.errors import InternalServerException
from tests.contract.samples import sample

HEADERS = {"content-type": "application/x-www-form-urlencoded; charset=utf-8"}
SERVICES = ("sts", "sns", "cloudwatch", "iam", "elbv2", "elasticbeanstalk")
"""Between them they have all of the protocol: maps and lists, flattened ones, names of their own, numbers, times."""
OPERATIONS = [(name, operation) for name in SERVICES for operation in sorted(service(name).operation_names)]


def holds(shape: Any, kind: str, seen: frozenset[str] = frozenset()) -> bool:
    """Whether there is a value of this kind anywhere in the shape."""
    if shape is None or shape.name in seen:
        return False
    below = [
        *getattr(shape, "members", {}).values(),
        *(getattr(shape, each, None) for each in ("member", "key", "value")),
    ]
    return shape.type_name == kind or any(holds(each, kind, seen | {shape.name}) for each in below)


def plain(value: Any) -> Any:
    """botocore's datetimes as epoch seconds."""
    if isinstance(value, dict):
        return {key: plain(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain(each) for each in value]
    return value.timestamp() if isinstance(value, datetime) else value


@pytest.mark.parametrize(
    ("name", "operation"), [each for each in OPERATIONS if not holds(operation_model(*each).input_shape, "blob")]
)
def test_what_botocore_sends_is_understood(name: str, operation: str) -> None:
    model = operation_model(name, operation)
    request = sample(model.input_shape) if model.input_shape else {}
    sent = create_serializer("query").serialize_to_request(request, model)
    headers = {key.lower(): value for key, value in sent["headers"].items()}
    call = Call(headers, urlencode(sent["body"]).encode())
    assert query.named(call) == service(name).api_version
    assert query.operation(name, call) == operation
    assert not model.input_shape or query.read(model.input_shape, call) == request


@pytest.mark.parametrize(
    ("name", "operation"), [each for each in OPERATIONS if not holds(operation_model(*each).output_shape, "blob")]
)
def test_what_we_answer_is_understood_by_botocore(name: str, operation: str) -> None:
    shape = operation_model(name, operation).output_shape
    response = sample(shape) if shape else None
    reply = query.render(name, operation, response)
    parsed = plain(create_parser("query").parse({"status_code": 200, "headers": {}, "body": reply.body}, shape))
    metadata = parsed.pop("ResponseMetadata")
    assert metadata["RequestId"] == reply.request_id
    assert parsed == (response or {})


def form(**members: str) -> Call:
    return Call(HEADERS, urlencode(members).encode())


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("GetMetricStatistics", {"Period": "soon"}),
        ("GetMetricStatistics", {"StartTime": "yesterday"}),
        ("PutMetricAlarm", {"ActionsEnabled": "perhaps"}),
        ("PutMetricAlarm", {"Threshold": "1,5"}),
        ("ListMetrics", {"a." * 101: "x"}),
    ],
)
def test_wrong_types_are_refused(operation: str, members: dict[str, str]) -> None:
    with pytest.raises(SerializationException):
        query.parse("cloudwatch", operation, form(**members))


def test_constraints_are_checked_and_unknown_members_ignored() -> None:
    assert query.parse("cloudwatch", "ListMetrics", form(Nothing="x", Namespace="n")) == {"Namespace": "n"}
    with pytest.raises(ValidationException, match="Value null at 'namespace' failed"):
        query.parse("cloudwatch", "PutMetricData", form())


def test_elements_are_in_the_order_of_their_numbers() -> None:
    numbers = {"10": "c", "2": "b", "1": "a", "x": "z", "99999999999": "z"}
    members = {f"AlarmNames.member.{number}": value for number, value in numbers.items()}
    assert query.parse("cloudwatch", "DeleteAlarms", form(**members)) == {"AlarmNames": ["a", "b", "c"]}


@pytest.mark.parametrize(
    ("error", "status", "code"),
    [
        (UnknownOperationException("x"), 400, "InvalidAction"),
        (ValidationException("x"), 400, "ValidationError"),
        (InternalServerException("x < \x01"), 500, "InternalServerException"),
    ],
)
def test_errors_as_botocore_reads_them(error: AwsError, status: int, code: str) -> None:
    reply = query.render_error(error, "sts", "GetCallerIdentity")
    parsed = create_parser("query").parse({"status_code": status, "headers": {}, "body": reply.body}, None)
    assert (reply.status, reply.error) == (status, code)
    assert parsed["Error"]["Code"] == code
    assert parsed["Error"]["Message"] == error.message.replace("\x01", "\ufffd")
    assert parsed["Error"]["Type"] == ("Sender" if status < 500 else "Receiver")
