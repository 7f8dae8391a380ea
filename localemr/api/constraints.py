"""Checks a parsed request against the constraints of the model, in the words of EMR's front end.

One function a shape, made when it is first needed; it adds what it finds, at the path of the value, to a list.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import cache
from typing import Any

from localemr.api.model import Shape
from localemr.domain.model.errors import ValidationException

Check = Callable[[Any, str, list[str]], None]

_ASTRAL = re.compile(r"\\uD800\\u(?:DC00-\\uDBFF|DBFF-\\uDC00)\\uDFFF")
"""How the model, which has UTF-16 in mind, writes all characters above U+FFFF (once with two halves exchanged)."""


def check(shape: Shape, request: dict[str, Any]) -> None:
    """Raise ValidationException if the request, parsed along `shape`, breaks constraints; it names all of them."""
    found: list[str] = []
    _check_of(shape)(request, "", found)
    if found:
        errors = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise ValidationException(f"{errors} detected: {'; '.join(found)}")


@cache
def _check_of(shape: Shape) -> Check:
    return {"structure": _structure, "list": _list, "map": _map, "string": _text}.get(shape.type_name, _range)(shape)


def _structure(shape: Shape) -> Check:
    members, required = shape.members, [(name, _wire_name(name)) for name in shape.required_members]
    checks: dict[str, tuple[str, Check]] = {}

    def check(value: Any, path: str, found: list[str]) -> None:
        start = f"{path}." if path else ""
        for name, shown in required:
            if name not in value:
                found.append(_null(start + shown))
        for name, each in value.items():
            if name not in checks:
                checks[name] = (_wire_name(name), _check_of(members[name]))
            shown, check_member = checks[name]
            check_member(each, start + shown, found)

    return check


def _list(shape: Shape) -> Check:
    check_length = _length(shape)

    def check(value: Any, path: str, found: list[str]) -> None:
        check_length(value, path, found)
        check_one = _check_of(shape.member)
        for number, each in enumerate(value, 1):
            if each is None:
                found.append(_null(f"{path}.{number}.member"))
            else:
                check_one(each, f"{path}.{number}.member", found)

    return check


def _map(shape: Shape) -> Check:
    check_length = _length(shape)

    def check(value: Any, path: str, found: list[str]) -> None:
        check_length(value, path, found)
        check_key, check_value = _check_of(shape.key), _check_of(shape.value)
        for key, each in value.items():
            check_key(key, f"{path}.{key}.key", found)
            if each is None:
                found.append(_null(f"{path}.{key}.value"))
            else:
                check_value(each, f"{path}.{key}.value", found)

    return check


def _text(shape: Shape) -> Check:
    check_length, enum, pattern = _length(shape), frozenset(shape.enum), shape.metadata.get("pattern")
    compiled = pattern and _compile(pattern)

    def check(value: Any, path: str, found: list[str]) -> None:
        if enum and value not in enum:
            found.append(_sentence(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"))
            return
        check_length(value, path, found)
        if compiled and not compiled.fullmatch(value):
            found.append(_sentence(value, path, f"Member must satisfy regular expression pattern: {pattern}"))

    return check


def _length(shape: Shape) -> Check:
    return _between(shape, len, "length")


def _range(shape: Shape) -> Check:
    return _between(shape, lambda value: value, "value")


def _between(shape: Shape, measure: Callable[[Any], Any], what: str) -> Check:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is None and most is None:
        return lambda value, path, found: None

    def check(value: Any, path: str, found: list[str]) -> None:
        size = measure(value)
        if least is not None and size < least:
            found.append(_sentence(value, path, f"Member must have {what} greater than or equal to {least}"))
        if most is not None and size > most:
            found.append(_sentence(value, path, f"Member must have {what} less than or equal to {most}"))

    return check


def _null(path: str) -> str:
    return f"Value null at '{path}' failed to satisfy constraint: Member must not be null"


def _sentence(value: Any, path: str, constraint: str) -> str:
    return f"Value '{value}' at '{path}' failed to satisfy constraint: {constraint}"


def _wire_name(member: str) -> str:
    return member[:1].lower() + member[1:]


@cache
def _compile(pattern: str) -> re.Pattern[str] | None:
    """The model's pattern for Python; None for one that Python cannot read, which is then not enforced."""
    try:
        return re.compile(_ASTRAL.sub(lambda _: "\U00010000-\U0010ffff", pattern))
    except re.error:
        return None
