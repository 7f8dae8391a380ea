"""Sample values for any shape of the service model, distinct enough that mixing members up shows."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

DEPTH = 5
"""Recursive shapes (a Configuration holds Configurations) end here."""


def sample(shape: Any, depth: int = 0, numbers: Iterator[int] | None = None) -> Any:
    """A value that the shape allows, with every member present."""
    numbers = numbers or itertools.count(1)
    kind = shape.type_name
    if kind == "structure":
        return _structure(shape, depth, numbers)
    if kind == "list":
        return [] if depth > DEPTH else [sample(shape.member, depth + 1, numbers) for _ in range(2)]
    if kind == "map":
        if depth > DEPTH:
            return {}
        return {sample(shape.key, depth + 1, numbers): sample(shape.value, depth + 1, numbers)}
    return _scalar(shape, next(numbers))


def _structure(shape: Any, depth: int, numbers: Iterator[int]) -> dict[str, Any]:
    members = shape.members.items()
    if shape.is_tagged_union:
        members = list(members)[:1]
    return {name: sample(each, depth + 1, numbers) for name, each in members}


def _scalar(shape: Any, number: int) -> Any:
    kind = shape.type_name
    if kind == "string":
        if shape.enum:
            return shape.enum[number % len(shape.enum)]
        if "arn:" in shape.metadata.get("pattern", ""):
            return f"arn:aws:iam::000000000000:role/role-{number}"
        return f"täxt 😀 {number}".ljust(shape.metadata.get("min", 0), "x")
    if kind == "boolean":
        return number % 2 == 0
    if kind == "timestamp":
        return 1_700_000_000 + number + 0.125
    if kind in ("float", "double"):
        return number + 0.5
    return max(shape.metadata.get("min", 0), min(number, shape.metadata.get("max", number)))
