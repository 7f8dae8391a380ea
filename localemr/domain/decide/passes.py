"""One pass over a cluster: the records so far, and what was decided on the way. Rules read and change it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from localemr.domain.model.application import Application, Catalog, with_dependencies
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
    CLEAN_ENDS,
    ENDED,
    READY,
    ClusterState,
    GroupState,
    InstanceState,
    StepState,
    check_move,
)
from localemr.domain.node.configurations import merge
from localemr.domain.node.shared_catalog import with_needed_daemons


class Pass:
    """The state of a pass. Every change of a record goes through the `move_*` methods, which check the move."""

    def __init__(self, records: Records, seen: Observed, now: float, catalog: Catalog) -> None:
        self.cluster: Cluster = records.cluster
        self.groups: dict[str, InstanceGroup] = {group.id: group for group in records.groups}
        self.instances: dict[str, Instance] = {instance.id: instance for instance in records.instances}
        self.steps: dict[str, Step] = {step.id: step for step in records.steps}
        self.seen = seen
        self.now = now
        self.catalog = catalog
        self.instructions: list[Instruction] = []
        self.events: list[Event] = []
        self.wake_at: float | None = None
        self._applications: list[Application] | None = None

    # ---- asking

    @property
    def state(self) -> ClusterState:
        """The cluster's state."""
        return self.cluster.status.state

    @property
    def ready(self) -> bool:
        """Whether the cluster runs steps."""
        return self.state in READY

    def live(self) -> list[Instance]:
        """Instances that have not ended, in the order of their numbers."""
        return [each for each in self.instances.values() if each.status.state not in ENDED]

    def staying(self, group: InstanceGroup | None = None) -> list[Instance]:
        """Live instances, of all groups or of one, that are not on their way out."""
        return [
            each
            for each in self.live()
            if each.status.leaving is None and (group is None or each.spec.group_id == group.id)
        ]

    @property
    def master(self) -> Instance | None:
        """The live master, if there is one."""
        return next((each for each in self.live() if each.spec.role == MASTER), None)

    def container(self, instance: Instance) -> SeenInstance | None:
        """What is seen of the instance's container; None: it has none."""
        return self.seen.instances.get(instance.id)

    def runs(self, instance: Instance) -> Mapping[str, RunReport] | None:
        """The runs of an instance: none yet when this pass makes it; None while they are not known."""
        if CreateInstance(instance.id) in self.instructions:
            return {}
        seen = self.container(instance)
        return seen.runs if seen and seen.container == "running" else None

    def applications(self) -> list[Application]:
        """The cluster's applications with those they need, those first."""
        if self._applications is None:
            found = with_dependencies(self.cluster.spec.applications, self.catalog.applications)
            self._applications = with_needed_daemons(found, merge(self.cluster.spec.configurations))
        return self._applications

    # ---- deciding

    def emit(self, *instructions: Instruction) -> None:
        """Ask for something to be done."""
        self.instructions += instructions

    def wake(self, at: float) -> None:
        """Ask for another pass at this time, should nothing happen before."""
        self.wake_at = at if self.wake_at is None else min(at, self.wake_at)

    def move_cluster(self, state: ClusterState, reason: Reason) -> None:
        """Put the cluster into a state. The reason of an ending is kept: the first one stands."""
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
        """Begin to end the cluster; nothing happens when its ending has begun."""
        if self.state not in (ClusterState.TERMINATING, *ENDED):
            self.move_cluster(ClusterState.TERMINATING, Reason(code, message))
            self.cluster = replace(self.cluster, status=replace(self.cluster.status, errors=errors))

    def finish_cluster(self) -> None:
        """Put a cluster of which nothing is left into its final state."""
        reason = self.cluster.status.reason
        clean = reason.code in CLEAN_ENDS
        self.move_cluster(ClusterState.TERMINATED if clean else ClusterState.TERMINATED_WITH_ERRORS, reason)

    def set_subnet(self, subnet: str) -> None:
        """Note the subnet of the cluster's network."""
        self.cluster = replace(self.cluster, status=replace(self.cluster.status, subnet=subnet))

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
        """Give the group's instances another version of its configurations, for this reason (none: it was asked)."""
        if group.status.state != GroupState.RECONFIGURING:
            check_move(group.status.state, GroupState.RECONFIGURING)
        status = replace(
            group.status, state=GroupState.RECONFIGURING, reason=reason, target=target, changed=tuple(changed)
        )
        self.groups[group.id] = replace(group, status=status)
        self._log("group", group.id, status.state, reason)

    def note_configurations(self, group: InstanceGroup, applied: Configured) -> None:
        """Note the version with which all of the group's instances came up: its target from now on."""
        status = replace(group.status, target=applied, applied=applied, changed=())
        self.groups[group.id] = replace(group, status=status)

    def configure_instance(self, instance: Instance, version: int, daemons: Iterable[str]) -> None:
        """Give the instance this version of its group's configurations; the daemons are to be started anew."""
        restarted = {**instance.status.restarted, **dict.fromkeys(daemons, version)}
        status = replace(instance.status, reconfigured=version, restarted=restarted)
        self.instances[instance.id] = replace(instance, status=status)

    def add_instance(self, instance: Instance) -> None:
        """Add an instance; it is stored before its container is made."""
        self.instances[instance.id] = instance
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
        self.instances[instance.id] = replace(instance, status=status)
        self._log("instance", instance.id, state, status.reason)

    def dismiss(self, instance: Instance, reason: Reason) -> None:
        """Put the instance on its way out, for good; the rule shrink sees it off. The reason stays to its end."""
        status = replace(instance.status, leaving=self.now, reason=reason)
        self.instances[instance.id] = replace(instance, status=status)

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
        self.steps[step.id] = replace(step, status=status)
        self._log("step", step.id, state, Reason("", failure.message or failure.reason) if failure else Reason())

    def steps_in(self, states: Iterable[StepState]) -> list[Step]:
        """Steps in any of these states, in the order of their submission."""
        wanted = frozenset(states)
        return [step for step in self.steps.values() if step.status.state in wanted]

    def records(self) -> Records:
        """The records as they are now."""
        return Records(
            self.cluster, tuple(self.groups.values()), tuple(self.instances.values()), tuple(self.steps.values())
        )

    def _log(self, kind: str, subject: str, state: str, reason: Reason) -> None:
        self.events.append(Event(self.now, self.cluster.id, kind, subject, str(state), reason))
