"""Conversion of values by shapes of the service model, for requests and responses: one function per shape, made on
first use.

Values of requests become plain: timestamps are epoch seconds, null members are absent. Members of responses that are
None or unknown to the model are left out.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Any

from localemr.api.model import Shape
from localemr.aws.errors import SerializationException

Convert = Callable[[Any], Any]

_INT_RANGES = {"integer": 2**31, "long": 2**63}
_WORDS = {"string": "a String", "integer": "an Integer", "long": "a Long", "float": "a Float", "double": "a Double",
          "boolean": "a Boolean", "timestamp": "a Date"}  # fmt: skip


class _Members(dict[str, Convert]):
    """The functions of the members, made on first use because shapes may be recursive."""

    def __init__(self, shape: Shape, make: Callable[[Shape], Convert]) -> None:
        super().__init__()
        self._shapes = shape.members
        self.known = frozenset(self._shapes)
        self._make = make

    def __missing__(self, name: str) -> Convert:
        made = self[name] = self._make(self._shapes[name])
        return made


# ---- requests


@cache
def reader(shape: Shape) -> Convert:
    """A function that reads a value of a request in the shape. Null in lists and maps stays None, which `check`
    reports.

    The function raises SerializationException for a value of the wrong type.
    """
    kind = shape.type_name
    if kind == "structure":
        return _structure_reader(shape)
    if kind == "list":
        return _list_reader(shape)
    if kind == "map":
        return _map_reader(shape)
    return _SCALARS.get(kind) or (lambda value: _scalar(kind, value))


def _structure_reader(shape: Shape) -> Convert:
    readers = _Members(shape, reader)
    known = readers.known

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise SerializationException(misplaced(value, "structure or map"))
        return {name: readers[name](each) for name, each in value.items() if each is not None and name in known}

    return read


def _list_reader(shape: Shape) -> Convert:
    def read(value: Any) -> Any:
        if not isinstance(value, list):
            raise SerializationException(misplaced(value, "list"))
        read_one = reader(shape.member)
        return [None if each is None else read_one(each) for each in value]

    return read


def _map_reader(shape: Shape) -> Convert:
    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise SerializationException(misplaced(value, "structure or map"))
        read_one = reader(shape.value)
        return {read_text(key): None if each is None else read_one(each) for key, each in value.items()}

    return read


def read_text(value: Any) -> Any:
    """A string."""
    if not isinstance(value, str):
        return _scalar("string", value)
    if not value.isascii():
        _reject_surrogates(value)
    return value


def _read_boolean(value: Any) -> Any:
    return value if value is True or value is False else _scalar("boolean", value)


def _read_integer(value: Any) -> Any:
    return value if type(value) is int and -(2**31) <= value < 2**31 else _scalar("integer", value)


_SCALARS = {"string": read_text, "boolean": _read_boolean, "integer": _read_integer}
"""The most frequent types."""


def _scalar(kind: str, value: Any) -> Any:
    if isinstance(value, dict | list):
        raise SerializationException(misplaced(value, ""))
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
    """An unpaired surrogate (`"\\ud800"`) is valid JSON, but it cannot be stored or returned."""
    try:
        text.encode()
    except UnicodeEncodeError:
        raise SerializationException("A string contains an unpaired surrogate.") from None


def misplaced(value: Any, expected: str) -> str:
    """EMR's error text for a value of the wrong kind."""
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


@cache
def writer(shape: Shape, moment: Convert = lambda value: round(value, 3)) -> Convert:
    """A function that converts a value of a response to JSON's types, by the shape; times become what `moment` makes of
    epoch seconds."""
    kind = shape.type_name
    if kind == "structure":
        writers = _Members(shape, lambda member: writer(member, moment))
        known = writers.known
        return lambda value: {
            name: writers[name](each) for name, each in value.items() if each is not None and name in known
        }
    if kind == "list":
        return lambda value: list(map(writer(shape.member, moment), value))
    if kind == "map":
        return lambda value: {key: writer(shape.value, moment)(each) for key, each in value.items()}
    return moment if kind == "timestamp" else _same


def _same(value: Any) -> Any:
    return value
