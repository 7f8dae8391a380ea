"""AWS JSON 1.1 along the shapes of botocore's model: bytes → request, response → bytes, error → bytes.

Nothing here knows what an operation means, nor how many there are. A request becomes a dict of plain values in which
timestamps are epoch seconds, and members that are null or that the model does not know are absent; a response goes the
other way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from itertools import accumulate
from typing import Any, NoReturn

import orjson

from localemr.api.constraints import check
from localemr.api.model import EMR, declared_errors, operation_model
from localemr.api.shapes import SerializationException, misplaced, reader, writer
from localemr.domain.model.errors import EmrError, InternalServerException

CONTENT_TYPE = "application/x-amz-json-1.1"
DEEPEST = 100
"""Levels of lists and objects in a request; a configuration in a configuration takes two."""
_STRINGS = re.compile(rb'"(?:[^"\\]|\\.)*+\\?(?:"|\Z)', re.DOTALL)
"""JSON's strings. One that is not closed ends with the body, so that each byte is matched once."""
_NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))
_STEPS = {ord("["): 1, ord("{"): 1, ord("]"): -1, ord("}"): -1}


class InternalFailure(EmrError):
    """Something broke that nobody foresaw; the log has it."""

    status = 500


class InternalServerError(EmrError):
    """InternalServerException under the name that the old operations declare."""

    status = 500


# ---- requests


def parse(operation: str, body: bytes, service: str = EMR) -> dict[str, Any]:
    """The request in the body of a call to `operation` of a service.

    Raises SerializationException for a body that is no JSON or has values of the wrong type, ValidationException for
    one that breaks a constraint of the model (EMR's text).
    """
    shape = operation_model(operation, service).input_shape
    document = _document(body)
    if not isinstance(document, dict):
        raise SerializationException(misplaced(document, "structure or map"))
    if shape is None:
        return {}
    request: dict[str, Any] = reader(shape)(document)
    check(shape, request)
    return request


def _refuse_depth(body: bytes) -> None:
    """Raise SerializationException for UTF-8 that is nested deeper than DEEPEST, in time linear in its length.

    It comes before anything recurses: at the end of the stack even the collector's finalizers fail.
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
    """As Python reads JSON: it says what is wrong by type, and takes what orjson does not: nothing at all, other
    encodings than UTF-8, halves of characters."""
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


def render(operation: str, response: Mapping[str, Any] | None, service: str = EMR) -> bytes:
    """The body that answers `operation` of a service; empty for operations that answer nothing.

    Members that are None are left out, and so are those that the model does not know.
    """
    shape = operation_model(operation, service).output_shape
    if shape is None:
        return b""
    return _dump(writer(shape)(response or {}))


def render_error(error: EmrError) -> bytes:
    """The body of an error; `message` and `Message` both, as AWS's services and clients differ in its spelling."""
    body = {"__type": type(error).__name__, "message": error.message, "Message": error.message}
    if error.code:
        body["ErrorCode"] = error.code
    return _dump(body)


def as_declared(operation: str | None, error: EmrError) -> EmrError:
    """The error under the name that the operation declares: old operations call it InternalServerError."""
    old = operation is not None and "InternalServerError" in declared_errors(operation)
    if isinstance(error, InternalServerException) and old:
        return InternalServerError(error.message)
    return error


def _dump(body: Any) -> bytes:
    return orjson.dumps(body)
