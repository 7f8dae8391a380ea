"""Sizes of instances: EC2's and EMR's, times the installation's scale, and what they truly take of the host
(docs/sizing.md)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from localemr.domain.model.application import EVERYWHERE, WORKERS, Application
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import installed, with_dependencies
from localemr.domain.model.groups import GroupSpec
from localemr.domain.model.primaries import PRIMARIES
from localemr.domain.model.records import CORE, MASTER, Cluster, ClusterSpec
from localemr.domain.node.configurations import merge

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


def offered_mb(catalog: Catalog, applications: Iterable[Application], instance_type: str, alone: bool) -> int:
    """Memory in MiB that a worker offers to YARN: EMR's share, limited to what the daemons leave.

    A single instance has the daemons of all roles.
    """
    roles = EVERYWHERE if alone else WORKERS
    left = container_mb(catalog, instance_type) - sum(application.takes_mb(roles) for application in applications)
    return min(yarn_mb(catalog, instance_type), left)


def group_offers_mb(
    catalog: Catalog, cluster: ClusterSpec, group: GroupSpec, applications: Iterable[Application]
) -> int:
    """The same of an instance of this group, or the size that its configurations request."""
    applications = list(applications)
    requested = merge((*cluster.configurations, *group.configurations))
    own = max((each.offers_mb(requested) for each in applications), default=0)
    return own or offered_mb(catalog, applications, group.instance_type, alone=False)


def least_count(cluster: ClusterSpec, group: GroupSpec, catalog: Catalog) -> int:
    """The lowest number of instances of the group: none for a task group, for a core group what its applications
    require."""
    if group.role != CORE:
        return 0
    requested = merge((*cluster.configurations, *group.configurations))
    needed = installed(cluster.installs, catalog.applications)
    return max((each.min_core_instances(group.launched, requested) for each in needed), default=1)


def idle_mb(catalog: Catalog, cluster: Cluster, groups: Sequence[GroupSpec], alone: bool) -> int:
    """Memory in MiB of the host that idle instances of these groups take: that of their daemons. `alone`: the cluster
    has no other instance, which then has the daemons of all roles."""
    used = with_dependencies(cluster.spec.installs, catalog.applications)
    return sum(_idle_mb(catalog, used, each, alone) * each.count for each in groups)


def _idle_mb(catalog: Catalog, used: Iterable[Application], group: GroupSpec, alone: bool) -> int:
    roles = EVERYWHERE if alone else {group.role}
    daemons = sum(application.takes_mb(roles) for application in used)
    if group.role == MASTER and group.count == PRIMARIES:
        daemons += sum(application.on_three_mb for application in used)
    return min(INSTANCE_MB + daemons, container_mb(catalog, group.instance_type))
