"""Event patterns: whether an event is one that a rule is for. Pure.

Source: EventBridge's guide, "Creating Amazon EventBridge event patterns" and "Comparison operators". A pattern is an
object: each of its fields must match. A field has an object, for a field below it, or a list of values and filters, of
which one must match. A field of the event that has a list matches when one of its elements does.
"""

from __future__ import annotations

import ipaddress
import operator
import re
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

import orjson

from localemr.events.errors import InvalidEventPatternException

Pattern = Mapping[str, Any]
OR = "$or"
COMPARE: Mapping[str, Callable[[float, float], bool]] = {
    "<": operator.lt, "<=": operator.le, "=": operator.eq, ">=": operator.ge, ">": operator.gt,
}  # fmt: skip
TEXT_FILTERS = ("prefix", "suffix", "equals-ignore-case", "wildcard")
DEEPEST = 50
"""Levels of objects in a pattern."""


def read_pattern(text: str) -> Pattern:
    """The pattern in a text. Raises InvalidEventPatternException with the reason."""
    try:
        pattern = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise _invalid(f"it is no JSON: {error}") from error
    _check(pattern)
    checked: Pattern = pattern
    return checked


def matches(pattern: Pattern, event: Mapping[str, Any]) -> bool:
    """Whether an event matches a pattern."""
    return all(
        any(matches(each, event) for each in wanted) if _is_or(name, wanted) else _field(wanted, event.get(name, ()))
        for name, wanted in pattern.items()
    )


def _field(wanted: Any, found: Any) -> bool:
    if isinstance(wanted, Mapping):
        # A list is searched for an object that matches as a whole. Without one only absent fields can match.
        objects = [each for each in _elements(found) if isinstance(each, Mapping)] or [{}]
        return any(matches(wanted, each) for each in objects)
    leaves = [each for each in _elements(found) if not isinstance(each, Mapping)]
    return any(_one(each, leaves) for each in wanted)


def _elements(value: Any) -> Iterator[Any]:
    """The elements of a list, and of lists in it; of any other value itself. None of a field that is absent."""
    if isinstance(value, list | tuple):
        for each in value:
            yield from _elements(each)
    else:
        yield value


def _one(wanted: Any, leaves: list[Any]) -> bool:
    if not isinstance(wanted, Mapping):
        return any(_same(wanted, each) for each in leaves)
    ((name, value),) = wanted.items()
    if name == "exists":
        return bool(leaves) is value
    return any(_FILTERS[name](value, each) for each in leaves)


