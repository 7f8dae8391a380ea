"""The records of a cluster: what was requested (spec) and its current state (status).

Operations write specs, and the first status of a new record. Afterwards only the reconciler writes statuses; of specs
it writes those of groups that scaling resizes or adds. Times are epoch seconds. All records are frozen and
plain, so that they can be stored as JSON and compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from localemr.domain.model.executions import Execution
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.names import host_name
from localemr.domain.model.states import ENDED, NO_REASON, ClusterState, InstanceState, Reason
from localemr.domain.model.steps import Step

MASTER, CORE, TASK = "MASTER", "CORE", "TASK"


@dataclass(frozen=True)
class ErrorDetail:
    """Why a cluster ended, for programs: EMR's code and sentence. `data` are EMR's names of the objects concerned."""

    code: str
    message: str
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class BootstrapAction:
    """A user's script that every instance runs before its daemons start."""

    name: str
    path: str
    args: tuple[str, ...] = ()


@dataclass(frozen=True)
class AutoTermination:
    """The idle timeout of a cluster in seconds. `since` is when the policy was requested: earlier idleness does not
    count."""

    idle_timeout: int
    since: float


@dataclass(frozen=True)
class ClusterSpec:
    """What the users requested of a cluster.

    `applications` are the requested names in EMR's spelling (without dependencies). `log_uri` is `s3://bucket/prefix/`
    or None. `configurations` are EMR's nested documents. `echo` holds members of DescribeCluster that are shown as they
    were sent. `software_label` is the release label that runs in place of the requested one (empty: that one itself).
    `managed_scaling` is EMR's ManagedScalingPolicy. `terminate` is set by TerminateJobFlows. `fleets` is
    whether its instance groups are instance fleets: EMR never mixes the two. `switched` are the applications that its
    configurations added at its launch.
    """

    name: str
    release_label: str
    applications: tuple[str, ...]
    log_uri: str | None = None
    keep_alive: bool = False
    termination_protected: bool = False
    unhealthy_node_replacement: bool = True
    step_concurrency: int = 1
    configurations: tuple[Mapping[str, Any], ...] = ()
    bootstrap_actions: tuple[BootstrapAction, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)
    echo: Mapping[str, Any] = field(default_factory=dict)
    region: str = "us-east-1"
    account: str = "000000000000"
    terminate: bool = False
    auto_termination: AutoTermination | None = None
    managed_scaling: Mapping[str, Any] | None = None
    fleets: bool = False
    software_label: str = ""
    switched: tuple[str, ...] = ()

    @property
    def installs(self) -> tuple[str, ...]:
        """The applications of the cluster, without dependencies."""
        return (*self.applications, *self.switched)

    @property
    def software(self) -> str:
        """The label of the release that the cluster runs."""
        return self.software_label or self.release_label


@dataclass(frozen=True)
class Scaling:
    """What managed scaling remembers between passes. Since `since` (epoch seconds; None: not) the cluster has had more
    capacity than it needed, at most `needed_mb` MiB. `blind` is whether nothing is known of its load."""

    since: float | None = None
    needed_mb: int = 0
    blind: bool = False


@dataclass(frozen=True)
class Idleness:
    """What automatic termination remembers between passes: whether the last look at YARN and HDFS found the cluster
    `busy`, and since when it was not (epoch seconds)."""

    busy: bool = False
    since: float = 0.0


@dataclass(frozen=True)
class ClusterStatus:
    """The state of a cluster. `since` is the time of the last change of state. `gateway` is the address at which its
    instances reach the controller's machine (None: unknown yet). `errors` are EMR's ErrorDetails. `place` are the
    members of Ec2InstanceAttributes that name the zone and subnet which were chosen among several. `primaries` are the
    host names of three primaries, without a domain; empty: there is one."""

    state: ClusterState = ClusterState.STARTING
    reason: Reason = NO_REASON
    since: float = 0.0
    ready: float | None = None
    ended: float | None = None
    gateway: str | None = None
    errors: tuple[ErrorDetail, ...] = ()
    place: Mapping[str, str] = field(default_factory=dict)
    scaling: Scaling = Scaling()
    idleness: Idleness = Idleness()
    primaries: tuple[str, ...] = ()


@dataclass(frozen=True)
class Cluster:
    """A cluster, also called job flow on the wire."""

    id: str
    created: float
    spec: ClusterSpec
    status: ClusterStatus


