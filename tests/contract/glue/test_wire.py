"""Glue on the wire: whatever is sent is answered; what is refused changes nothing; signatures are checked."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given

from localemr.api.access import Access
from localemr.api.model import service
from localemr.glue import OPERATIONS
from tests.contract.endpoint import Endpoint
from tests.contract.glue.tables import partition, table
from tests.contract.shapes import faults
from tests.contract.test_fuzz import SAME_EVERY_TIME, _right

MODEL = service("glue")
NAMES = {"DatabaseName": "d", "TableName": "t", "Name": "t", "FunctionName": "f"}


@pytest.fixture
def filled(endpoint: Endpoint) -> Endpoint:
    """A catalog with one of everything."""
    glue = endpoint.client(service="glue")
    for name in ("d", "t"):
        glue.create_database(DatabaseInput={"Name": name})
    glue.create_table(DatabaseName="d", TableInput=table("t", {"k": "int"}))
    glue.update_table(DatabaseName="d", TableInput=table("t", {"k": "int"}))
    glue.create_partition(DatabaseName="d", TableName="t", PartitionInput=partition("1"))
    glue.create_user_defined_function(DatabaseName="d", FunctionInput={"FunctionName": "f", "ClassName": "C"})
    return endpoint


@pytest.mark.parametrize("operation", sorted(OPERATIONS))
def test_any_request_gets_an_answer(filled: Endpoint, operation: str) -> None:
    model = MODEL.operation_model(operation)

    @SAME_EVERY_TIME
    @given(request=_right(model.input_shape, 0), known=...)
    def ask(request: dict[str, Any], known: bool) -> None:
        if known:
            request |= {name: value for name, value in NAMES.items() if name in model.input_shape.members}
            request.pop("CatalogId", None)
        status, headers, answer = filled.post(f"AWSGlue.{operation}", json.dumps(request).encode())
        if status == 200:
            assert list(faults(model.output_shape, answer)) == []
            return
        assert 400 <= status < 500, (request, answer)
        assert answer["__type"] == headers["x-amzn-errortype"]

    ask()


@pytest.mark.parametrize("operation", sorted(set(MODEL.operation_names) - set(OPERATIONS)))
def test_other_operations_of_glue_are_not_offered(endpoint: Endpoint, operation: str) -> None:
    required = MODEL.operation_model(operation).input_shape.required_members
    status, _, answer = endpoint.post(f"AWSGlue.{operation}", b"{}")
    assert status == 400
    assert answer["__type"] == ("ValidationException" if required else "OperationNotOfferedException")


def test_what_is_no_operation(endpoint: Endpoint) -> None:
    assert endpoint.post("AWSGlue.GetDatabasez", b"{}")[0] == 404
    assert endpoint.post("AWSGlue.GetDatabases", b"{]")[2]["__type"] == "SerializationException"


def test_constraints_of_the_model(endpoint: Endpoint) -> None:
    glue = endpoint.client(service="glue", validate=False)
    with pytest.raises(ClientError, match="1 validation error detected: Value null at 'name' failed"):
        glue.get_database()


def test_signatures_are_checked(make_endpoint: Any) -> None:
    endpoint = make_endpoint(access=Access({"key": "secret"}))
    good = endpoint.client(service="glue", aws_access_key_id="key", aws_secret_access_key="secret")
    assert good.get_databases()["DatabaseList"]
    with pytest.raises(ClientError, match="InvalidSignature"):
        endpoint.client(service="glue", aws_access_key_id="key", aws_secret_access_key="wrong").get_databases()