def _same(one: Any, other: Any) -> bool:
    """Equality as in JSON: true is not 1."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)


def _prefix(value: Any, found: Any) -> bool:
    if isinstance(value, Mapping):
        return isinstance(found, str) and found.lower().startswith(str(value["equals-ignore-case"]).lower())
    return isinstance(found, str) and found.startswith(value)


def _suffix(value: Any, found: Any) -> bool:
    if isinstance(value, Mapping):
        return isinstance(found, str) and found.lower().endswith(str(value["equals-ignore-case"]).lower())
    return isinstance(found, str) and found.endswith(value)


def _ignore_case(value: str, found: Any) -> bool:
    return isinstance(found, str) and found.lower() == value.lower()


def _wildcard(value: str, found: Any) -> bool:
    """`*` stands for any characters. A backslash before it or before another one takes its meaning."""
    return isinstance(found, str) and _in_order(_parts(value), found)


@lru_cache(maxsize=1024)
def _parts(value: str) -> tuple[str, ...]:
    parts, escaped = [""], False
    for letter in value:
        if escaped or letter not in "*\\":
            parts[-1] += letter
            escaped = False
        elif letter == "*":
            parts.append("")
        else:
            escaped = True
    return tuple(parts)


def _in_order(parts: tuple[str, ...], text: str) -> bool:
    """Whether a text has these parts, first and last at its ends. Regular expressions may take very long for that."""
    first, *middle = parts
    if not middle:
        return text == first
    last = middle.pop()
    if len(text) < len(first) + len(last) or not (text.startswith(first) and text.endswith(last)):
        return False
    at, end = len(first), len(text) - len(last)
    for part in middle:
        at = text.find(part, at, end)
        if at < 0:
            return False
        at += len(part)
    return True


def _anything_but(value: Any, found: Any) -> bool:
    if isinstance(value, Mapping):
        ((name, texts),) = value.items()
        return not any(_FILTERS[name](each, found) for each in (texts if isinstance(texts, list) else [texts]))
    return not any(_same(each, found) for each in (value if isinstance(value, list) else [value]))


def _numeric(value: list[Any], found: Any) -> bool:
    if isinstance(found, bool) or not isinstance(found, int | float):
        return False
    return all(COMPARE[sign](found, number) for sign, number in zip(value[::2], value[1::2], strict=True))


def _cidr(value: str, found: Any) -> bool:
    try:
        return ipaddress.ip_address(str(found)) in ipaddress.ip_network(value, strict=False)
    except ValueError:
        return False


_FILTERS: Mapping[str, Callable[[Any, Any], bool]] = {
    "prefix": _prefix,
    "suffix": _suffix,
    "equals-ignore-case": _ignore_case,
    "wildcard": _wildcard,
    "anything-but": _anything_but,
    "numeric": _numeric,
    "cidr": _cidr,
}


# ---- checks


def _invalid(reason: str) -> InvalidEventPatternException:
    return InvalidEventPatternException(f"Event pattern is not valid. Reason: {reason}")


def _is_or(name: str, value: Any) -> bool:
    """Whether a field is the operator: a list of objects that are no filters."""
    known = {*_FILTERS, "exists"}
    objects = isinstance(value, list) and len(value) > 1 and all(isinstance(each, Mapping) for each in value)
    return name == OR and objects and not any(each.keys() & known for each in value)


def _check(pattern: Any, level: int = 1) -> None:
    if not isinstance(pattern, Mapping):
        raise _invalid("Filter is not an object")
    if not pattern:
        raise _invalid("Empty objects are not allowed")
    if level > DEEPEST:
        raise _invalid(f"more than {DEEPEST} levels")
    for name, value in pattern.items():
        if _is_or(name, value):
            for each in value:
                _check(each, level + 1)
        elif isinstance(value, Mapping):
            _check(value, level + 1)
        else:
            _check_leaves(name, value)


def _check_leaves(name: str, values: Any) -> None:
    if not isinstance(values, list):
        raise _invalid(f'"{name}" must be an object or an array')
    if not values:
        raise _invalid("Empty arrays are not allowed")
    for each in values:
        _check_leaf(each)


def _check_leaf(value: Any) -> None:
    if isinstance(value, list):
        raise _invalid("Match value must be String, number, true, false, or null")
    if not isinstance(value, Mapping):
        return
    if len(value) != 1:
        raise _invalid("Only one key allowed in match expression")
    ((name, given),) = value.items()
    if name != "exists" and name not in _FILTERS:
        raise _invalid(f"Unrecognized match type {name}")
    if not _CHECKS[name](given):
        raise _invalid(f"{name} has a value that it cannot have: {orjson.dumps(given).decode()}")


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_wildcard(value: Any) -> bool:
    """Two stars in a row are refused, as by EventBridge."""
    return isinstance(value, str) and "**" not in re.sub(r"\\.", "", value)


def _is_affix(value: Any) -> bool:
    """A text, or one without case."""
    if isinstance(value, Mapping):
        return list(value) == ["equals-ignore-case"] and isinstance(value["equals-ignore-case"], str)
    return isinstance(value, str) and value != ""


def _is_exception(value: Any) -> bool:
    """A value or several, or a filter of texts with one or several."""
    if isinstance(value, Mapping):
        ((name, texts),) = value.items() if len(value) == 1 else [("", None)]
        several = texts if isinstance(texts, list) else [texts]
        return name in TEXT_FILTERS and bool(several) and all(map(_CHECKS[name], several))
    values = value if isinstance(value, list) else [value]
    return bool(values) and all(isinstance(each, str | int | float) for each in values)


def _is_range(value: Any) -> bool:
    """One or two comparisons with numbers."""
    if not isinstance(value, list) or len(value) not in (2, 4):
        return False
    numbers = all(isinstance(each, int | float) and not isinstance(each, bool) for each in value[1::2])
    return numbers and all(isinstance(each, str) and each in COMPARE for each in value[::2])


def _is_network(value: Any) -> bool:
    try:
        return isinstance(value, str) and bool(ipaddress.ip_network(value, strict=False))
    except ValueError:
        return False


_CHECKS: Mapping[str, Callable[[Any], bool]] = {
    "prefix": _is_affix,
    "suffix": _is_affix,
    "equals-ignore-case": _is_text,
    "wildcard": _is_wildcard,
    "anything-but": _is_exception,
    "numeric": _is_range,
    "cidr": _is_network,
    "exists": lambda value: isinstance(value, bool),
}
