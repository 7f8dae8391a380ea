"""The bodies of requests, checked: unknown fields and wrong types are refused, as by Livy's JSON reader."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from localemr_livy.problems import Refused, rejected
from localemr_livy.settings import seconds

KINDS = {"spark": "spark", "scala": "spark", "pyspark": "pyspark", "python": "pyspark", "pyspark3": "pyspark",
         "sql": "sql", "shared": "shared", "sparkr": "sparkr", "r": "sparkr"}  # fmt: skip
"""Names of kinds, and the kind of each."""
NO_R = "kind 'sparkr' needs R, which the instances of this cluster do not have"


@dataclass(frozen=True)
class Resources:
    """What batches and sessions have in common: files, sizes and properties of the Spark application."""

    proxyUser: str | None = None
    jars: list[str] = field(default_factory=list)
    pyFiles: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    archives: list[str] = field(default_factory=list)
    driverMemory: str | None = None
    driverCores: int | None = None
    executorMemory: str | None = None
    executorCores: int | None = None
    numExecutors: int | None = None
    queue: str | None = None
    name: str | None = None
    conf: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class NewBatch(Resources):
    """The body of POST /batches."""

    file: str | None = None
    className: str | None = None
    args: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class NewSession(Resources):
    """The body of POST /sessions."""

    kind: str = "shared"
    heartbeatTimeoutInSecond: int = 0
    ttl: str | None = None
    idleTimeout: str | None = None


@dataclass(frozen=True)
class NewStatement:
    """The body of POST /sessions/{id}/statements."""

    code: str = ""
    kind: str | None = None


@dataclass(frozen=True)
class Completion:
    """The body of POST /sessions/{id}/completion."""

    code: str = ""
    kind: str | None = None
    cursor: int = 0


@dataclass(frozen=True)
class Resource:
    """The body of POST /sessions/{id}/add-jar and its like."""

    uri: str = ""


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, (str, int, float)):
        return str(value)
    raise TypeError("a string")


def _number(value: Any) -> int:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and re.fullmatch(r"\s*-?\d+\s*", value):
        return int(value)
    raise TypeError("a number")


def _texts(value: Any) -> list[str]:
    if isinstance(value, list):
        return [_text(each) for each in value]
    raise TypeError("a list of strings")


def _map(value: Any) -> dict[str, str]:
    if isinstance(value, dict):
        return {name: _text(each) for name, each in value.items() if each is not None}
    raise TypeError("an object")


def _kind(value: Any) -> str:
    if not isinstance(value, str):
        raise TypeError("a kind")
    if value not in KINDS:
        raise Refused(400, f"Invalid kind: {value}")
    return KINDS[value]


READERS: Mapping[str, Callable[[Any], Any]] = {
    **dict.fromkeys(("jars", "pyFiles", "files", "archives", "args"), _texts),
    **dict.fromkeys(("driverCores", "executorCores", "numExecutors", "heartbeatTimeoutInSecond", "cursor"), _number),
    "conf": _map,
    "kind": _kind,
}
"""How fields are read; all others are texts."""
ALIASES = {"heartbeatTimeoutInSeconds": "heartbeatTimeoutInSecond"}
"""Names that clients use besides Livy's own."""


def read(kind: type[Any], body: Any, source: str) -> Any:
    """The record of a body. `source` is the name of Livy's class, of which its message speaks. Raises Refused."""
    if not isinstance(body, dict):
        raise Refused(400, f"Cannot deserialize value of type `{source}` from JSON: an object is expected")
    known = {each.name for each in fields(kind)}
    values: dict[str, Any] = {}
    for given, value in body.items():
        name = str(ALIASES.get(given, given))
        if name not in known:
            raise Refused(
                400,
                f'Unrecognized field "{given}" (class {source}), not marked as ignorable '
                f"({len(known)} known properties: {', '.join(sorted(known))})",
            )
        if value is not None:
            values[name] = _field(name, value)
    return kind(**values)


def _field(name: str, value: Any) -> Any:
    try:
        return (READERS.get(name) or _text)(value)
    except TypeError as error:
        raise Refused(400, f'Cannot deserialize the field "{name}": {error} is expected') from error


def batch(body: Any) -> NewBatch:
    """A batch that is to be made. Raises Refused."""
    found: NewBatch = read(NewBatch, body, "org.apache.livy.server.batch.CreateBatchRequest")
    _named(found)
    if not found.file:
        raise rejected("requirement failed: File is required.")
    return found


def session(body: Any) -> NewSession:
    """A session that is to be made. Raises Refused."""
    found: NewSession = read(NewSession, body, "org.apache.livy.server.interactive.CreateInteractiveRequest")
    _named(found)
    if found.kind == "sparkr":
        raise rejected(NO_R)
    for time in (found.ttl, found.idleTimeout):
        try:
            seconds(time or "0s")
        except ValueError as error:
            raise rejected(str(error)) from error
    return found


def _named(request: Resources) -> None:
    if request.name is not None and request.name.isdigit():
        raise rejected(f"Invalid session name: {request.name}")


def statement(body: Any, session_kind: str) -> tuple[str, str]:
    """The kind and the code of a statement. Raises Refused."""
    found: NewStatement = read(NewStatement, body, "org.apache.livy.server.interactive.ExecuteRequest")
    return kind_of(found.kind, session_kind), found.code


def completion(body: Any, session_kind: str) -> tuple[str, str, int]:
    """The kind, the code and the place in it of a completion. Raises Refused."""
    found: Completion = read(Completion, body, "org.apache.livy.CompletionRequest")
    return kind_of(found.kind, session_kind), found.code, found.cursor


def kind_of(given: str | None, session_kind: str) -> str:
    """The kind of code: its own, or the session's. Raises Refused where neither says it."""
    kind = given or session_kind
    if kind == "shared":
        raise Refused(
            500, "java.lang.IllegalArgumentException: Code type should be specified if session kind is shared"
        )
    if kind == "sparkr":
        raise Refused(400, {"msg": NO_R})
    return kind
