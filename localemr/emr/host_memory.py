"""Whether the requested instances fit into the host's memory.

An instance counts with what its daemons take, not with its type's memory: what jobs do not use costs nothing
(docs/adr/0010-memory-of-the-host.md).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import GroupSpec
from localemr.domain.model.records import Cluster
from localemr.domain.node.sizing import WORK_MB, idle_mb
from localemr.emr.registry import Context


def check_room_for_cluster(context: Context, cluster: Cluster, groups: Sequence[GroupSpec]) -> None:
    """Refuse a new cluster whose idle instances and a small job would not fit into the host's memory beside those of
    the clusters that have not ended. Raises ValidationException with the figures."""
    alone = len(groups) == 1
    _check(
        context,
        "The cluster does not fit",
        groups,
        lambda: idle_mb(context.catalog, cluster, groups, alone) + WORK_MB,
    )


def check_room_for_more(context: Context, cluster: Cluster, added: Sequence[GroupSpec]) -> None:
    """Refuse more instances of a cluster, as `check_room_for_cluster` does. `added` has their types and numbers."""
    _check(
        context, "The new instances do not fit", added, lambda: idle_mb(context.catalog, cluster, added, alone=False)
    )


def _check(context: Context, message: str, added: Sequence[GroupSpec], needs: Callable[[], int]) -> None:
    total = context.host_memory_mb()
    if total is None:
        return
    needed, free = needs(), max(total - _taken_mb(context), 0)
    if needed > free:
        instances = ", ".join(f"{each.count} x {each.instance_type}" for each in added)
        raise ValidationException(
            f"{message} on this host: {instances} needs {needed} MiB of memory for daemons and a small job, {free} MiB "
            f"of {total} MiB are free. Use fewer instances, terminate other clusters, or let clusters take more of the "
            "host's memory (LOCALEMR_HOST_MEMORY_SHARE)."
        )


def _taken_mb(context: Context) -> int:
    """What the clusters that have not ended take, each with a small job."""
    taken = 0
    for cluster_id in context.store.unfinished():
        cluster = context.store.cluster(cluster_id)
        groups = [group.spec for group in context.store.groups(cluster_id)]
        if cluster is not None:
            taken += idle_mb(context.catalog, cluster, groups, alone=len(groups) == 1) + WORK_MB
    return taken
