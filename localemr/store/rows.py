"""Records ↔ the JSON texts of their rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, Protocol, TypeVar

import orjson
from pydantic import TypeAdapter

from localemr.domain.model.groups import GroupSpec, GroupStatus, InstanceGroup
from localemr.domain.model.records import Cluster, ClusterSpec, ClusterStatus, Instance, InstanceSpec, InstanceStatus
from localemr.domain.model.steps import Step, StepSpec, StepStatus

T = TypeVar("T")
_ADAPTERS: dict[Callable[..., Any], TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (
        ClusterSpec, ClusterStatus, GroupSpec, GroupStatus, InstanceSpec, InstanceStatus, StepSpec, StepStatus,
    )
}  # fmt: skip

Row = tuple[str, str, int, float, str, str]
"""The common columns of groups, instances and steps, in the order of COLUMNS."""
COLUMNS = "id, cluster_id, number, created, spec, status"
CLUSTER_COLUMNS = "id, created, spec, status"


def dump(value: Any) -> str:
    """A spec or status as JSON."""
    return orjson.dumps(value).decode()


class Parse(Protocol):
    """Returns the record in a text. Records are immutable, so the same one may be returned again."""

    def __call__(self, kind: Callable[..., T], text: str) -> T: ...


@lru_cache(maxsize=4096)
def _recent(kind: Callable[..., Any], text: str) -> Any:
    return _ADAPTERS[kind].validate_json(text)


def parse_cached(kind: Callable[..., T], text: str) -> T:
    """The record in a text, for lists: recent texts are parsed once."""
    value: T = _recent(kind, text)
    return value


class Parsed:
    """The records in the texts of one reading.

    It reuses records of the reading before and retains only its own, so an unchanged text is parsed once, however many
    there are.
    """

    def __init__(self, before: Parsed | None = None) -> None:
        self._before = before._read if before else {}
        self._read: dict[tuple[Callable[..., Any], str], Any] = {}

    def __call__(self, kind: Callable[..., T], text: str) -> T:
        """See Parse."""
        key = (kind, text)
        value: T = self._read.get(key) or self._before.get(key) or _ADAPTERS[kind].validate_json(text)
        self._read[key] = value
        return value

    def finish(self) -> None:
        """Release the records of the reading before."""
        self._before = {}


def cluster(row: tuple[str, float, str, str], parse: Parse = parse_cached) -> Cluster:
    """The cluster of a row of CLUSTER_COLUMNS."""
    return Cluster(row[0], row[1], parse(ClusterSpec, row[2]), parse(ClusterStatus, row[3]))


def group(row: Row, parse: Parse = parse_cached) -> InstanceGroup:
    """The instance group of a row."""
    return InstanceGroup(*row[:4], parse(GroupSpec, row[4]), parse(GroupStatus, row[5]))


def instance(row: Row, parse: Parse = parse_cached) -> Instance:
    """The instance of a row; its spec has its number."""
    return Instance(row[0], row[1], row[3], parse(InstanceSpec, row[4]), parse(InstanceStatus, row[5]))


def step(row: Row, parse: Parse = parse_cached) -> Step:
    """The step of a row."""
    return Step(*row[:4], parse(StepSpec, row[4]), parse(StepStatus, row[5]))
