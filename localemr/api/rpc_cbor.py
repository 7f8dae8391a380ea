"""Smithy's RPC v2 with CBOR, along the shapes of botocore's model: new versions of aws-sdk-go-v2 call CloudWatch so.
The path names service and operation. Source: "Smithy RPC v2 CBOR protocol".

The module is independent of the operations. `protocols.py` documents its functions.
"""

from __future__ import annotations

import re
from typing import Any

from localemr.api import cbor
from localemr.api.calls import Call, Reply
from localemr.api.compatible import query_error
from localemr.api.model import declared_errors, operation_model, operations
from localemr.api.requests import read_request
from localemr.api.shapes import writer
from localemr.aws.errors import AwsError, SerializationException, UnknownOperationException

PATH = "/service/{service}/operation/{operation}"
CONTENT_TYPE = "application/cbor"
PROTOCOL = "rpc-v2-cbor"
HEADER = {"smithy-protocol": PROTOCOL}
_PATH = re.compile(r"/service/([^/]+)/operation/([^/]+)")


def named(call: Call) -> str | None:
    """The service's shape in the path: `GraniteServiceVersion20100801`; None without the protocol's header."""
    if call.headers.get("smithy-protocol") != PROTOCOL:
        return None
    return _parts(call)[0]


def missing(call: Call) -> AwsError:
    """The error for a path that names no known service."""
    return UnknownOperationException(f"Could not find operation {_parts(call)[1] or 'null'}")


def operation(service: str, call: Call) -> str:
    """The operation in the path."""
    name = _parts(call)[1]
    if name not in operations(service):
        raise UnknownOperationException(f"Could not find operation {name or 'null'}")
    return name


def _parts(call: Call) -> tuple[str, str]:
    found = _PATH.fullmatch(call.path)
    return (found[1], found[2]) if found else ("", "")


def parse(service: str, operation: str, call: Call) -> dict[str, Any]:
    """The body. Raises SerializationException for no CBOR or values of a wrong type, and ValidationException for
    violated constraints of the model."""
    try:
        document = cbor.decode(call.body) if call.body else {}
    except ValueError as error:
        raise SerializationException(f"The request body is not valid CBOR: {error}.") from None
    return read_request(service, operation, document)


def render(service: str, operation: str, response: Any) -> Reply:
    """The body; empty for operations without output."""
    shape = operation_model(service, operation).output_shape
    body = b"" if shape is None else cbor.encode(writer(shape, cbor.Moment)(response or {}))
    return Reply(200, body, CONTENT_TYPE, more=HEADER)


def render_error(error: AwsError, service: str, operation: str | None) -> Reply:
    """`__type` and the message."""
    name = error.name(declared_errors(service, operation))
    body = cbor.encode({"__type": name, "message": error.message})
    return Reply(error.status, body, CONTENT_TYPE, name, more={**HEADER, **query_error(error, service, operation)})
