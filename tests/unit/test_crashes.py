"""The crash matrix: the controller dies at every boundary of saving and acting, and a new one takes over.

Every time the end is the same, and each run was started exactly once.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

import pytest

from localemr.domain.model.records import BootstrapAction, ClusterSpec, Event, Records
from localemr.domain.model.states import ENDED, GroupState
from localemr.domain.model.versions import latest
from localemr.runtime.base import File, InstanceSpec, RuntimeFailure
from localemr.runtime.memory import Behaviour, MemoryRuntime, Outcome, by_kind
from localemr.store import Store
from tests.world import CLUSTER_ID, World, make_records, step


class Crash(RuntimeFailure):
    """The controller is dead: it saves and does nothing any more."""


class Fuse:
    """Burns at the `at`th boundary; what is behind it is not reached until a new controller has started."""

    def __init__(self, at: int) -> None:
        self.at, self.count, self.dead = at, 0, False

    def boundary(self) -> None:
        self.count += 1
        self.dead = self.dead or self.count == self.at
        if self.dead:
            raise Crash(f"crashed at boundary {self.count}")


class FusedStore(Store):
    def __init__(self, fuse: Fuse) -> None:
        super().__init__(":memory:")
        self.fuse = fuse

    def save(self, before: Records, after: Records, events: Iterable[Event]) -> None:
        self.fuse.boundary()
        super().save(before, after, events)
        self.fuse.boundary()


class FusedRuntime(MemoryRuntime):
    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.fuse = fuse
        self.history: list[tuple[str, list[str]]] = []

    async def ensure_cluster(
        self, cluster: str, annotations: Mapping[str, str], hosts: str, services: Collection[str]
    ) -> None:
        self.fuse.boundary()
        await super().ensure_cluster(cluster, annotations, hosts, services)
        self.fuse.boundary()

    async def make(self, spec: InstanceSpec, files: Mapping[str, File]) -> None:
        self.fuse.boundary()
        await super().make(spec, files)
        self.fuse.boundary()

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        self.fuse.boundary()
        await super().send(name, files)
        self.fuse.boundary()

    async def start(self, name: str) -> None:
        await super().start(name)
        self.fuse.boundary()

    async def remove(self, name: str) -> None:
        self.history.append((name, list(self.nodes[name].started) if name in self.nodes else []))
        await super().remove(name)
        self.fuse.boundary()

    async def remove_cluster(self, cluster: str) -> None:
        await super().remove_cluster(cluster)
        self.fuse.boundary()


def grow(world: World) -> None:
    world.add_task_group(1)
    world.resize("CORE", count=2)


def shrink(world: World) -> None:
    world.resize("TASK", count=0)
    world.resize("CORE", count=1)


def reconfigure(world: World) -> None:
    world.reconfigure("CORE", {"Classification": "yarn-site", "Properties": {"my.own": "good"}})


def misconfigure(world: World) -> None:
    """What no NodeManager starts with: it is rolled back."""
    world.reconfigure("CORE", {"Classification": "yarn-site", "Properties": {"my.own": BAD}})


def spoiled(runtime: MemoryRuntime) -> Behaviour:
    """NodeManagers that end at once where the instance's files have the mark."""

    def behaviour(spec: InstanceSpec, run: Mapping[str, Any]) -> Outcome:
        site = runtime.nodes[spec.name].files["/etc/hadoop/conf/yarn-site.xml"].text
        spoils = BAD in site and run["name"].startswith("hadoop-yarn-nodemanager")
        return Outcome(255) if spoils else by_kind(spec, run)

    return behaviour


BAD = "no NodeManager likes this"
WISHES: dict[str, list[Callable[[World], None]]] = {
    "steps": [],
    "resizes": [grow, shrink],
    "reconfigurations": [reconfigure, misconfigure],
}
"""Lives, and what is asked of each cluster in turn, whenever it is as it was asked to be."""


def is_settled(records: Records) -> bool:
    running = all(
        group.status.state == GroupState.RUNNING and latest(group) == group.status.applied for group in records.groups
    )
    return running and all(
        sum(each.spec.group_id == group.id and each.status.state not in ENDED for each in records.instances)
        == group.spec.count
        for group in records.groups
    )


async def life(kind: str, at: int) -> tuple[Fuse, Any]:
    """A cluster from its request to its end, with a crash at one boundary; what came of it."""
    fuse = Fuse(at)
    runtime = FusedRuntime(fuse)
    runtime.behaviour = spoiled(runtime)
    world = World(FusedStore(fuse), runtime)
    wishes = list(WISHES[kind])
    spec = ClusterSpec("test", "emr-7.13.0", ("Spark",), log_uri="s3://logs/", keep_alive=bool(wishes),
                       bootstrap_actions=(BootstrapAction("a", "/bin/true"),))  # fmt: skip
    world.store.add_cluster(make_records(step("a"), step("b"), core=1, task=0 if wishes else 1, spec=spec))
    for _ in range(600):
        try:
            await world.reconciler.run_pass(CLUSTER_ID)
        except Crash:
            fuse.dead = False
            await world.restart()
        for _ in range(8):
            await asyncio.sleep(0)
        world.clock.time += 0.25
        if world.records().cluster.spec.keep_alive and is_settled(world.records()):
            wishes.pop(0)(world) if wishes else world.ask(keep_alive=False)
        if world.records().cluster.status.state in ENDED and not runtime.made_clusters and not runtime.nodes:
            break
    records = world.records()
    outcome = (
        str(records.cluster.status.state),
        records.cluster.status.reason,
        [(each.id, str(each.status.state)) for each in records.instances],
        [(latest(each), each.status.applied) for each in records.groups],
        [(each.id, str(each.status.state)) for each in records.steps],
    )
    await world.reconciler.stop()
    world.store.close()
    for _, started in runtime.history:
        assert len(started) == len(set(started)), "a run was started twice"
    steps_started = [run for _, started in runtime.history[:] for run in set(started) if run.startswith("step-")]
    return fuse, (outcome, sorted(set(steps_started)))


EXPECTED = {kind: asyncio.run(life(kind, at=0)) for kind in WISHES}


@pytest.mark.parametrize("kind", WISHES)
def test_the_life_without_a_crash_is_a_good_one(kind: str) -> None:
    fuse, (outcome, steps) = EXPECTED[kind]
    assert outcome[0] == "TERMINATED"
    assert {state for _, state in outcome[4]} == {"COMPLETED"}
    assert len(steps) == 2
    assert fuse.count > 40
    assert len(outcome[2]) == {"steps": 3, "resizes": 4, "reconfigurations": 2}[kind]
    core, applied = outcome[3][1]
    assert core == applied
    assert core.version == (3 if kind == "reconfigurations" else 0)


@pytest.mark.parametrize(
    ("kind", "at"), [(kind, at) for kind, (fuse, _) in EXPECTED.items() for at in range(1, fuse.count + 1)]
)
def test_a_crash_at_this_boundary_changes_nothing(kind: str, at: int) -> None:
    fuse, outcome = asyncio.run(life(kind, at))
    assert fuse.count >= at, "the crash was not reached"
    assert outcome == EXPECTED[kind][1]
