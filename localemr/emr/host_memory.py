"""Whether the requested instances fit into the host's memory."""

from __future__ import annotations

from collections.abc import Iterable

from localemr.domain.model.errors import ValidationException
from localemr.domain.model.records import GroupSpec
from localemr.domain.node.sizing import groups_mb
from localemr.emr.registry import Context


def check_host_memory(context: Context, message: str, added: Iterable[GroupSpec]) -> None:
    """Refuse instances that would not fit into the host's memory beside the clusters that have not ended.

    `added` has the instance types and the numbers of additional instances. Raises ValidationException, with `message`
    and the figures.
    """
    total = context.host_memory_mb()
    if total is None:
        return
    catalog, added = context.catalog, list(added)
    needed = groups_mb(catalog, added)
    free = total - groups_mb(catalog, (group.spec for group in context.store.unfinished_groups()))
    if needed > max(free, 0):
        instances = ", ".join(f"{each.count} x {each.instance_type}" for each in added)
        raise ValidationException(
            f"{message} on this host: {instances} needs {needed} MiB of memory, {max(free, 0)} MiB of "
            f"{total} MiB are free. Use smaller instance types or fewer instances, terminate other clusters, let "
            f"instances take less memory (LOCALEMR_MEMORY_SCALE, now {catalog.memory_scale:g}), or let clusters take "
            "more of the host's (LOCALEMR_HOST_MEMORY_SHARE)."
        )