@dataclass(frozen=True)
class InstanceSpec:
    """The definition of an instance, fixed when the reconciler adds it, before its container exists.

    `number` counts all instances that the cluster has had, from 1. `host` is its host name without a domain
    (`ip-10-213-0-11`), which no other live instance of the cluster has. `version` is that of the group's configurations
    with which it is created. `address` is set only in rows of earlier versions, which stored it in place of a name.
    """

    group_id: str
    role: str
    instance_type: str
    number: int
    ec2_id: str
    host: str = ""
    market: str = "ON_DEMAND"
    version: int = 0
    address: str | None = None

    def __post_init__(self) -> None:
        if not self.host and self.address:
            object.__setattr__(self, "host", host_name(self.address))


@dataclass(frozen=True)
class InstanceStatus:
    """The state of an instance. `address` is the last one that the runtime reported (None: not yet).

    `leaving` is when it began to leave: its group was shrunk, or it failed. EMR has no state for that: the instance is
    shown unchanged until it is TERMINATED. `noticed` is when its interruption notice was logged. `reconfigured` is the
    version of its group's configurations that it was given later (0: none), `restarted` the version for which each
    daemon, by name, was last restarted. `returned` is how often it was taken back while it was leaving. `unhealthy` is
    since when YARN calls it unhealthy (None: not); of one that is leaving it stays as it was.
    """

    state: InstanceState = InstanceState.PROVISIONING
    reason: Reason = NO_REASON
    ready: float | None = None
    ended: float | None = None
    leaving: float | None = None
    reconfigured: int = 0
    restarted: Mapping[str, int] = field(default_factory=dict)
    address: str | None = None
    returned: int = 0
    noticed: float | None = None
    unhealthy: float | None = None

    @property
    def replaced(self) -> bool:
        """Whether it leaves as a failure after it was unhealthy, and another takes its place."""
        return self.leaving is not None and self.unhealthy is not None and bool(self.reason.code)


@dataclass(frozen=True)
class Instance:
    """A member of a cluster, implemented by one instance of the runtime."""

    id: str
    cluster_id: str
    created: float
    spec: InstanceSpec
    status: InstanceStatus

    @property
    def address(self) -> str | None:
        """Its private address. None until the runtime reports it."""
        return self.status.address or self.spec.address


def acting(masters: Sequence[Instance], primaries: Sequence[str]) -> Instance | None:
    """Of these masters, in the order of their numbers, the one that acts for the cluster: the last one or, of three
    primaries, the first that lives and does not leave. None: there is none."""
    if not primaries:
        return masters[-1] if masters else None
    live = [each for each in masters if each.status.state not in ENDED]
    staying = [each for each in live if each.status.leaving is None]
    return next(iter(staying or live or masters[-1:]), None)


@dataclass(frozen=True)
class Past:
    """What deciding needs of ended instances and steps, which are not in the records.

    `last_number` is the highest number of an instance that the cluster has had. `last_step` is the step that ended
    last. `step_failed` is whether a step has failed, `step_logs` whether an ended step has a LogUri. `failed` are, by
    group id, the instances that ended before they were ready, after the group's last ready instance and after its last
    change, newest first.
    """

    last_number: int = 0
    last_step: Step | None = None
    step_failed: bool = False
    step_logs: bool = False
    failed: Mapping[str, tuple[Instance, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Records:
    """A cluster with its groups, instances and steps, in the order of their numbers.

    A pass has live instances, active steps and executions of notebooks, and `past` in place of the others.
    """

    cluster: Cluster
    groups: tuple[InstanceGroup, ...] = ()
    instances: tuple[Instance, ...] = ()
    steps: tuple[Step, ...] = ()
    past: Past = Past()
    executions: tuple[Execution, ...] = ()

    @cached_property
    def by_id(self) -> Mapping[str, Instance]:
        """The instances by their ids."""
        return {each.id: each for each in self.instances}

    @cached_property
    def master(self) -> Instance | None:
        """The current or last master. Of three primaries it is the one on which steps run."""
        return acting(self.masters, self.cluster.status.primaries)

    @property
    def masters(self) -> tuple[Instance, ...]:
        """All masters, in the order of their numbers."""
        return tuple(each for each in self.instances if each.spec.role == MASTER)

    @cached_property
    def types(self) -> Mapping[str, frozenset[str]]:
        """The instance types of the live instances of each group, by the group's id."""
        found: dict[str, set[str]] = {}
        for each in self.instances:
            if each.status.state not in ENDED:
                found.setdefault(each.spec.group_id, set()).add(each.spec.instance_type)
        return {group: frozenset(types) for group, types in found.items()}


@dataclass(frozen=True)
class Event:
    """A change of state, as stored in the event log. Kind is cluster, group, instance, step or execution (of
    a notebook); policy and supply (of a group), notice (to a spot instance), health (of an instance) and scaling are no
    states of their own."""

    at: float
    cluster_id: str
    kind: str
    subject: str
    state: str
    reason: Reason = NO_REASON
