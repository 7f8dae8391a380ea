"""A cluster's groups and fleets as the pools of managed scaling, and new numbers of these as resizes."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import replace

from localemr.domain.decide.passes import Pass
from localemr.domain.decide.scaling import Key, Pool
from localemr.domain.model.fleets import instance_targets
from localemr.domain.model.groups import GroupSpec, InstanceGroup
from localemr.domain.model.markets import ON_DEMAND, SPOT
from localemr.domain.model.metrics import Load
from localemr.domain.model.records import CORE, MASTER, TASK
from localemr.domain.model.resizes import resized, retargeted
from localemr.domain.model.states import ENDED, GroupState, InstanceState
from localemr.domain.node.sizing import WORK_MB, group_offers_mb, idle_mb, least_count

FIXED = frozenset({GroupState.SUSPENDED, GroupState.RECONFIGURING, *ENDED})
"""States of groups that are not resized."""
HDFS_FULL = 0.8
"""The share of its capacity that HDFS may use after core instances have left."""


def pools_of(work: Pass, unit: str, load: Load | None) -> list[Pool]:
    """The pools of the cluster's core and task instances, counted in this unit of a policy.

    Where a cluster of groups has no task group of a market, there is one without instances and without an id.
    """
    workers = [each for each in work.groups.values() if each.spec.role != MASTER]
    pools = [pool for each in workers for pool in _pools(work, each, unit, load)]
    core = next((each.spec for each in workers if each.spec.role == CORE), None)
    if core is None or work.cluster.spec.fleets:
        return pools
    there = {each.spec.market for each in workers if each.spec.role == TASK}
    for market in (ON_DEMAND, SPOT):
        if market not in there:
            mb = _mb(work, _task(core, market, 0))
            pools.append(Pool(("", market), False, market == ON_DEMAND, _units(work, core, unit), mb, 0))
    return pools


def room(work: Pass) -> int:
    """How many instances more the cluster's network and the host's memory permit."""
    specs = [each.spec for each in work.groups.values()]
    free = max(work.catalog.site.most_instances - sum(each.count for each in specs), 0)
    worker = next((each for each in specs if each.role == CORE), None)
    if work.seen.memory_mb is None or worker is None:
        return free
    taken = work.seen.others_mb + idle_mb(work.catalog, work.cluster, specs, alone=False) + WORK_MB
    each_mb = idle_mb(work.catalog, work.cluster, [replace(worker, count=1)], alone=False)
    return min(free, max(work.seen.memory_mb - taken, 0) // max(each_mb, 1))


def resize(work: Pass, pools: Iterable[Pool], counts: Mapping[Key, int], why: str) -> None:
    """Request these numbers of instances, where they are others."""
    changed = {each.key: each for each in pools if counts[each.key] != each.count}
    for group in list(work.groups.values()):
        if own := [pool for (id_, _), pool in changed.items() if id_ == group.id]:
            work.scale_group(group, _resized(work, group, own, counts), why)
    core = next((each.spec for each in work.groups.values() if each.spec.role == CORE), None)
    for id_, market in sorted(changed):
        if not id_ and core is not None:
            work.add_group(_task(core, market, counts[id_, market]), why)


def _pools(work: Pass, group: InstanceGroup, unit: str, load: Load | None) -> Iterable[Pool]:
    spec = group.spec
    counts = instance_targets(spec.fleet) if spec.fleet else {spec.market: spec.count}
    suspended = group.status.state == GroupState.SUSPENDED
    mb = 0 if suspended else _mb(work, spec)  # others take over its share
    floor = _floor(work, group, load)
    for market, count in counts.items():
        yield Pool(
            key=(group.id, market),
            core=spec.role == CORE,
            on_demand=market == ON_DEMAND,
            units=_units(work, spec, unit),
            mb=mb,
            count=count,
            # A core fleet keeps its instances of the first market that has enough.
            floor=min(floor, count),
            busy=_busy(work, group, market),
            fixed=group.status.state in FIXED,
            target={ON_DEMAND: spec.fleet.on_demand, SPOT: spec.fleet.spot}[market] if spec.fleet else None,
        )
        floor = max(floor - count, 0)


def _mb(work: Pass, spec: GroupSpec) -> int:
    return max(group_offers_mb(work.catalog, work.cluster.spec, spec, work.applications()), 0)


def _units(work: Pass, spec: GroupSpec, unit: str) -> int:
    if unit == "VCPU":
        return work.catalog.instance_types[spec.instance_type].yarn_vcores
    return spec.fleet.weight if unit == "InstanceFleetUnits" and spec.fleet else 1


def _floor(work: Pass, group: InstanceGroup, load: Load | None) -> int:
    """The instances that must remain: for HDFS's copies, and for its data."""
    least = least_count(work.cluster.spec, group.spec, work.catalog)
    if group.spec.role != CORE or load is None or load.hdfs_total <= 0:
        return least
    running = sum(each.status.state == InstanceState.RUNNING for each in work.not_leaving(group))
    return max(least, math.ceil(load.hdfs_used / (load.hdfs_total * HDFS_FULL) * running))


def _busy(work: Pass, group: InstanceGroup, market: str) -> int:
    return sum(any(work.use(each)) for each in work.not_leaving(group) if each.spec.market == market)


def _resized(work: Pass, group: InstanceGroup, pools: Iterable[Pool], counts: Mapping[Key, int]) -> GroupSpec:
    """The group with the new numbers of these of its pools."""
    fleet = group.spec.fleet
    if fleet is None:
        return resized(group.spec, counts[group.id, group.spec.market], {}, work.now)
    targets = {ON_DEMAND: fleet.on_demand, SPOT: fleet.spot}
    targets |= {pool.key[1]: pool.capacity(counts[pool.key]) for pool in pools}
    return retargeted(group.spec, replace(fleet, on_demand=targets[ON_DEMAND], spot=targets[SPOT]), work.now)


def _task(core: GroupSpec, market: str, count: int) -> GroupSpec:
    """A task group as managed scaling adds it: of the core group's type."""
    return GroupSpec(
        TASK,
        core.instance_type,
        count,
        name=f"Task group of managed scaling, {market}",
        market=market,
        echo=core.echo,
        at_launch=0,
    )
