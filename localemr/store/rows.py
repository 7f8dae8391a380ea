"""Records ↔ the JSON texts of their rows."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any, TypeVar

import orjson
from pydantic import TypeAdapter

from localemr.domain.model.records import (
    Cluster,
    ClusterSpec,
    ClusterStatus,
    GroupSpec,
    GroupStatus,
    Instance,
    InstanceGroup,
    InstanceSpec,
    InstanceStatus,
    Step,
    StepSpec,
    StepStatus,
)

T = TypeVar("T")
_ADAPTERS: dict[Callable[..., Any], TypeAdapter[Any]] = {
    kind: TypeAdapter(kind)
    for kind in (
        ClusterSpec, ClusterStatus, GroupSpec, GroupStatus, InstanceSpec, InstanceStatus, StepSpec, StepStatus,
    )
}  # fmt: skip

Row = tuple[str, str, int, float, str, str]
"""What groups, instances and steps have in common; the columns are COLUMNS."""
COLUMNS = "id, cluster_id, number, created, spec, status"
CLUSTER_COLUMNS = "id, created, spec, status"


def dump(value: Any) -> str:
    """A spec or status as JSON."""
    return orjson.dumps(value).decode()


@lru_cache(maxsize=4096)
def _load(kind: Callable[..., T], text: str) -> T:
    """The record in a text. Passes and lists read the same rows again and again; records do not change."""
    value: T = _ADAPTERS[kind].validate_json(text)
    return value


def cluster(row: tuple[str, float, str, str]) -> Cluster:
    """The cluster of a row of CLUSTER_COLUMNS."""
    return Cluster(row[0], row[1], _load(ClusterSpec, row[2]), _load(ClusterStatus, row[3]))


def group(row: Row) -> InstanceGroup:
    """The instance group of a row."""
    return InstanceGroup(*row[:4], _load(GroupSpec, row[4]), _load(GroupStatus, row[5]))


def instance(row: Row) -> Instance:
    """The instance of a row; its spec has its number."""
    return Instance(row[0], row[1], row[3], _load(InstanceSpec, row[4]), _load(InstanceStatus, row[5]))


def step(row: Row) -> Step:
    """The step of a row."""
    return Step(*row[:4], _load(StepSpec, row[4]), _load(StepStatus, row[5]))
