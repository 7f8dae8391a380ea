"""One pass over a cluster: the records so far, and the decisions made on the way. Rules read and change it.

The cost of a pass depends on live instances and active steps alone. They are indexed by id, role, group and state, so
rules may look them up often.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from functools import cached_property

from localemr.domain.model.application import Application, Catalog, Daemon, installed
from localemr.domain.model.instructions import CreateInstance, Instruction
from localemr.domain.model.observed import Observed, RunReport, SeenInstance
from localemr.domain.model.records import (
    MASTER,
    Cluster,
    Configured,
    ErrorDetail,
    Event,
    Failure,
    Instance,
    InstanceGroup,
    Reason,
    Records,
    Step,
    StepStatus,
)
from localemr.domain.model.states import (
    ENDED,
    READY,
    ClusterState,
    GroupState,
    InstanceState,
    StepState,
    check_move,
    ends_clean,
)
from localemr.domain.node.configurations import merge
from localemr.domain.node.shared_catalog import with_needed_daemons


class Pass:
    """The state of a pass. Every change of a state goes through the `move_*` methods, which check the transition."""

    def __init__(self, records: Records, seen: Observed, now: float, catalog: Catalog) -> None:
        self.cluster: Cluster = records.cluster
        self.groups: dict[str, InstanceGroup] = {group.id: group for group in records.groups}
        self.instances: dict[str, Instance] = {}
        self.steps: dict[str, Step] = {}
        self.past = records.past
        self.seen = seen
        self.now = now
        self.catalog = catalog
        self.instructions: list[Instruction] = []
        self.events: list[Event] = []
        self.wake_at: float | None = None
        self.last_number = records.past.last_number
        """The highest number of an instance that the cluster has had."""
        self._live: dict[str, Instance] = {}
        self._members: dict[str, dict[str, Instance]] = {group: {} for group in self.groups}
        self._loaded: dict[str, dict[str, None]] = {group: {} for group in self.groups}
        self._masters: dict[str, Instance] = {}
        self._by_state: dict[StepState, dict[str, Step]] = {state: {} for state in StepState}
        self._created: set[str] = set()
        self._daemons: dict[frozenset[str], list[Daemon]] = {}
        for instance in records.instances:
            self._put_instance(instance)
        for step in records.steps:
            self._put_step(step)

    # ---- reading

    @property
    def state(self) -> ClusterState:
        """The cluster's state."""
        return self.cluster.status.state

    @property
    def ready(self) -> bool:
        """Whether the cluster runs steps."""
        return self.state in READY

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
        """The live master, if there is one."""
        return next(iter(self._masters.values()), None)

    def container(self, instance: Instance) -> SeenInstance | None:
        """The observed container of the instance. None: it has no container."""
        return self.seen.instances.get(instance.id)

    def runs(self, instance: Instance) -> Mapping[str, RunReport] | None:
        """The runs of an instance. Empty when this pass creates the instance, None while they are unknown."""
        if instance.id in self._created:
            return {}
        seen = self.container(instance)
        return seen.runs if seen and seen.state == "running" else None

    def applications(self) -> list[Application]:
        """The cluster's applications, after their dependencies."""
        return self._applications

    @cached_property
    def _applications(self) -> list[Application]:
        return applications_of(self.cluster, self.catalog)

    def daemons(self, roles: frozenset[str]) -> list[Daemon]:
        """The applications' daemons of any of the roles."""
        if roles not in self._daemons:
            every = [daemon for application in self.applications() for daemon in application.daemons]
            self._daemons[roles] = [daemon for daemon in every if daemon.roles & roles]
        return self._daemons[roles]

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

    # ---- deciding

    def emit(self, *instructions: Instruction) -> None:
        """Add instructions to the decision."""
        self.instructions += instructions
        self._created.update(each.instance_id for each in instructions if isinstance(each, CreateInstance))

    def wake(self, at: float) -> None:
        """Request another pass at this time, if nothing changes before."""
        self.wake_at = at if self.wake_at is None else min(at, self.wake_at)

    def move_cluster(self, state: ClusterState, reason: Reason) -> None:
        """Put the cluster into a state. The first reason of an ending is final."""
        old = self.cluster.status
        if state != old.state:
            check_move(old.state, state)
        ended = self.now if state in ENDED else old.ended
        ready = self.now if state in READY and old.ready is None else old.ready
        since = old.since if state == old.state else self.now
        status = replace(old, state=state, reason=reason, since=since, ready=ready, ended=ended)
        self.cluster = replace(self.cluster, status=status)
        if state != old.state:
            self._log("cluster", self.cluster.id, state, reason)

    def end_cluster(self, code: str, message: str, *errors: ErrorDetail) -> None:
        """Begin to end the cluster. No effect once that has begun."""
        if self.state not in (ClusterState.TERMINATING, *ENDED):
            self.move_cluster(ClusterState.TERMINATING, Reason(code, message))
            self.cluster = replace(self.cluster, status=replace(self.cluster.status, errors=errors))

    def finish_cluster(self) -> None:
        """Put a cluster without remaining instances into its final state."""
        reason = self.cluster.status.reason
        clean = ends_clean(reason.code, reason.message)
        self.move_cluster(ClusterState.TERMINATED if clean else ClusterState.TERMINATED_WITH_ERRORS, reason)

    def note_gateway(self, gateway: str) -> None:
        """Store the address at which the cluster's instances reach the controller's machine."""
        self.cluster = replace(self.cluster, status=replace(self.cluster.status, gateway=gateway))

    def note_address(self, instance: Instance, address: str) -> None:
        """Store the instance's address as the runtime reported it."""
        self._put_instance(replace(instance, status=replace(instance.status, address=address)))

    def move_group(self, group: InstanceGroup, state: GroupState, reason: Reason | None = None) -> None:
        """Put an instance group into a state."""
        old = group.status
        if state == old.state:
            return
        check_move(old.state, state)
        ready = self.now if state == GroupState.RUNNING and old.ready is None else old.ready
        ended = self.now if state in ENDED else None
        status = replace(old, state=state, reason=reason or Reason(), ready=ready, ended=ended)
        self.groups[group.id] = replace(group, status=status)
        self._log("group", group.id, state, status.reason)

    def configure_group(self, group: InstanceGroup, target: Configured, changed: Iterable[str], reason: Reason) -> None:
        """Set another version of configurations as the group's target. `reason` is empty for a requested version."""
        if group.status.state != GroupState.RECONFIGURING:
            check_move(group.status.state, GroupState.RECONFIGURING)
        status = replace(
            group.status, state=GroupState.RECONFIGURING, reason=reason, target=target, changed=tuple(changed)
        )
        self.groups[group.id] = replace(group, status=status)
        self._log("group", group.id, status.state, reason)

    def note_configurations(self, group: InstanceGroup, applied: Configured) -> None:
        """Store the version with which all of the group's instances came up, as applied and as target."""
        status = replace(group.status, target=applied, applied=applied, changed=())
        self.groups[group.id] = replace(group, status=status)

    def configure_instance(self, instance: Instance, version: int, daemons: Iterable[str]) -> None:
        """Assign this version of the group's configurations to the instance; its `daemons` are restarted for it."""
        restarted = {**instance.status.restarted, **dict.fromkeys(daemons, version)}
        status = replace(instance.status, reconfigured=version, restarted=restarted)
        self._put_instance(replace(instance, status=status))

    def add_instance(self, instance: Instance) -> None:
        """Add an instance. It is stored before its container is created."""
        self._put_instance(instance)
        self._log("instance", instance.id, instance.status.state, Reason())

    def move_instance(self, instance: Instance, state: InstanceState, reason: Reason | None = None) -> None:
        """Put an instance into a state."""
        old = instance.status
        if state == old.state:
            return
        check_move(old.state, state)
        ready = self.now if state == InstanceState.RUNNING else old.ready
        ended = self.now if state in ENDED else None
        status = replace(old, state=state, reason=reason or Reason(), ready=ready, ended=ended)
        self._put_instance(replace(instance, status=status))
        self._log("instance", instance.id, state, status.reason)

    def explain_instance(self, instance: Instance, message: str) -> None:
        """Show what the instance waits for, until its next state."""
        self._put_instance(replace(instance, status=replace(instance.status, reason=Reason("", message))))

    def retire(self, instance: Instance, reason: Reason) -> None:
        """Mark the instance as leaving, finally. The rule shrink removes it. The reason stays until its end."""
        status = replace(instance.status, leaving=self.now, reason=reason)
        self._put_instance(replace(instance, status=status))

    def move_step(
        self, step: Step, state: StepState, failure: Failure | None = None, applications: tuple[str, ...] = ()
    ) -> None:
        """Put a step into a state."""
        old = step.status
        if state == old.state:
            return
        check_move(old.state, state)
        started = self.now if state == StepState.RUNNING else old.started
        ended = self.now if state in ENDED else None
        status = StepStatus(state, old.reason, started, ended, failure, applications)
        self._put_step(replace(step, status=status))
        self._log("step", step.id, state, Reason("", failure.message or failure.reason) if failure else Reason())

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
        )

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

    def _log(self, kind: str, subject: str, state: str, reason: Reason) -> None:
        self.events.append(Event(self.now, self.cluster.id, kind, subject, str(state), reason))


def applications_of(cluster: Cluster, catalog: Catalog) -> list[Application]:
    """The cluster's applications, after their dependencies, as its configurations select them."""
    found = installed(cluster.spec.applications, catalog.applications)
    return with_needed_daemons(found, merge(cluster.spec.configurations))
