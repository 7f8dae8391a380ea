"""Checks a parsed request against the constraints of the model, in the words of EMR's front end."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

from localemr.api.model import Shape
from localemr.domain.errors import ValidationException

_ASTRAL = re.compile(r"\\uD800\\u(?:DC00-\\uDBFF|DBFF-\\uDC00)\\uDFFF")
"""How the model, which has UTF-16 in mind, writes all characters above U+FFFF (once with two halves exchanged)."""


def check(shape: Shape, request: dict[str, Any]) -> None:
    """Raise ValidationException if the request, parsed along `shape`, breaks constraints; it names all of them."""
    found = list(_violations(shape, request, ""))
    if found:
        errors = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise ValidationException(f"{errors} detected: {'; '.join(found)}")


def _violations(shape: Shape, value: Any, path: str) -> Iterator[str]:
    if value is None:
        yield _sentence(None, path, "Member must not be null")
    else:
        yield from _CHECKS.get(shape.type_name, _range)(shape, value, path)


def _structure(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    for name in shape.required_members:
        if name not in value:
            yield _sentence(None, _join(path, name), "Member must not be null")
    for name, each in value.items():
        yield from _violations(shape.members[name], each, _join(path, name))


def _list(shape: Shape, value: list[Any], path: str) -> Iterator[str]:
    yield from _length(shape, value, path)
    for number, each in enumerate(value, 1):
        yield from _violations(shape.member, each, f"{path}.{number}.member")


def _map(shape: Shape, value: dict[str, Any], path: str) -> Iterator[str]:
    yield from _length(shape, value, path)
    for key, each in value.items():
        yield from _violations(shape.key, key, f"{path}.{key}.key")
        yield from _violations(shape.value, each, f"{path}.{key}.value")


def _text(shape: Shape, value: str, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield _sentence(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]")
        return
    yield from _length(shape, value, path)
    pattern = shape.metadata.get("pattern")
    if pattern and (compiled := _compile(pattern)) and not compiled.fullmatch(value):
        yield _sentence(value, path, f"Member must satisfy regular expression pattern: {pattern}")


def _length(shape: Shape, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and len(value) < least:
        yield _sentence(value, path, f"Member must have length greater than or equal to {least}")
    if most is not None and len(value) > most:
        yield _sentence(value, path, f"Member must have length less than or equal to {most}")


def _range(shape: Shape, value: Any, path: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is not None and value < least:
        yield _sentence(value, path, f"Member must have value greater than or equal to {least}")
    if most is not None and value > most:
        yield _sentence(value, path, f"Member must have value less than or equal to {most}")


_CHECKS: dict[str, Callable[[Shape, Any, str], Iterator[str]]] = {
    "structure": _structure,
    "list": _list,
    "map": _map,
    "string": _text,
}


def _sentence(value: Any, path: str, constraint: str) -> str:
    shown = "null" if value is None else f"'{value}'"
    return f"Value {shown} at '{path}' failed to satisfy constraint: {constraint}"


def _join(path: str, member: str) -> str:
    name = member[:1].lower() + member[1:]
    return f"{path}.{name}" if path else name


@cache
def _compile(pattern: str) -> re.Pattern[str] | None:
    """The model's pattern for Python; None for one that Python cannot read, which is then not enforced."""
    try:
        return re.compile(_ASTRAL.sub(lambda _: "\U00010000-\U0010ffff", pattern))
    except re.error:
        return None
