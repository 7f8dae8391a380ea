"""Operations over a store in memory, without HTTP: rows are added and changed as users and the reconciler do."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localemr.domain.accept.groups import new_groups
from localemr.domain.model.groups import FleetSpec, GroupSpec
from localemr.domain.model.ids import derive, ec2_instance_id, instance_id
from localemr.domain.model.records import Instance, InstanceSpec, InstanceStatus, Records
from localemr.domain.model.states import ClusterState, InstanceState, StepState
from localemr.emr import OPERATIONS, Context
from localemr.store import Store
from tests.catalog import CATALOG
from tests.contract import requests
from tests.whole import whole

ARN = "arn:aws:iam::123456789012:policy/p"


class Site:
    """A controller's operations, and a clock that goes on by `tick` seconds with every call."""

    def __init__(self, tick: float = 1.0) -> None:
        self.now, self.tick = 1_700_000_000.0, tick
        self.store = Store(":memory:")
        numbers = iter(range(10**6))
        self.context = Context(
            store=self.store,
            catalog=CATALOG,
            region="us-east-1",
            account="123456789012",
            wake=lambda cluster_id: None,
            now=lambda: self.now,
            new_cluster_id=lambda: derive("j-", 13, next(numbers)),
        )
        self.names = 0

    def close(self) -> None:
        self.store.close()

    def call(self, operation: str, **request: Any) -> Mapping[str, Any]:
        """What the operation answers."""
        self.now += self.tick
        return OPERATIONS.call(operation, self.context, request) or {}

    def new_name(self) -> str:
        self.names += 1
        return f"n{self.names}"

    # ---- rows, by ids

    def add_cluster(self, **members: Any) -> str:
        made: str = self.call("RunJobFlow", **requests.cluster(**members))["JobFlowId"]
        return made

    def add_steps(self, cluster_id: str, count: int) -> list[str]:
        """Steps, all in one call."""
        added: list[str] = self.call("AddJobFlowSteps", JobFlowId=cluster_id, Steps=[requests.step()] * count)[
            "StepIds"
        ]
        return added

    def add_groups(self, cluster_id: str, count: int) -> list[str]:
        """Task groups, also more than EMR allows: pages do not know its limit."""
        return self._add_groups(cluster_id, count, None)

    def add_fleets(self, cluster_id: str, count: int) -> list[str]:
        """The same of fleets."""
        return self._add_groups(cluster_id, count, FleetSpec(1, 0, 1))

    def _add_groups(self, cluster_id: str, count: int, fleet: FleetSpec | None) -> list[str]:
        first = len(self.store.groups(cluster_id)) + 1
        groups = new_groups(cluster_id, [GroupSpec("TASK", "m5.xlarge", 1, fleet=fleet)] * count, first, self.now)
        self.store.add_groups(cluster_id, groups)
        return [group.id for group in groups]

    def add_instances(self, cluster_id: str, count: int) -> list[str]:
        """Instances of the cluster's groups in turn, running."""
        before = self._load(cluster_id)
        numbers = range(len(before.instances) + 1, len(before.instances) + count + 1)
        added = tuple(self._instance(before, number) for number in numbers)
        self.store.save(before, replace(before, instances=(*before.instances, *added)), ())
        return [each.id for each in added]

    def _instance(self, cluster: Records, number: int) -> Instance:
        group, id_ = cluster.groups[number % len(cluster.groups)], cluster.cluster.id
        spec = InstanceSpec(group.id, group.spec.role, "m5.xlarge", number, ec2_instance_id(id_, number), "ip-10-0-0-1")
        return Instance(instance_id(id_, number), id_, self.now, spec, InstanceStatus(InstanceState.RUNNING))

    def add_studio(self, **members: Any) -> str:
        made: str = self.call(
            "CreateStudio", Name=self.new_name(), AuthMode="SSO", UserRole="u", VpcId="v", SubnetIds=["s"],
            ServiceRole="r", WorkspaceSecurityGroupId="w", EngineSecurityGroupId="e", DefaultS3Location="s3://bucket",
            **members,
        )["StudioId"]  # fmt: skip
        return made

    def add_configuration(self) -> str:
        name = self.new_name()
        self.call("CreateSecurityConfiguration", Name=name, SecurityConfiguration="{}")
        return name

    def add_mapping(self, studio_id: str) -> str:
        name = self.new_name()
        self.call(
            "CreateStudioSessionMapping", StudioId=studio_id, IdentityType="USER", IdentityName=name,
            SessionPolicyArn=ARN,
        )  # fmt: skip
        return name

    def add_execution(self, cluster_id: str) -> str:
        made: str = self.call(
            "StartNotebookExecution", EditorId="e-" + "A" * 25, RelativePath="a.ipynb",
            ExecutionEngine={"Id": cluster_id}, ServiceRole="r",
        )["NotebookExecutionId"]  # fmt: skip
        return made

    # ---- changes of state, as the reconciler makes them

    def _load(self, cluster_id: str) -> Records:
        return whole(self.store, cluster_id)

    def move_cluster(self, cluster_id: str, state: str) -> None:
        before = self._load(cluster_id)
        status = replace(before.cluster.status, state=ClusterState(state))
        self.store.save(before, replace(before, cluster=replace(before.cluster, status=status)), ())

    def move_step(self, cluster_id: str, step_id: str, state: str) -> None:
        before = self._load(cluster_id)
        steps = tuple(
            replace(each, status=replace(each.status, state=StepState(state))) if each.id == step_id else each
            for each in before.steps
        )
        self.store.save(before, replace(before, steps=steps), ())

    def move_instance(self, cluster_id: str, row: str, state: str) -> None:
        before = self._load(cluster_id)
        instances = tuple(
            replace(each, status=replace(each.status, state=InstanceState(state))) if each.id == row else each
            for each in before.instances
        )
        self.store.save(before, replace(before, instances=instances), ())
