"""The wire code against botocore's own: what botocore writes we read, what we write botocore reads. Every operation."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from localemr.api import json11
from localemr.api.calls import Call
from localemr.api.model import declared_errors, service
from localemr.aws.errors import SerializationException, UnknownOperationException, ValidationException
from localemr.domain.model.errors import InternalServerException, InvalidRequestException
from tests.contract.samples import sample

OPERATIONS = sorted(service("emr").operation_names)
MINIMAL = {"Name": "n", "Instances": {"InstanceCount": 1}}


def parse(operation: str, body: bytes) -> dict[str, Any]:
    return json11.parse("emr", operation, Call({}, body))


def render(operation: str, response: Any) -> bytes:
    return json11.render("emr", operation, response).body


def operation_of(target: str | None) -> str:
    return json11.operation("emr", Call({} if target is None else {"x-amz-target": target}, b""))


def as_floats(value: Any) -> Any:
    """botocore's datetimes as epoch seconds."""
    if isinstance(value, dict):
        return {key: as_floats(each) for key, each in value.items()}
    if isinstance(value, list):
        return [as_floats(each) for each in value]
    return value.timestamp() if isinstance(value, datetime) else value


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_botocore_sends_is_understood(operation: str) -> None:
    model = service("emr").operation_model(operation)
    request = sample(model.input_shape) if model.input_shape else {}
    sent = create_serializer("json").serialize_to_request(request, model)
    assert operation_of(sent["headers"]["X-Amz-Target"]) == operation
    body = sent["body"] if isinstance(sent["body"], bytes) else sent["body"].encode()
    assert parse(operation, body) == request


@pytest.mark.parametrize("operation", OPERATIONS)
def test_what_we_answer_is_understood_by_botocore(operation: str) -> None:
    model = service("emr").operation_model(operation)
    if model.output_shape is None:
        assert render(operation, None) == b""
        return
    response = sample(model.output_shape)
    reply = {"status_code": 200, "headers": {}, "body": render(operation, response)}
    parsed = as_floats(create_parser("json").parse(reply, model.output_shape))
    parsed.pop("ResponseMetadata")
    assert parsed == response


def test_timestamps_come_in_all_forms_of_number() -> None:
    for text in ("1469034209", "1469034209.0", "1.469034209E9"):
        assert parse("ListClusters", f'{{"CreatedAfter":{text}}}'.encode()) == {"CreatedAfter": 1469034209.0}
    exact = datetime(2016, 7, 20, 17, 3, 29, 143000, tzinfo=UTC).timestamp()
    assert parse("ListClusters", b'{"CreatedAfter":1469034209.143}') == {"CreatedAfter": exact}


def test_timestamps_go_out_as_numbers_with_milliseconds_and_none_is_left_out() -> None:
    timeline = {"CreationDateTime": 1469034209.1434567, "StartDateTime": None}
    body = render("DescribeStep", {"Step": {"Id": "s-1", "Status": {"Timeline": timeline}, "Config": {"Args": []}}})
    assert json.loads(body) == {
        "Step": {"Id": "s-1", "Status": {"Timeline": {"CreationDateTime": 1469034209.143}}, "Config": {"Args": []}}
    }
    assert b"1469034209.143}" in body


@pytest.mark.parametrize("members", [b'"Name":"n"', b'"Name":"' + b"[" * 200 + b'","LogUri":"\\"{"'])
def test_configurations_may_be_as_deep_as_the_limit(members: bytes) -> None:
    nested = b'"Configurations":[{' * 49 + b"}]" * 49
    document = b'{"Instances":{},"AdditionalInfo":"' + b"{" * 300 + b'",' + members + b"," + nested + b"}"
    inner = parse("RunJobFlow", document)
    for _ in range(49):
        inner = inner["Configurations"][0]
    assert inner == {}


def test_nulls_and_unknown_members_are_ignored() -> None:
    assert parse("ListClusters", b'{"Marker":null,"NewThing":{"a":[1]},"ClusterStates":[]}') == {"ClusterStates": []}
    assert parse("ListClusters", b"") == {}


