"""AWS JSON 1.1 along the shapes of botocore's model: bytes → request, response → bytes, error → bytes.

Nothing here knows what an operation means, nor how many there are. A request becomes a dict of plain values in which
timestamps are epoch seconds, and members that are null or that the model does not know are absent; a response goes the
other way.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import Any, NoReturn

from localemr.api.constraints import check
from localemr.api.model import Shape, declared_errors, operation_model
from localemr.domain.errors import EmrError, InternalServerException

CONTENT_TYPE = "application/x-amz-json-1.1"
_INT_RANGES = {"integer": 2**31, "long": 2**63}
_WORDS = {"string": "a String", "integer": "an Integer", "long": "a Long", "float": "a Float", "double": "a Double",
          "boolean": "a Boolean", "timestamp": "a Date"}  # fmt: skip


class SerializationException(EmrError):
    """The body is not JSON, or a value has the wrong type."""


class InternalFailure(EmrError):
    """Something broke that nobody foresaw; the log has it."""

    status = 500


class InternalServerError(EmrError):
    """InternalServerException under the name that the old operations declare."""

    status = 500


# ---- requests


def parse(operation: str, body: bytes) -> dict[str, Any]:
    """The request in the body of a call to `operation`.

    Raises SerializationException for a body that is no JSON or has values of the wrong type, ValidationException for
    one that breaks a constraint of the model (EMR's text).
    """
    shape = operation_model(operation).input_shape
    try:
        document = _document(body)
        if not isinstance(document, dict):
            raise SerializationException(_misplaced(document, "structure or map"))
        if shape is None:
            return {}
        request: dict[str, Any] = _parse(shape, document)
        check(shape, request)
    except RecursionError:
        raise SerializationException("The request is nested too deeply.") from None
    return request


def _document(body: bytes) -> Any:
    if not body.strip():
        return {}
    try:
        return json.loads(body, parse_constant=_no_constant)
    except ValueError as error:
        raise SerializationException(f"The request body is not valid JSON: {type(error).__name__}.") from None


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)


def _parse(shape: Shape, value: Any) -> Any:
    """`value` along `shape`; null stays None in lists and maps, for `check` to complain of."""
    kind = shape.type_name
    if kind == "structure":
        if not isinstance(value, dict):
            raise SerializationException(_misplaced(value, "structure or map"))
        known = shape.members
        return {name: _parse(known[name], each) for name, each in value.items() if name in known and each is not None}
    if kind == "list":
        if not isinstance(value, list):
            raise SerializationException(_misplaced(value, "list"))
        return [None if each is None else _parse(shape.member, each) for each in value]
    if kind == "map":
        if not isinstance(value, dict):
            raise SerializationException(_misplaced(value, "structure or map"))
        return {_scalar("string", key): None if each is None else _parse(shape.value, each)
                for key, each in value.items()}  # fmt: skip
    return _scalar(kind, value)


def _scalar(kind: str, value: Any) -> Any:
    if isinstance(value, dict | list):
        raise SerializationException(_misplaced(value, ""))
    if kind == "string" and isinstance(value, str):
        _reject_surrogates(value)
        return value
    if kind == "boolean" and isinstance(value, bool):
        return value
    if isinstance(value, int | float) and not isinstance(value, bool):
        if kind in _INT_RANGES:
            return _whole(kind, value)
        if kind in ("float", "double", "timestamp"):
            return _finite(kind, value)
    raise SerializationException(f"{_token(value)} can not be converted to {_WORDS.get(kind, kind)}")


def _whole(kind: str, value: int | float) -> int:
    limit = _INT_RANGES[kind]
    if not -limit <= value < limit or value != int(value):
        raise SerializationException(f"NUMBER_VALUE can not be converted to {_WORDS[kind]}")
    return int(value)


def _finite(kind: str, value: int | float) -> float:
    try:
        number = float(value)
    except OverflowError:
        number = math.inf
    if not math.isfinite(number):
        raise SerializationException(f"NUMBER_VALUE can not be converted to {_WORDS[kind]}")
    return number


def _reject_surrogates(text: str) -> None:
    """Half a character (`"\\ud800"`) is valid JSON, but it cannot be stored nor sent back."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SerializationException("A string contains an unpaired surrogate.") from None


def _misplaced(value: Any, expected: str) -> str:
    if isinstance(value, dict):
        return "Start of structure or map found where not expected."
    if isinstance(value, list):
        return "Start of list found where not expected."
    return f"{_token(value)} found where start of {expected} was expected."


def _token(value: Any) -> str:
    if isinstance(value, bool):
        return f"{str(value).upper()}_VALUE"
    return "STRING_VALUE" if isinstance(value, str) else "NUMBER_VALUE"


# ---- answers


def render(operation: str, response: Mapping[str, Any] | None) -> bytes:
    """The body that answers `operation`; empty for operations that answer nothing.

    Members that are None are left out, and so are those that the model does not know.
    """
    shape = operation_model(operation).output_shape
    if shape is None:
        return b""
    return _dump(_render(shape, response or {}))


def _render(shape: Shape, value: Any) -> Any:
    kind = shape.type_name
    if kind == "structure":
        known = shape.members
        return {name: _render(known[name], each) for name, each in value.items() if name in known and each is not None}
    if kind == "list":
        return [_render(shape.member, each) for each in value]
    if kind == "map":
        return {key: _render(shape.value, each) for key, each in value.items()}
    return round(value, 3) if kind == "timestamp" else value


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
    return json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
