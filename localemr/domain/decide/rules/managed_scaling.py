"""Rule: the requested numbers of instances follow the load and the limits of the cluster's ManagedScalingPolicy.

What is above or below the limits is changed at once. The cluster grows at once to what its load needs, and shrinks when
less would have done for a while: to the most that was needed meanwhile, and no instance with containers leaves. While
nothing is known of the load, only the limits count. EMR's thresholds are not published; docs/scaling.md has the ones
chosen here. The other rules carry out a resize as one of ModifyInstanceGroups or ModifyInstanceFleet.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from localemr.domain.decide.passes import Pass
from localemr.domain.decide.pools import pools_of, resize, room
from localemr.domain.decide.scaling import Limits, plan
from localemr.domain.model.metrics import MISSING_AFTER, Load, is_complete, is_missing, load_of
from localemr.domain.model.records import Scaling

GROWTH: Mapping[int, float] = {1: 0.5, 25: 0.75, 50: 1.0, 75: 1.25, 100: 1.5}
PATIENCE: Mapping[int, float] = {1: 0.25, 25: 0.5, 50: 1.0, 75: 2.0, 100: 5.0}
"""By the UtilizationPerformanceIndex of the strategy ADVANCED: the share of the pending memory that is added at once,
and the factor of the time until the cluster shrinks."""
DEFAULT_INDEX = 50
STUCK_LOOKS = 1.5
"""Time between looks, over which the same memory is pending although enough is free: the free memory is in pieces. The
second look after the first shows that."""


def managed_scaling(work: Pass) -> None:
    """Apply in RUNNING and WAITING, to clusters with a policy."""
    policy = work.cluster.spec.managed_scaling
    if policy is None or not work.ready:
        work.note_scaling(Scaling())
        return
    measured = work.measurements()
    if is_missing(measured, work.now):
        _note_missing(work)
        _scale(work, policy, None)
    elif is_complete(measured):
        _scale(work, policy, load_of(measured))


def _note_missing(work: Pass) -> None:
    """A cluster that has just become ready has a while for its first look, and a controller that has just started for
    the first report."""
    seen = work.container(work.master) if work.master else None
    since = max(work.cluster.status.ready or work.now, (seen and seen.followed) or work.now)
    if work.now < since + MISSING_AFTER:
        work.wake(since + MISSING_AFTER)
    elif not work.cluster.status.scaling.blind:
        work.log_scaling(work.cluster.id, "stopped", f"No measurement of YARN for {MISSING_AFTER:.0f} s.")
        work.note_scaling(Scaling(blind=True))


def _scale(work: Pass, policy: Mapping[str, Any], load: Load | None) -> None:
    limits, index = Limits.of(policy["ComputeLimits"]), policy.get("UtilizationPerformanceIndex", DEFAULT_INDEX)
    pools, free = pools_of(work, policy["ComputeLimits"]["UnitType"], load), room(work)
    needed = 0.0 if load is None else _needed_mb(work, load, GROWTH[index])
    counts = plan(pools, limits, needed, room=free)
    known = "the load is unknown" if load is None else f"{needed:.0f} MiB are needed"
    if load is not None:
        work.wake(load.at + MISSING_AFTER)
        enough = max(math.ceil(needed), load.needed_mb)
        surplus = counts != plan(pools, limits, needed, enough, free)
        kept = _kept_mb(work, enough, PATIENCE[index]) if surplus else None
        if kept is not None:
            counts, known = plan(pools, limits, needed, kept, free), f"{kept} MiB were needed"
        if kept is not None or not surplus:
            work.note_scaling(Scaling())
    resize(work, pools, counts, f"{known}, {limits.least} to {limits.most} units are permitted")


def _needed_mb(work: Pass, load: Load, share: float) -> float:
    """The memory that the cluster should have: what runs, and this share of what waits. Where it waits although enough
    seems to be free, what waits comes on top of all that YARN has."""
    waited = load.at - load.pending_since
    stuck = load.pending_mb > 0 and waited >= STUCK_LOOKS * work.catalog.scaling.period
    base = max(load.allocated_mb, load.total_mb) if stuck else load.allocated_mb
    return base + share * load.pending_mb


def _kept_mb(work: Pass, enough: int, factor: float) -> int | None:
    """The memory to shrink to, once less would have done for long enough. Otherwise None, and the time is noted."""
    before = work.cluster.status.scaling
    since = work.now if before.since is None else before.since
    kept, due = max(before.needed_mb, enough), since + factor * work.catalog.scaling.shrink_after
    if work.now >= due:
        return kept
    work.note_scaling(Scaling(since, kept))
    work.wake(due)
    return None
