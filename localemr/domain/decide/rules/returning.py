"""Instances that leave and are taken back, because managed scaling makes their group grow again before they have given
up their work (EMR's management guide: nodes in DECOMMISSIONING are recommissioned).

A run on the master takes them off the lists of ResourceManager and NameNode. The one that decommissioned them is
stopped before.
"""

from __future__ import annotations

from dataclasses import replace

from localemr.domain.decide.attempts import attempts, next_attempt
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.drain import is_draining
from localemr.domain.model.fleets import missing
from localemr.domain.model.instructions import StartRun, StopRun
from localemr.domain.model.records import CORE, InstanceGroup
from localemr.domain.node.runs import decommission_name, recommission_name, recommission_run


def take_back(work: Pass, group: InstanceGroup) -> None:
    """Keep as many leaving instances as the group lacks. In a cluster without managed scaling none is kept."""
    if work.cluster.spec.managed_scaling is None:
        return
    leaving = [each for each in work.members(group) if each.status.leaving is not None]
    if not leaving:
        return
    able = [each for each in leaving if is_draining(work, each)]
    for market in missing(group.spec, work.not_leaving(group)):
        if found := next((each for each in able if each.spec.market == market), None):
            able.remove(found)
            work.take_back(found)


def recommission(work: Pass) -> None:
    """Have those that were taken back used again."""
    master = work.master
    runs = work.runs(master) if master else None
    if master is None or runs is None:
        return
    returned = [each for each in work.not_leaving() if each.status.returned]
    for instance in returned:
        name = recommission_name(instance)
        tried = attempts(runs, name)
        if tried and tried[-1].succeeded:
            continue
        before = replace(instance, status=replace(instance.status, returned=instance.status.returned - 1))
        base = decommission_name(before)
        earlier = attempts(runs, base)
        if earlier and not earlier[-1].over:
            work.emit(StopRun(master.id, f"{base}.{len(earlier)}", "TERM"))
        elif attempt := next_attempt(work, runs, name):
            hdfs, region = instance.spec.role == CORE, work.cluster.spec.region
            work.emit(StartRun(master.id, recommission_run(attempt, work.not_leaving(), hdfs, region)))
