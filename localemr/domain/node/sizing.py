"""Sizes of containers: EC2's sizes times the installation's scale (docs/sizing.md)."""

from __future__ import annotations

from collections.abc import Iterable

from localemr.domain.model.application import Catalog
from localemr.domain.model.records import GroupSpec


def container_mb(catalog: Catalog, instance_type: str) -> int:
    """Memory limit in MiB of the container of an instance of this type."""
    return round(catalog.instance_types[instance_type].memory_mb * catalog.memory_scale)


def yarn_mb(catalog: Catalog, instance_type: str) -> int:
    """Memory in MiB that the instance's NodeManager offers to YARN containers."""
    return round(catalog.instance_types[instance_type].yarn_mb * catalog.memory_scale)


def groups_mb(catalog: Catalog, groups: Iterable[GroupSpec]) -> int:
    """Memory limit in MiB of groups of this size."""
    return sum(container_mb(catalog, group.instance_type) * group.count for group in groups)
