"""AWS JSON 1.1 and 1.0 along the shapes of botocore's model. The header X-Amz-Target names service and operation. The
two versions differ in their content type; the model has the service's.

The module is independent of the operations. `protocols.py` documents its functions.
"""

from __future__ import annotations

import json
import re
from itertools import accumulate
from typing import Any, NoReturn

import orjson

from localemr.api.calls import Call, Reply
from localemr.api.compatible import query_error
from localemr.api.model import declared_errors, operation_model, operations
from localemr.api.model import service as model_of
from localemr.api.requests import read_request
from localemr.api.shapes import writer
from localemr.aws.errors import AwsError, SerializationException, UnknownOperationException

PATH = "/"
CONTENT_TYPE = "application/x-amz-json-"
"""The version follows."""
DEEPEST = 100
"""Levels of lists and objects in a request; a configuration in a configuration takes two."""
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)', re.DOTALL)
"""JSON's strings. An unclosed string ends with the body, so that every byte is matched once."""
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


def named(call: Call) -> str | None:
    """The prefix in X-Amz-Target: `ElasticMapReduce` in `ElasticMapReduce.ListClusters`."""
    return call.headers.get("x-amz-target", "").partition(".")[0]


def missing(call: Call) -> AwsError:
    """The error for a target that is absent or has no known prefix."""
    return UnknownOperationException(f"Could not find operation {call.headers.get('x-amz-target') or 'null'}")


def operation(service: str, call: Call) -> str:
    """The part after the prefix."""
    name = call.headers.get("x-amz-target", "").partition(".")[2]
    if name not in operations(service):
        raise UnknownOperationException(f"Could not find operation {name or 'null'}")
    return name


# ---- requests


def parse(service: str, operation: str, call: Call) -> dict[str, Any]:
    """The body. Raises SerializationException for invalid JSON or values of a wrong type, and
    ValidationException for violated constraints of the model (EMR's text)."""
    return read_request(service, operation, _document(call.body))


def _refuse_depth(body: bytes) -> None:
    """Raise SerializationException for UTF-8 that is nested deeper than DEEPEST, in time linear in its length.

    Call it before any recursion: at the end of the stack even the collector's finalizers fail.
    """
    if body.count(b"{") + body.count(b"[") <= DEEPEST:
        return
    brackets = _STRINGS.sub(b"", body).translate(None, _NO_BRACKETS)
    if any(map(DEEPEST.__lt__, accumulate(map(_STEPS.__getitem__, brackets)))):
        raise SerializationException("The request is nested too deeply.")


def _document(body: bytes) -> Any:
    _refuse_depth(body)
    try:
        return orjson.loads(body)
    except ValueError:
        return _lenient_document(body)


def _lenient_document(body: bytes) -> Any:
    """Python's parser, whose errors have types. It accepts what orjson does not: an empty body, other encodings than
    UTF-8, unpaired surrogates."""
    if not body.strip():
        return {}
    try:
        text = body.decode(json.detect_encoding(body), "surrogatepass")
        _refuse_depth(text.encode("utf-8", "surrogatepass"))
        return json.loads(text, parse_constant=_no_constant)
    except ValueError as error:
        raise SerializationException(f"The request body is not valid JSON: {type(error).__name__}.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


# ---- answers


def render(service: str, operation: str, response: Any) -> Reply:
    """The body; empty for operations without output."""
    shape = operation_model(service, operation).output_shape
    return Reply(200, b"" if shape is None else orjson.dumps(writer(shape)(response or {})), _content_type(service))


def render_error(error: AwsError, service: str, operation: str | None) -> Reply:
    """`message` and `Message` both, as AWS's services and clients differ in the spelling."""
    name = error.name(declared_errors(service, operation))
    body = {"__type": name, "message": error.message, "Message": error.message}
    if error.code:
        body["ErrorCode"] = error.code
    more = query_error(error, service, operation)
    return Reply(error.status, orjson.dumps(body), _content_type(service), name, more=more)


def _content_type(service: str) -> str:
    return CONTENT_TYPE + (model_of(service).metadata.get("jsonVersion", "1.1") if service else "1.1")
