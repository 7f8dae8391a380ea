"""Draining of a leaving instance: YARN drains its node, HDFS copies its blocks to other nodes, and daemons with work of
their own give it up.

Graceful decommissioning as in EMR (emr-behaviour §5.2). It applies to instances that leave because their group was
shrunk, to unhealthy ones that are replaced, and to spot instances that EC2 takes back, not to those terminated by name
or otherwise failed. A run on the master
instructs the daemons and waits for them.
"""

from __future__ import annotations

from localemr.domain.decide.attempts import attempts, next_attempt
from localemr.domain.decide.notices import gives_up, staying
from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.giving_up import given_up
from localemr.domain.model.instructions import Run, StartRun
from localemr.domain.model.records import CORE, Instance
from localemr.domain.model.states import InstanceState
from localemr.domain.node.runs import decommission_name, decommission_run, interrupted_name, recommission_name

SPOT_TIMEOUT = 20
"""Seconds that YARN gives an instance with an interruption notice (emr-behaviour §5.2)."""


def drained(work: Pass, instance: Instance, since: float) -> float | None:
    """Epoch time at which draining finished, not before `since`. None while it runs. Starts what it needs."""
    master = work.master
    if master is None or not _in_service(work, instance) or not _gracefully(work, instance):
        return since
    free = since if instance.status.leaving is None else given_up(work, instance, since)
    decommissioned = _decommissioned(work, master, instance, since)
    return None if free is None or decommissioned is None else max(free, decommissioned)


def _decommissioned(work: Pass, master: Instance, instance: Instance, since: float) -> float | None:
    """Epoch time at which YARN and HDFS had nothing left on the instance, not before `since`. None while they have."""
    runs = work.runs(master)
    if runs is None:
        return None
    name = interrupted_name(instance) if gives_up(work, instance) else decommission_name(instance)
    tried = attempts(runs, name)
    if tried and tried[-1].succeeded:
        return max(since, tried[-1].ended or since)
    if any(not each.over for each in attempts(runs, recommission_name(instance))):
        return None  # it would take the instance off the lists again
    if attempt := next_attempt(work, runs, name):
        work.emit(StartRun(master.id, _run(work, attempt, instance)))
    return None


def is_draining(work: Pass, instance: Instance) -> bool:
    """Whether a leaving instance is being drained, so that it could be kept."""
    runs = work.runs(work.master) if work.master else None
    if (
        instance.status.unhealthy is not None
        or runs is None
        or not _in_service(work, instance)
        or not _gracefully(work, instance)
        or gives_up(work, instance)
    ):
        return False
    tried = attempts(runs, decommission_name(instance))
    return bool(tried) and not tried[-1].over


def _in_service(work: Pass, instance: Instance) -> bool:
    seen = work.container(instance)
    return instance.status.state == InstanceState.RUNNING and seen is not None and seen.state == "running"


def _gracefully(work: Pass, instance: Instance) -> bool:
    by_name = instance.spec.ec2_id in work.groups[instance.spec.group_id].spec.terminate
    return not by_name and (not instance.status.reason.code or instance.status.replaced)  # a failure has a code


def _run(work: Pass, name: str, instance: Instance) -> Run:
    leaving = [
        each
        for each in work.live()
        if (each.status.leaving is not None or gives_up(work, each))
        and _in_service(work, each)
        and _gracefully(work, each)
    ]
    timeouts = [(each, _timeout(work, each)) for each in leaving]
    hdfs = any(each.spec.role == CORE and not gives_up(work, each) for each in leaving)
    return decommission_run(name, instance, timeouts, staying(work), hdfs, work.cluster.spec.region)


def _timeout(work: Pass, instance: Instance) -> int | None:
    """YARN's timeout in seconds for the node: of a shrink from the ShrinkPolicy. None: the one of yarn-site."""
    if gives_up(work, instance):
        return SPOT_TIMEOUT
    if instance.status.replaced:
        return int(work.catalog.replacement.graceful)
    policy = work.groups[instance.spec.group_id].spec.shrink_policy
    resize = policy.get("InstanceResizePolicy", {})
    if instance.spec.ec2_id in resize.get("InstancesToTerminate", ()) and "InstanceTerminationTimeout" in resize:
        return int(resize["InstanceTerminationTimeout"])
    timeout = policy.get("DecommissionTimeout")
    return None if timeout is None else int(timeout)
