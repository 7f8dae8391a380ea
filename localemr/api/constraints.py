"""Checks a parsed request against the constraints of the model, with the error texts of EMR's front end.

There is one function per shape, made on first use, which appends errors to a list. The time is linear in the length of
the request: the path of a value is formatted only for errors, patterns are matched by RE2, and at most MOST errors are
reported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress
from functools import cache
from typing import Any

import re2

from localemr.api.model import Shape
from localemr.aws.errors import ValidationException

Path = tuple[Any, str] | None
"""The path of the containing value, and the value's own name; None for the request."""
Check = Callable[[Any, Path, list[str]], None]

MOST = 100
"""Maximum number of reported errors of one request."""


_ASTRAL = re.compile(r"\\uD800\\u(?:DC00-\\uDBFF|DBFF-\\uDC00)\\uDFFF")
"""The model's notation, as UTF-16, for all characters above U+FFFF (once with exchanged halves)."""
_ANY_OF_A_CLASS = re.compile(r"\[(?:[^\\\[\]]|\\.)+\]\*", re.DOTALL)
_PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))
_CODE = re.compile(r"\\u([0-9A-Fa-f]{4})")


def check(shape: Shape, request: dict[str, Any]) -> None:
    """Raise ValidationException if the request, parsed along `shape`, breaks constraints; it names the first MOST."""
    found: list[str] = []
    with suppress(_Enough):
        _check_of(shape)(request, None, found)
    if found:
        errors = "1 validation error" if len(found) == 1 else f"{len(found)} validation errors"
        raise ValidationException(f"{errors} detected: {'; '.join(found)}")


class _Enough(Exception):
    """MOST errors have been found."""


def _add(found: list[str], error: str) -> None:
    found.append(error)
    if len(found) == MOST:
        raise _Enough


@cache
def _check_of(shape: Shape) -> Check:
    return {"structure": _structure, "list": _list, "map": _map, "string": _text}.get(shape.type_name, _range)(shape)


def _structure(shape: Shape) -> Check:
    members, required = shape.members, [(name, _wire_name(name)) for name in shape.required_members]
    checks: dict[str, tuple[str, Check]] = {}

    def check(value: Any, path: Path, found: list[str]) -> None:
        for name, shown in required:
            if name not in value:
                _add(found, _null((path, shown)))
        for name, each in value.items():
            if name not in checks:
                checks[name] = (_wire_name(name), _check_of(members[name]))
            shown, check_member = checks[name]
            check_member(each, (path, shown), found)

    return check


def _list(shape: Shape) -> Check:
    check_length = _length(shape)

    def check(value: Any, path: Path, found: list[str]) -> None:
        check_length(value, path, found)
        check_one = _check_of(shape.member)
        for number, each in enumerate(value, 1):
            if each is None:
                _add(found, _null((path, f"{number}.member")))
            else:
                check_one(each, (path, f"{number}.member"), found)

    return check


def _map(shape: Shape) -> Check:
    check_length = _length(shape)

    def check(value: Any, path: Path, found: list[str]) -> None:
        check_length(value, path, found)
        check_key, check_value = _check_of(shape.key), _check_of(shape.value)
        for key, each in value.items():
            check_key(key, ((path, key), "key"), found)
            if each is None:
                _add(found, _null(((path, key), "value")))
            else:
                check_value(each, ((path, key), "value"), found)

    return check


def _text(shape: Shape) -> Check:
    check_length, enum, pattern = _length(shape), frozenset(shape.enum), shape.metadata.get("pattern")
    expression = pattern and compiled(pattern)
    plain = bool(expression) and _takes_printable(pattern)

    def check(value: Any, path: Path, found: list[str]) -> None:
        if enum and value not in enum:
            _add(found, _sentence(value, path, f"Member must satisfy enum value set: [{', '.join(shape.enum)}]"))
            return
        check_length(value, path, found)
        if not expression or (plain and value.isascii() and value.isprintable()):
            return
        if not expression.fullmatch(value):
            _add(found, _sentence(value, path, f"Member must satisfy regular expression pattern: {pattern}"))

    return check


@cache
def _takes_printable(pattern: str) -> bool:
    """Whether the pattern is one class of characters, any number of times, which has all printable ones of ASCII. Most
    are; RE2, which takes microseconds for each text, then matches other texts alone."""
    return bool(_ANY_OF_A_CLASS.fullmatch(pattern)) and all(map(compiled(pattern).fullmatch, _PRINTABLE))


def _length(shape: Shape) -> Check:
    return _between(shape, len, "length")


def _range(shape: Shape) -> Check:
    return _between(shape, lambda value: value, "value")


def _between(shape: Shape, measure: Callable[[Any], Any], what: str) -> Check:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if least is None and most is None:
        return lambda value, path, found: None

    def check(value: Any, path: Path, found: list[str]) -> None:
        size = measure(value)
        if least is not None and size < least:
            _add(found, _sentence(value, path, f"Member must have {what} greater than or equal to {least}"))
        if most is not None and size > most:
            _add(found, _sentence(value, path, f"Member must have {what} less than or equal to {most}"))

    return check


def _null(path: Path) -> str:
    return f"Value null at '{_written(path)}' failed to satisfy constraint: Member must not be null"


def _sentence(value: Any, path: Path, constraint: str) -> str:
    return f"Value '{value}' at '{_written(path)}' failed to satisfy constraint: {constraint}"


def _written(path: Path) -> str:
    names = []
    while path is not None:
        path, name = path
        names.append(name)
    return ".".join(reversed(names))


def _wire_name(member: str) -> str:
    return member[:1].lower() + member[1:]


@cache
def compiled(pattern: str) -> Any:
    """The model's pattern (Java's syntax) as one of RE2, which matches in linear time; None for a pattern that RE2 does
    not support, which is then not checked."""
    options = re2.Options()
    options.log_errors = False
    astral = _ASTRAL.sub(lambda _: r"\x{10000}-\x{10FFFF}", pattern)
    try:
        return re2.compile(_CODE.sub(r"\\x{\1}", astral), options)
    except re2.error:
        return None
