"""The records of a pass, for its rules to read.

They are indexed by id, role, group and state: rules may look them up often, and the cost of a pass depends on live
instances and active steps alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cached_property

from localemr.domain.model.application import Application, Daemon
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import installed
from localemr.domain.model.executions import Execution
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.metrics import newest, use_of
from localemr.domain.model.observed import Measured, Observed, RunReport, SeenInstance
from localemr.domain.model.primaries import QUORUM, is_on
from localemr.domain.model.records import MASTER, Cluster, Instance, Records, acting
from localemr.domain.model.states import ENDED, READY, ClusterState, InstanceState, StepState
from localemr.domain.model.steps import Step
from localemr.domain.node.configurations import merge
from localemr.domain.node.shared_catalog import with_needed_daemons


class Indexed:
    """The cluster's records and what was observed. Only passes.py changes them."""

    def __init__(self, records: Records, seen: Observed, now: float, catalog: Catalog) -> None:
        self.cluster: Cluster = records.cluster
        self.groups: dict[str, InstanceGroup] = {group.id: group for group in records.groups}
        self.instances: dict[str, Instance] = {}
        self.steps: dict[str, Step] = {}
        self.executions: dict[str, Execution] = {each.id: each for each in records.executions}
        self.past = records.past
        self.seen = seen
        self.now = now
        self.catalog = catalog
        self.last_number = records.past.last_number
        """The highest number of an instance that the cluster has had."""
        self._live: dict[str, Instance] = {}
        self._members: dict[str, dict[str, Instance]] = {group: {} for group in self.groups}
        self._loaded: dict[str, dict[str, None]] = {group: {} for group in self.groups}
        self._masters: dict[str, Instance] = {}
        self._by_state: dict[StepState, dict[str, Step]] = {state: {} for state in StepState}
        self._created: set[str] = set()
        self._daemons: dict[tuple[frozenset[str], str], list[Daemon]] = {}
        for instance in records.instances:
            self._put_instance(instance)
        for step in records.steps:
            self._put_step(step)

    @property
    def state(self) -> ClusterState:
        """The cluster's state."""
        return self.cluster.status.state

    @property
    def ready(self) -> bool:
        """Whether the cluster runs steps."""
        return self.state in READY

    @property
    def over(self) -> bool:
        """Whether the cluster's end has begun."""
        return self.state in (ClusterState.TERMINATING, *ENDED)

    def live(self) -> list[Instance]:
        """Live instances, in the order of their numbers."""
        return list(self._live.values())

    def members(self, group: InstanceGroup) -> list[Instance]:
        """The group's live instances, in the order of their numbers."""
        return list(self._members[group.id].values())

    def newest_first(self, group: InstanceGroup) -> list[Instance]:
        """The group's instances: live ones, those that ended in this pass, and those that failed before."""
        found = {each.id: each for each in self.past.failed.get(group.id, ())}
        found |= {id_: self.instances[id_] for id_ in self._loaded[group.id]}
        return sorted(found.values(), key=lambda each: each.spec.number, reverse=True)

    def not_leaving(self, group: InstanceGroup | None = None) -> list[Instance]:
        """Live instances, of all groups or of one, that are not leaving."""
        found = self._live if group is None else self._members[group.id]
        return [each for each in found.values() if each.status.leaving is None]

    @property
    def master(self) -> Instance | None:
        """The live master, if there is one. Of three primaries it is the one on which steps run."""
        return acting(self.masters(), self.cluster.status.primaries)

    def masters(self) -> list[Instance]:
        """The live master, or the live ones of three primaries, in the order of their numbers."""
        return list(self._masters.values())

    def is_replaceable(self, instance: Instance) -> bool:
        """Whether another instance takes its place when it fails; otherwise the cluster ends. Of three primaries two
        must remain that run."""
        if not self.ready or instance.spec.role != MASTER:
            return self.ready
        others = [each for each in self.masters() if each.id != instance.id and each.status.leaving is None]
        return sum(each.status.state == InstanceState.RUNNING for each in others) >= QUORUM

    def container(self, instance: Instance) -> SeenInstance | None:
        """The observed container of the instance. None: it has no container."""
        return self.seen.instances.get(instance.id)

    def runs(self, instance: Instance) -> Mapping[str, RunReport] | None:
        """The runs of an instance. Empty when this pass creates the instance, None while they are unknown."""
        if instance.id in self._created:
            return {}
        seen = self.container(instance)
        return seen.runs if seen and seen.state == "running" else None

    def measurements(self) -> Mapping[str, Measured]:
        """What the master measured of YARN and HDFS, among others. Of three primaries only the one with the active
        ResourceManager measures."""
        seen = [self.container(each) for each in self.masters()]
        return newest(each.measurements for each in seen if each)

    def use(self, instance: Instance) -> tuple[int, int, int]:
        """What keeps an instance, more than another with less: application masters, shuffle data and containers."""
        seen = self.container(instance)
        return use_of(self.measurements(), seen.measurements if seen else {}, instance.spec.host)

    def applications(self) -> list[Application]:
        """The cluster's applications, after their dependencies."""
        return self._applications

    @cached_property
    def _applications(self) -> list[Application]:
        return applications_of(self.cluster, self.catalog)

    def daemons(self, roles: frozenset[str], host: str = "") -> list[Daemon]:
        """The applications' daemons of any of the roles; with the host name of a primary those that it has."""
        primaries = self.cluster.status.primaries
        key = roles, host if host in primaries else ""
        if key not in self._daemons:
            every = [daemon for application in self.applications() for daemon in application.daemons]
            here = [daemon for daemon in every if MASTER not in roles or is_on(daemon.on, host, primaries)]
            self._daemons[key] = [daemon for daemon in here if daemon.roles & roles]
        return self._daemons[key]

    @cached_property
    def has_log_uri(self) -> bool:
        """Whether the cluster or one of its steps has a LogUri."""
        if self.cluster.spec.log_uri is not None or self.past.step_logs:
            return True
        return any(step.spec.log_uri for step in self.steps.values())

    @property
    def had_steps(self) -> bool:
        """Whether the cluster has or had any step."""
        return bool(self.steps) or self.past.last_step is not None

    @property
    def had_failed_steps(self) -> bool:
        """Whether any step of the cluster has failed."""
        return self.past.step_failed or bool(self._by_state[StepState.FAILED])

    def steps_in(self, states: Iterable[StepState]) -> list[Step]:
        """Steps in any of these states, in the order of their submission."""
        found = [step for state in frozenset(states) for step in self._by_state[state].values()]
        return sorted(found, key=lambda step: step.number)

    def records(self) -> Records:
        """The records as they are now."""
        return Records(
            self.cluster,
            tuple(self.groups.values()),
            tuple(self.instances.values()),
            tuple(self.steps.values()),
            self.past,
            tuple(self.executions.values()),
        )

    def _put_group(self, group: InstanceGroup) -> None:
        """Store a new group."""
        self.groups[group.id] = group
        self._members[group.id], self._loaded[group.id] = {}, {}

    def _put_instance(self, instance: Instance) -> None:
        """Store the instance in every index."""
        self.instances[instance.id] = instance
        self.last_number = max(self.last_number, instance.spec.number)
        self._loaded[instance.spec.group_id][instance.id] = None
        places = [self._live, self._members[instance.spec.group_id]]
        if instance.spec.role == MASTER:
            places.append(self._masters)
        for place in places:
            if instance.status.state in ENDED:
                place.pop(instance.id, None)
            else:
                place[instance.id] = instance

    def _put_step(self, step: Step) -> None:
        """Store the step in every index."""
        if before := self.steps.get(step.id):
            self._by_state[before.status.state].pop(step.id, None)
        self.steps[step.id] = step
        self._by_state[step.status.state][step.id] = step


def applications_of(cluster: Cluster, catalog: Catalog) -> list[Application]:
    """The cluster's applications, after their dependencies, as its configurations select them."""
    found = installed(cluster.spec.installs, catalog.applications)
    return with_needed_daemons(found, merge(cluster.spec.configurations))
