"""Sizes of instances: EC2's and EMR's, times the installation's scale, and what they truly take of the host
(docs/sizing.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from localemr.domain.model.application import EVERYWHERE, Application, Catalog, with_dependencies
from localemr.domain.model.records import Cluster, GroupSpec

INSTANCE_MB = 48
"""What each instance takes for itself: its supervisor and the sender of its logs."""
WORK_MB = 1024
"""What a cluster takes for jobs, at least: a small one of Spark with its driver, an executor and its client."""


def container_mb(catalog: Catalog, instance_type: str) -> int:
    """Memory in MiB that an instance of this type has. What it takes of the host is what its processes use."""
    return round(catalog.instance_types[instance_type].memory_mb * catalog.memory_scale)


def yarn_mb(catalog: Catalog, instance_type: str) -> int:
    """Memory in MiB that the instance's NodeManager offers to YARN containers."""
    return round(catalog.instance_types[instance_type].yarn_mb * catalog.memory_scale)


def idle_mb(catalog: Catalog, cluster: Cluster, groups: Sequence[GroupSpec], alone: bool) -> int:
    """Memory in MiB of the host that idle instances of these groups take: that of their daemons. `alone`: the cluster
    has no other instance, which then has the daemons of all roles."""
    used = with_dependencies(cluster.spec.installs, catalog.applications)
    return sum(_idle_mb(catalog, used, each, alone) * each.count for each in groups)


def _idle_mb(catalog: Catalog, used: Iterable[Application], group: GroupSpec, alone: bool) -> int:
    roles = EVERYWHERE if alone else {group.role}
    daemons = sum(application.takes_mb(roles) for application in used)
    return min(INSTANCE_MB + daemons, container_mb(catalog, group.instance_type))