@pytest.mark.parametrize(
    ("operation", "body", "message"),
    [
        ("ListClusters", b"{", "not valid JSON"),
        ("ListClusters", b"\xff\xfe\xfd", "not valid JSON"),
        ("ListClusters", b"[]", "Start of list found where not expected."),
        ("ListClusters", b"3", "NUMBER_VALUE found where start of structure or map was expected."),
        ("ListClusters", b'{"CreatedAfter":NaN}', "not valid JSON"),
        ("ListClusters", b'{"CreatedAfter":1e999}', "NUMBER_VALUE can not be converted to a Date"),
        ("ListClusters", b'{"CreatedAfter":"2020-01-01"}', "STRING_VALUE can not be converted to a Date"),
        ("ListClusters", b'{"CreatedAfter":true}', "TRUE_VALUE can not be converted to a Date"),
        ("ListClusters", b'{"ClusterStates":"RUNNING"}', "STRING_VALUE found where start of list was expected."),
        ("DescribeCluster", b'{"ClusterId":{}}', "Start of structure or map found where not expected."),
        ("DescribeCluster", b'{"ClusterId":["j-1"]}', "Start of list found where not expected."),
        ("DescribeCluster", b'{"ClusterId":1}', "NUMBER_VALUE can not be converted to a String"),
        ("DescribeCluster", b'{"ClusterId":"\\ud800"}', "A string contains an unpaired surrogate."),
        ("RunJobFlow", b'{"StepConcurrencyLevel":1.5}', "NUMBER_VALUE can not be converted to an Integer"),
        ("RunJobFlow", b'{"StepConcurrencyLevel":2147483648}', "NUMBER_VALUE can not be converted to an Integer"),
        ("RunJobFlow", b'{"StepConcurrencyLevel":1e999}', "NUMBER_VALUE can not be converted to an Integer"),
        ("RunJobFlow", b'{"StepConcurrencyLevel":"2"}', "STRING_VALUE can not be converted to an Integer"),
        ("RunJobFlow", b'{"VisibleToAllUsers":1}', "NUMBER_VALUE can not be converted to a Boolean"),
        ("RunJobFlow", b'{"Configurations":[{"Properties":{"a":1}}]}', "NUMBER_VALUE can not be converted to a String"),
        ("RunJobFlow", b'{"Configurations":' * 100000, "nested too deeply"),
        ("RunJobFlow", b'{"Configurations":[' * 51 + b"]}" * 51, "nested too deeply"),
    ],
)
def test_wrong_types_are_refused(operation: str, body: bytes, message: str) -> None:
    with pytest.raises(SerializationException) as caught:
        parse(operation, body)
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("operation", "request_", "message"),
    [
        (
            "RunJobFlow",
            {"Name": "n"},
            "1 validation error detected: Value null at 'instances' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "RunJobFlow",
            {
                "Name": "n",
                "Instances": {"InstanceGroups": [{"InstanceRole": "X", "InstanceType": "t", "InstanceCount": 1}]},
            },
            "1 validation error detected: Value 'X' at 'instances.instanceGroups.1.member.instanceRole' failed to "
            "satisfy constraint: Member must satisfy enum value set: [MASTER, CORE, TASK]",
        ),
        (
            "RunJobFlow",
            {"Name": "n" * 257, "Instances": {}, "StepExecutionRoleArn": "short"},
            f"2 validation errors detected: Value '{'n' * 257}' at 'name' failed to satisfy constraint: Member must "
            "have length less than or equal to 256; Value 'short' at 'stepExecutionRoleArn' failed to satisfy "
            "constraint: Member must have length greater than or equal to 20",
        ),
        (
            "ListClusters",
            {"ClusterStates": ["RUNNING", None]},
            "1 validation error detected: Value null at 'clusterStates.2.member' failed to satisfy constraint: "
            "Member must not be null",
        ),
        (
            "RunJobFlow",
            {**MINIMAL, "Configurations": [{"Classification": "c", "Properties": {"k": None}}]},
            "1 validation error detected: Value null at 'configurations.1.member.properties.k.value' failed to satisfy "
            "constraint: Member must not be null",
        ),
        (
            "ListReleaseLabels",
            {"MaxResults": 101},
            "1 validation error detected: Value '101' at 'maxResults' failed to satisfy constraint: Member must have "
            "value less than or equal to 100",
        ),
    ],
)
def test_constraints_of_the_model(operation: str, request_: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationException) as caught:
        parse(operation, json.dumps(request_).encode())
    assert caught.value.message == message


def test_patterns_of_the_model() -> None:
    assert parse("RunJobFlow", json.dumps({**MINIMAL, "Name": "a\t😀"}).encode())["Name"] == "a\t😀"
    with pytest.raises(ValidationException) as caught:
        parse("RunJobFlow", json.dumps({**MINIMAL, "Name": "a\x07"}).encode())
    assert "at 'name' failed to satisfy constraint: Member must satisfy regular expression pattern:" in str(
        caught.value
    )


@pytest.mark.parametrize("target", [None, "", "ElasticMapReduce.", "ElasticMapReduce.Nope", "EMR.__class__"])
def test_unknown_target(target: str | None) -> None:
    with pytest.raises(UnknownOperationException):
        operation_of(target)


def test_errors_as_botocore_reads_them() -> None:
    model = service("emr").operation_model("DescribeCluster")
    error = InvalidRequestException("no such cluster", "NoSuchCluster")
    body = json11.render_error(error, "emr", "DescribeCluster").body
    reply = {"status_code": 400, "headers": {}, "body": body}
    parsed = create_parser("json").parse(reply, model.output_shape)
    assert parsed["Error"] == {"Code": "InvalidRequestException", "Message": "no such cluster"}
    assert json.loads(body) == {
        "__type": "InvalidRequestException",
        "message": "no such cluster",
        "Message": "no such cluster",
        "ErrorCode": "NoSuchCluster",
    }


def test_a_failure_has_the_name_that_the_operation_declares() -> None:
    failure = InternalServerException("disk full")
    named = {name: failure.name(declared_errors("emr", name)) for name in ("RunJobFlow", "DescribeCluster")}
    assert named == {"RunJobFlow": "InternalServerError", "DescribeCluster": "InternalServerException"}
    assert failure.name() == "InternalServerException"
    assert ValidationException("no").name(declared_errors("emr", "RunJobFlow")) == "ValidationException"
