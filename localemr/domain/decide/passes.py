"""One pass over a cluster: the records so far, and the decisions made on the way. Rules read and change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from localemr.domain.decide.indexed import Indexed
from localemr.domain.model.automatic import Activity
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.executions import Execution, ExecutionStatus
from localemr.domain.model.groups import Configured, GroupSpec, GroupStatus, InstanceGroup, Supply
from localemr.domain.model.ids import group_id
from localemr.domain.model.instructions import CreateInstance, Instruction
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import ErrorDetail, Event, Idleness, Instance, Records, Scaling
from localemr.domain.model.states import (
    ENDED,
    READY,
    ClusterState,
    ExecutionState,
    GroupState,
    InstanceState,
    Reason,
    StepState,
    check_move,
    ends_clean,
)
from localemr.domain.model.steps import Failure, Step, StepStatus


class Pass(Indexed):
    """The state of a pass. Every change of a state goes through the `move_*` methods, which check the transition."""

    def __init__(self, records: Records, seen: Observed, now: float, catalog: Catalog) -> None:
        super().__init__(records, seen, now, catalog)
        self.instructions: list[Instruction] = []
        self.events: list[Event] = []
        self.wake_at: float | None = None

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

    def note_primaries(self, hosts: Iterable[str]) -> None:
        """Store the host names of three primaries."""
        self.cluster = replace(self.cluster, status=replace(self.cluster.status, primaries=tuple(hosts)))

    def note_scaling(self, scaling: Scaling) -> None:
        """Store what managed scaling remembers."""
        if scaling != self.cluster.status.scaling:
            self.cluster = replace(self.cluster, status=replace(self.cluster.status, scaling=scaling))

    def note_idleness(self, idleness: Idleness) -> None:
        """Store what automatic termination remembers."""
        if idleness != self.cluster.status.idleness:
            self.cluster = replace(self.cluster, status=replace(self.cluster.status, idleness=idleness))

    def scale_group(self, group: InstanceGroup, spec: GroupSpec, why: str) -> None:
        """Resize a group, as an operation does."""
        self.groups[group.id] = replace(group, spec=spec)
        self.log_scaling(group.id, f"{group.spec.count} to {spec.count} instances", why)

    def note_activity(self, group: InstanceGroup, activity: Activity) -> None:
        """Store the last scaling of a group by its policy."""
        self.groups[group.id] = replace(group, status=replace(group.status, activity=activity))

    def add_group(self, spec: GroupSpec, why: str) -> None:
        """Add an instance group, as an operation does."""
        number = len(self.groups) + 1
        group = InstanceGroup(group_id(self.cluster.id, number), self.cluster.id, number, self.now, spec, GroupStatus())
        self._put_group(group)
        self.log_scaling(group.id, f"0 to {spec.count} instances", why)

    def log_scaling(self, subject: str, what: str, why: str) -> None:
        """Log a decision of managed scaling."""
        self._log("scaling", subject, what, Reason("", why))

    def note_supply(self, group: InstanceGroup, supply: Supply) -> None:
        """Store what the group remembers of EC2's capacity."""
        if supply != group.status.supply:
            self.groups[group.id] = replace(group, status=replace(group.status, supply=supply))

    def log_supply(self, group: InstanceGroup, state: str, reason: Reason) -> None:
        """Log something about EC2's capacity for the group."""
        self._log("supply", group.id, state, reason)

    def note_place(self, place: Mapping[str, str]) -> None:
        """Store the members of Ec2InstanceAttributes that name where the cluster is."""
        self.cluster = replace(self.cluster, status=replace(self.cluster.status, place=place))

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
        """Mark the instance as leaving: the rule shrink removes it, or takes it back. The reason stays."""
        status = replace(instance.status, leaving=self.now, reason=reason)
        self._put_instance(replace(instance, status=status))

    def note_notice(self, instance: Instance) -> None:
        """Log the instance's interruption notice."""
        self._put_instance(replace(instance, status=replace(instance.status, noticed=self.now)))
        self._log("notice", instance.id, "terminate", Reason())

    def note_health(self, instance: Instance, unhealthy: float | None, state: str, why: str) -> None:
        """Log a change of the instance's health; `unhealthy` is since when it is so (None: it is healthy)."""
        self._put_instance(replace(instance, status=replace(instance.status, unhealthy=unhealthy)))
        self._log("health", instance.id, state, Reason("", why))

    def take_back(self, instance: Instance) -> None:
        """Keep an instance that is leaving."""
        status = replace(instance.status, leaving=None, reason=Reason(), returned=instance.status.returned + 1)
        self._put_instance(replace(instance, status=status))

    def move_step(
        self,
        step: Step,
        state: StepState,
        failure: Failure | None = None,
        applications: tuple[str, ...] = (),
        instance: str = "",
    ) -> None:
        """Put a step into a state; `instance` is the id of the one on which it begins to run."""
        old = step.status
        if state == old.state:
            return
        check_move(old.state, state)
        started = self.now if state == StepState.RUNNING else old.started
        ended = self.now if state in ENDED else None
        status = StepStatus(state, old.reason, started, ended, failure, applications, instance or old.instance)
        self._put_step(replace(step, status=status))
        self._log("step", step.id, state, Reason("", failure.message or failure.reason) if failure else Reason())

    def move_execution(self, execution: Execution, state: ExecutionState, reason: str, written: bool = False) -> None:
        """Put an execution of a notebook into a state; `written` is whether its output is on S3."""
        check_move(execution.status.state, state)
        status = ExecutionStatus(state, reason, self.now if state in ENDED else None, written)
        self.executions[execution.id] = replace(execution, status=status)
        self._log("execution", execution.id, state, Reason("", reason))

    def _log(self, kind: str, subject: str, state: str, reason: Reason) -> None:
        self.events.append(Event(self.now, self.cluster.id, kind, subject, str(state), reason))
