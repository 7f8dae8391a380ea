"""JSON answers held against the output shapes of the service model."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

NUMBER = (int, float)
TYPES: dict[str, tuple[type, ...]] = {
    "structure": (dict,),
    "map": (dict,),
    "list": (list,),
    "string": (str,),
    "boolean": (bool,),
    "integer": (int,),
    "long": (int,),
    "float": NUMBER,
    "double": NUMBER,
    "timestamp": NUMBER,
}
"""Kind of a shape → Python's types of its JSON."""


def faults(shape: Any, value: Any, path: str = "answer") -> Iterator[str]:
    """What is wrong with a value, null too, that is to be of this shape."""
    kind = shape.type_name
    if not isinstance(value, TYPES[kind]) or (isinstance(value, bool) and kind != "boolean"):
        yield f"{path}: {value!r} is no {kind}"
    elif kind == "structure":
        yield from (f"{path}.{name}: is not there" for name in shape.required_members if name not in value)
        yield from (f"{path}.{name}: is not known" for name in value if name not in shape.members)
        for name, each in value.items():
            if name in shape.members:
                yield from faults(shape.members[name], each, f"{path}.{name}")
    elif kind == "list":
        for number, each in enumerate(value):
            yield from faults(shape.member, each, f"{path}[{number}]")
    elif kind == "map":
        for key, each in value.items():
            yield from faults(shape.key, key, f"{path} key")
            yield from faults(shape.value, each, f"{path}[{key!r}]")
    elif kind == "string" and shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {shape.enum}"


def members(shape: Any, value: Any) -> Iterator[tuple[str, bool]]:
    """The members of all structures in a value, such as `Step.Name`, and whether there is something in them there."""
    kind = shape.type_name
    if kind == "structure":
        for name, member in shape.members.items():
            yield f"{shape.name}.{name}", value.get(name) not in (None, [], {})
            if name in value:
                yield from members(member, value[name])
    elif kind in ("list", "map"):
        inner = shape.value if kind == "map" else shape.member
        for each in value.values() if kind == "map" else value:
            yield from members(inner, each)
