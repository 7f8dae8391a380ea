"""What a failed step's details tell of memory: it ran out, and the kernel ended processes; or YARN has less than on
EMR."""

from __future__ import annotations

import re

from localemr.domain.decide.passes import Pass
from localemr.domain.model.shortage import shortages
from localemr.domain.node.sizing import container_mb

_TOO_LARGE = re.compile(
    r"is above the max threshold .* of this cluster|greater than maximum allowed allocation|"
    r"capability required is more than the supported max container capability"
)
"""What Spark, YARN and MapReduce say of a container that is larger than YARN permits."""


def with_scale(work: Pass, message: str) -> str:
    """The message; with the reason where a size did not fit and instances are smaller than EMR's."""
    scale = work.catalog.memory_scale
    if scale >= 1 or not _TOO_LARGE.search(message):
        return message
    return f"{message} (LOCALEMR_MEMORY_SCALE is {scale:g}: YARN offers {scale:.0%} of what it offers on EMR.)"


def shortage_since(work: Pass, since: float) -> str:
    """Whose memory ran out, with figures and what helps. Empty when no process was ended since then (epoch seconds)."""
    live = {each.id: each for each in work.live()}
    measured = {id_: seen.measurements for id_, seen in work.seen.instances.items() if id_ in live}
    found = shortages(measured, since)
    if not found:
        return ""
    last, all_mb = found[-1], work.seen.memory_mb
    instance = live[last.instance].spec
    own_mb = container_mb(work.catalog, instance.instance_type)
    if last.of_host or (all_mb is not None and own_mb >= all_mb):
        amount = "" if all_mb is None else f" All instances together may take {all_mb} MiB of it."
        return (
            f"This host's memory ran out while the step ran, and processes of jobs on {instance.ec2_id} were ended."
            f"{amount} Run fewer or smaller jobs at once, terminate other clusters, or let instances take more"
            " (LOCALEMR_HOST_MEMORY_SHARE)."
        )
    return (
        f"The memory of {instance.ec2_id} ({instance.instance_type}, {own_mb} MiB) ran out while the step ran, and"
        " processes of jobs on it were ended. Use a larger instance type, or smaller jobs."
    )
