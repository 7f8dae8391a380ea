"""A large cluster in which all is as requested, as its rows and as a pass sees it: for counts and benchmarks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.daemons import daemons_of
from localemr.domain.decide.rules.readiness import PREFIX
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.ids import derive, ec2_instance_id, instance_id
from localemr.domain.model.observed import EXITED, RUNNING, Observed, RunReport, SeenInstance
from localemr.domain.model.records import BootstrapAction, ClusterSpec, Instance, InstanceSpec, InstanceStatus, Records
from localemr.domain.model.states import ClusterState, GroupState, InstanceState, Reason, StepState
from localemr.domain.model.steps import Step
from localemr.domain.model.versions import requested
from localemr.domain.node.runs import bootstrap_name
from localemr.runtime.base import File
from localemr.runtime.memory import MemoryRuntime
from localemr.store import Store
from tests.world import CATALOG, CLUSTER_ID, make_records, make_steps, step


class Sink(MemoryRuntime):
    """Takes files for instances that it does not have, and counts them."""

    def __init__(self) -> None:
        super().__init__()
        self.written = 0

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        self.written += len(files)


START = 1000.0
READY = 1100.0
NOW = 5000.0


def steady(instances: int, past_steps: int = 0) -> Records:
    """A WAITING cluster with so many running instances, half of them core ones, that has run so many steps."""
    workers = instances - 1
    spec = ClusterSpec("large", "emr-7.13.0", ("Spark",), log_uri="s3://logs/", keep_alive=True,
                       bootstrap_actions=(BootstrapAction("a", "/bin/true"),))  # fmt: skip
    made = make_records(core=workers - workers // 2, task=workers // 2, spec=spec)
    status = replace(
        made.cluster.status, state=ClusterState.WAITING, gateway="10.213.0.1", ready=READY,
        reason=Reason("", "Cluster ready to run steps."),
    )  # fmt: skip
    groups = tuple(_running(group) for group in made.groups)
    roles = [group for group in groups for _ in range(group.spec.count)]
    members = tuple(_instance(number, group) for number, group in enumerate(roles, 1))
    steps = tuple(_completed(each) for each in make_steps(CLUSTER_ID, 1, *[step()] * past_steps))
    return Records(replace(made.cluster, status=status), groups, members, steps)


def _running(group: InstanceGroup) -> InstanceGroup:
    status = replace(
        group.status, state=GroupState.RUNNING, ready=READY, target=requested(group), applied=requested(group)
    )
    return replace(group, status=status)


def _instance(number: int, group: InstanceGroup) -> Instance:
    host = f"ip-10-213-{number // 250}-{number % 250}"
    spec = InstanceSpec(
        group.id, group.spec.role, group.spec.instance_type, number, ec2_instance_id(CLUSTER_ID, number), host
    )
    status = InstanceStatus(InstanceState.RUNNING, ready=READY)
    return Instance(instance_id(CLUSTER_ID, number), CLUSTER_ID, START, spec, status)


def _completed(one: Step) -> Step:
    return replace(one, status=replace(one.status, state=StepState.COMPLETED, started=READY, ended=READY + one.number))


def stored(records: Records) -> Store:
    """A store that has the records."""
    store = Store(":memory:")
    store.add_cluster(replace(records, instances=()))
    store.save(replace(records, instances=()), records, ())
    return store


def observed(records: Records) -> Observed:
    """What a pass sees of them: on each instance all runs that belong there."""
    work = Pass(records, Observed(), NOW, CATALOG)
    return Observed("10.213.0.1", instances={each.id: _seen(work, each) for each in work.live()})


def _seen(work: Pass, instance: Instance) -> SeenInstance:
    done = RunReport(EXITED, START, START + 1, 0)
    runs = {bootstrap_name(1): done, "ship.1": RunReport(RUNNING, START)}
    runs |= {f"{daemon.name}.1": RunReport(RUNNING, START + 2) for daemon in daemons_of(work, instance)}
    if instance == work.master:
        name = derive(PREFIX, 8, *(each.id for each in work.not_leaving()))
        runs[f"{name}.1"] = RunReport(EXITED, START + 3, READY, 0)
    return SeenInstance("running", runs=runs)
