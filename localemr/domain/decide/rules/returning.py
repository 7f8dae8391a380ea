"""Instances that leave and are taken back, because managed scaling makes their group grow again before they have given
up their work (EMR's management guide: nodes in DECOMMISSIONING are recommissioned).

A run on the master takes them off the lists of ResourceManager and NameNode. The one that decommissioned them is
stopped before, as are those with which their daemons give up their work. A daemon that has ended by then is restarted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from localemr.domain.decide.attempts import attempts, next_attempt
from localemr.domain.decide.notices import staying
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.drain import is_draining
from localemr.domain.decide.rules.giving_up import giving_up
from localemr.domain.model.fleets import lacking, weight_of
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.instructions import StartRun, StopRun
from localemr.domain.model.observed import RunReport
from localemr.domain.model.records import CORE, Instance
from localemr.domain.node.runs import decommission_name, recommission_name, recommission_run


def take_back(work: Pass, group: InstanceGroup) -> None:
    """Keep as many leaving instances as the group lacks. In a cluster without managed scaling none is kept."""
    if work.cluster.spec.managed_scaling is None:
        return
    leaving = [each for each in work.members(group) if each.status.leaving is not None]
    wanted = lacking(group, work.not_leaving(group)) if leaving else {}
    for instance in reversed(leaving):
        market = instance.spec.market
        if wanted.get(market, 0) > 0 and is_draining(work, instance):
            work.take_back(instance)
            wanted[market] -= weight_of(group.spec, instance.spec.instance_type)


def recommission(work: Pass) -> None:
    """Have those that were taken back used again."""
    master = work.master
    runs = work.runs(master) if master else None
    if master is None or runs is None:
        return
    remaining = staying(work)
    for instance in remaining:
        name = recommission_name(instance)
        if not instance.status.returned or any(each.succeeded for each in attempts(runs, name)):
            continue
        work.emit(*(StopRun(instance.id, each) for each in giving_up(work, instance)))
        if earlier := _still_draining(runs, instance):
            work.emit(StopRun(master.id, earlier, "TERM"))
        elif attempt := next_attempt(work, runs, name):
            hdfs, region = instance.spec.role == CORE, work.cluster.spec.region
            work.emit(StartRun(master.id, recommission_run(attempt, remaining, hdfs, region)))


def _still_draining(runs: Mapping[str, RunReport], instance: Instance) -> str:
    """Name of the run that decommissions an instance which was taken back, while it runs; otherwise empty."""
    before = replace(instance, status=replace(instance.status, returned=instance.status.returned - 1))
    base = decommission_name(before)
    earlier = attempts(runs, base)
    return f"{base}.{len(earlier)}" if earlier and not earlier[-1].over else ""
