"""A small world for tests: a catalogue, requests as records, and a controller over the memory runtime."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from localemr.applications import applications
from localemr.clock import RealClock
from localemr.domain.accept.groups import new_groups
from localemr.domain.decide.decide import decide
from localemr.domain.model import ids
from localemr.domain.model.catalog import Catalog, ReplacementTimes, ScalingTimes
from localemr.domain.model.groups import GroupSpec, GroupStatus, InstanceGroup
from localemr.domain.model.instance_types import InstanceType
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import Cluster, ClusterSpec, ClusterStatus, Records
from localemr.domain.model.release import Release
from localemr.domain.model.states import ENDED
from localemr.domain.model.steps import Step, StepSpec, StepStatus
from localemr.domain.model.versions import latest
from localemr.reconcile.act import Tools
from localemr.reconcile.loop import Reconciler
from localemr.reconcile.publishing import Publishing
from localemr.runtime.memory import MemoryRuntime
from localemr.store import Store
from tests.whole import whole

M5 = InstanceType("m5.xlarge", 4, 16384, 12288, 4, 8)
CATALOG = Catalog(
    applications(),
    {"emr-7.13.0": Release("emr-7.13.0", {"Hadoop": "3.4.2", "Spark": "3.5.6"})},
    {M5.name: M5},
    scaling=ScalingTimes(shrink_after=20.0),
    replacement=ReplacementTimes(after=10.0, graceful=30.0),
)
CLUSTER_ID = "j-1ABCDEFGHIJKL"


def make_records(
    *steps: StepSpec,
    core: int = 1,
    task: int = 0,
    created: float = 1000.0,
    cluster_id: str = CLUSTER_ID,
    spec: ClusterSpec | None = None,
    masters: int = 1,
) -> Records:
    """A cluster as RunJobFlow stores it."""
    spec = spec or ClusterSpec("test", "emr-7.13.0", ("Spark",), keep_alive=True)
    counts = {"MASTER": masters, "CORE": core, "TASK": task}
    groups = tuple(
        InstanceGroup(
            ids.group_id(cluster_id, number),
            cluster_id,
            number,
            created,
            GroupSpec(role, M5.name, count),
            GroupStatus(),
        )
        for number, (role, count) in enumerate(counts.items(), 1)
        if count
    )
    cluster = Cluster(cluster_id, created, spec, ClusterStatus(since=created))
    return Records(cluster, groups, (), make_steps(cluster_id, 1, *steps, created=created))


def make_steps(cluster_id: str, first: int, *specs: StepSpec, created: float = 1000.0) -> tuple[Step, ...]:
    """Steps as AddJobFlowSteps stores them; `first` is the number of the first."""
    return tuple(
        Step(ids.step_id(cluster_id, number), cluster_id, number, created, spec, StepStatus())
        for number, spec in enumerate(specs, first)
    )


def step(name: str = "s", action: str = "CONTINUE", **other: str) -> StepSpec:
    """A step that runs a command."""
    return StepSpec(name, "command-runner.jar", ("true",), action_on_failure=action, **other)


class StillClock(RealClock):
    """A time that tests move pass by pass; what is to come later comes by real time."""

    def __init__(self, time: float = 1000.0) -> None:
        self.time = time

    def now(self) -> float:
        return self.time


class CheckedReconciler(Reconciler):
    """Checks before each pass that what lives decides as all that is stored does."""

    async def _observe(self, cluster_id: str) -> Observed:
        seen = await super()._observe(cluster_id)
        live = self._store.live(cluster_id)
        if live is not None:
            full = decide(whole(self._store, cluster_id), seen, self._now(), CATALOG)
            part = decide(live, seen, self._now(), CATALOG)
            assert (part.instructions, part.events, part.wake_at) == (full.instructions, full.events, full.wake_at)
            statuses = {each.id: each for each in (*full.records.instances, *full.records.steps)}
            assert all(statuses[each.id] == each for each in (*part.records.instances, *part.records.steps))
            assert (part.records.cluster, part.records.groups) == (full.records.cluster, full.records.groups)
        return seen


class World:
    """A store, a memory runtime, and a reconciler whose passes are made one by one."""

    def __init__(
        self,
        store: Store | None = None,
        runtime: MemoryRuntime | None = None,
        kind: type[Reconciler] = CheckedReconciler,
    ) -> None:
        self._kind = kind
        self.clock = StillClock()
        self.store = store or Store(":memory:")
        self.runtime = runtime or MemoryRuntime()
        self.runtime.clock = self.clock
        self.expected = 0
        """The instances that managed scaling should request; 0: any number."""
        self.leaving = ""
        """The id of an instance that should end; empty: none."""
        self.alarms: set[str] = set()
        """The metrics whose alarms are in ALARM."""
        self.reconciler = self.make_reconciler()

    def make_reconciler(self) -> Reconciler:
        """A controller that has just started."""
        publishing = Publishing(CATALOG, lambda alarm, now: alarm["MetricName"] in self.alarms)
        return self._kind(self.store, Tools(self.runtime, CATALOG), self.clock, publishing)

    async def restart(self) -> None:
        """The controller dies and a new one starts: nothing but store and runtime survives."""
        await self.reconciler.stop()
        self.reconciler = self.make_reconciler()

    def records(self, cluster_id: str = CLUSTER_ID) -> Records:
        """What is stored."""
        return whole(self.store, cluster_id)

    async def settle(self, cluster_id: str = CLUSTER_ID, until: Callable[[Records], bool] | None = None) -> Records:
        """Make passes until nothing changes any more (or `until` holds), moving the clock a little each time."""
        quiet = 0
        for _ in range(400):
            before = self.records(cluster_id)
            if until and until(before):
                return before
            await self.reconciler.run_pass(cluster_id)
            for _ in range(8):
                await asyncio.sleep(0)
            self.clock.time += 0.25
            quiet = quiet + 1 if self.records(cluster_id) == before else 0
            if not until and (quiet > 6 or self._over(cluster_id)):
                return self.records(cluster_id)
        raise AssertionError(f"it did not settle: {self.records(cluster_id)}")

    def _over(self, cluster_id: str) -> bool:
        return self.records(cluster_id).cluster.status.state in ENDED

    def ask(self, cluster_id: str = CLUSTER_ID, **changes: object) -> None:
        """Change the cluster's spec as an operation does."""
        spec = self.records(cluster_id).cluster.spec
        self.store.set_cluster_spec(cluster_id, replace(spec, **changes))  # type: ignore[arg-type]

    def resize(self, role: str, cluster_id: str = CLUSTER_ID, **changes: object) -> None:
        """Change the spec of a role's first group as ModifyInstanceGroups does."""
        group = next(each for each in self.records(cluster_id).groups if each.spec.role == role)
        spec = replace(group.spec, at_launch=group.spec.launched, changed=self.clock.time, **changes)  # type: ignore[arg-type]
        self.store.set_group_specs(cluster_id, {group.id: spec})

    def measure(self, **values: float) -> None:
        """A look of the master at its load: `mb_pending` is the measurement yarn-mb-pending."""
        master = next(each for each in self.records().instances if each.spec.role == "MASTER")
        node = self.runtime.nodes[master.id]
        for name, value in values.items():
            measured = name if "." in name else name.replace("_", "-")
            node.measure(f"yarn-{measured}", value)
        node.measure("yarn-measured", 1)

    def reconfigure(self, role: str, *configurations: dict[str, object], cluster_id: str = CLUSTER_ID) -> None:
        """Change the configurations of a role's first group as ModifyInstanceGroups does."""
        group = next(each for each in self.records(cluster_id).groups if each.spec.role == role)
        version = latest(group).version + 1
        self.store.set_group_specs(
            cluster_id,
            {group.id: replace(group.spec, configurations=configurations, version=version, changed=self.clock.time)},
        )

    def add_task_group(self, count: int, cluster_id: str = CLUSTER_ID) -> None:
        """Add a task group as AddInstanceGroups does."""
        there = len(self.records(cluster_id).groups)
        specs = [GroupSpec("TASK", M5.name, count, at_launch=0)]
        self.store.add_groups(cluster_id, new_groups(cluster_id, specs, there + 1, self.clock.time))

    def container(self, role: str, index: int = 0) -> str:
        """The runtime's name of a role's `index`th live instance."""
        live = [each for each in self.records().instances if each.spec.role == role and each.status.state not in ENDED]
        return live[index].id


def run(test: Callable[[Any], Awaitable[None]], world: World | None = None) -> None:
    """Run a test of a world (default: a new one), and end that world."""

    async def body() -> None:
        subject = world or World()
        try:
            await test(subject)
        finally:
            await subject.reconciler.stop()
            subject.store.close()

    asyncio.run(body())
