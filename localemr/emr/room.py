"""Whether the host's memory holds what is asked for."""

from __future__ import annotations

from collections.abc import Iterable

from localemr.domain.model.errors import ValidationException
from localemr.domain.model.records import GroupSpec
from localemr.domain.node.sizing import groups_mb
from localemr.emr.registry import Context


def check_room(context: Context, complaint: str, wanted: Iterable[GroupSpec]) -> None:
    """Refuse instances that would not fit into the host's memory beside the clusters that have not ended.

    `wanted` has for each type the number of instances that come in addition. Raises ValidationException, with
    `complaint` and the figures.
    """
    total = context.host_memory_mb()
    if total is None:
        return
    catalog, wanted = context.catalog, list(wanted)
    needed = groups_mb(catalog, wanted)
    free = total - groups_mb(catalog, (group.spec for group in context.store.unfinished_groups()))
    if needed > max(free, 0):
        instances = ", ".join(f"{each.count} x {each.instance_type}" for each in wanted)
        raise ValidationException(
            f"{complaint} on this host: {instances} needs {needed} MiB of memory, {max(free, 0)} MiB of "
            f"{total} MiB are free. Use smaller instance types or fewer instances, terminate other clusters, let "
            f"instances take less memory (LOCALEMR_MEMORY_SCALE, now {catalog.memory_scale:g}), or let clusters take "
            "more of the host's (LOCALEMR_HOST_MEMORY_SHARE)."
        )
