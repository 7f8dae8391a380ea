"""The crash matrix: the controller is killed at every boundary of saving and acting, and a new one takes over.

Every time the end is the same, and each run was started exactly once. Of the killed one nothing goes on: no handler of
its errors runs to an effect, and its memory is gone.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from typing import Any

import pytest

from localemr.domain.decide.rules.automatic_scaling import REPEAT
from localemr.domain.model.records import BootstrapAction, ClusterSpec, Event, Records
from localemr.domain.model.states import ENDED, GroupState
from localemr.domain.model.versions import latest
from localemr.reconcile.loop import Reconciler
from localemr.runtime.base import File, InstanceSpec
from localemr.runtime.memory import Behaviour, MemoryRuntime, Outcome, by_kind
from localemr.runtime.memory_node import AGAIN
from localemr.store import Store
from tests.world import CLUSTER_ID, CheckedReconciler, World, make_records, step


class Crash(BaseException):
    """The controller is dead. It is no failure of the runtime or the store, so nothing in the product handles it."""


class Fuse:
    """Burns at the `at`th boundary; nothing has an effect from there on until a new controller has started.

    `place` names the boundary: what was about to be done, or was done.
    """

    def __init__(self, at: int) -> None:
        self.at, self.count, self.dead, self.place = at, 0, False, ""

    def boundary(self, place: str) -> None:
        if not self.dead:
            self.count += 1
            self.dead = self.count == self.at
            self.place = place if self.dead else self.place
        if self.dead:
            raise Crash(self.place)

    @contextmanager
    def around(self, what: str) -> Iterator[None]:
        """A boundary before and one after an effect."""
        self.boundary(f"before {what}")
        with self.after(what):
            yield

    @contextmanager
    def after(self, what: str) -> Iterator[None]:
        """A boundary after an effect; that before it is the one after the last effect."""
        if self.dead:
            raise Crash(self.place)
        yield
        self.boundary(f"after {what}")


class FusedStore(Store):
    def __init__(self, fuse: Fuse) -> None:
        super().__init__(":memory:")
        self.fuse = fuse

    def save(self, before: Records, after: Records, events: Iterable[Event]) -> None:
        with self.fuse.around("saving"):
            super().save(before, after, events)


class FusedRuntime(MemoryRuntime):
    def __init__(self, fuse: Fuse) -> None:
        super().__init__()
        self.fuse = fuse
        self.history: list[tuple[str, list[str]]] = []

    async def ensure_cluster(
        self, cluster: str, annotations: Mapping[str, str], hosts: str, services: Collection[str]
    ) -> None:
        with self.fuse.around("making what the cluster shares"):
            await super().ensure_cluster(cluster, annotations, hosts, services)

    async def make(self, spec: InstanceSpec, files: Mapping[str, File]) -> None:
        with self.fuse.around(f"making {spec.name}"):
            await super().make(spec, files)

    def reached(self, what: str) -> None:
        self.fuse.boundary(f"after {what}")

    async def send(self, name: str, files: Mapping[str, File]) -> None:
        if set(files) == {AGAIN}:  # a follower's, of which nothing follows
            return await super().send(name, files)
        with self.fuse.around(f"sending to {name}: {', '.join(files)[:100]}"):
            await super().send(name, files)

    async def start(self, name: str) -> None:
        with self.fuse.after(f"starting {name}"):
            await super().start(name)

    async def remove(self, name: str) -> None:
        with self.fuse.after(f"removing {name}"):
            self.history.append((name, list(self.nodes[name].started) if name in self.nodes else []))
            await super().remove(name)

    async def remove_cluster(self, cluster: str) -> None:
        with self.fuse.after("removing what the cluster shares"):
            await super().remove_cluster(cluster)


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


def scale(world: World) -> None:
    """A policy, under which the cluster is too small for its load."""
    world.ask(managed_scaling=POLICY)
    world.measure(mb_total=12288, mb_pending=60000)
    world.expected = 3


def rest(world: World) -> None:
    world.measure(mb_total=36864, mb_pending=0)
    world.expected = 1


def sicken(world: World) -> None:
    """A core instance is unhealthy."""
    gone = [each for each in world.records().instances if each.spec.role == "CORE"][-1]
    world.measure(**{f"unhealthy.{gone.spec.host}": 1})
    world.leaving = gone.id


def grow_by_rule(world: World) -> None:
    """A policy of the core group, a rule of which is in alarm, and stays so during its cool-down."""
    rules = [_rule("up", 1), _rule("down", -1)]
    world.resize("CORE", auto_scaling={"Constraints": {"MinCapacity": 1, "MaxCapacity": 4}, "Rules": rules})
    world.alarms, world.expected = {"up"}, 2


def shrink_by_rule(world: World) -> None:
    world.clock.time += REPEAT
    world.alarms, world.expected = {"down"}, 1


def _rule(metric: str, change: int) -> dict[str, Any]:
    alarm = {"MetricName": metric, "ComparisonOperator": "GREATER_THAN", "Threshold": 1.0, "Period": 300}
    action = {"ScalingAdjustment": change, "CoolDown": COOL_DOWN}
    return {
        "Name": metric,
        "Action": {"SimpleScalingPolicyConfiguration": action},
        "Trigger": {"CloudWatchAlarmDefinition": alarm},
    }


COOL_DOWN = 5
POLICY = {
    "ComputeLimits": {
        "UnitType": "Instances",
        "MinimumCapacityUnits": 1,
        "MaximumCapacityUnits": 4,
        "MaximumCoreCapacityUnits": 2,
    },
    "ScalingStrategy": "ADVANCED",
    "UtilizationPerformanceIndex": 1,  # it shrinks early
}
BAD = "no NodeManager likes this"
WISHES: dict[str, list[Callable[[World], None]]] = {
    "steps": [],
    "resizes": [grow, shrink],
    "reconfigurations": [reconfigure, misconfigure],
    "scaling": [scale, rest],
    "rules": [grow_by_rule, shrink_by_rule],
    "health": [lambda world: world.resize("CORE", count=2), sicken],
}
"""Lives, and what is requested of each cluster in turn, whenever it is as it was requested to be."""


INSTANCES = {"steps": 3, "resizes": 4, "reconfigurations": 2, "scaling": 4, "rules": 3, "health": 4}
"""How many a cluster of each life has had."""


def is_settled(records: Records, expected: int, leaving: str = "") -> bool:
    """Whether all groups have what is requested of them; `expected` instances in all of them (0: any number), and the
    one that should leave has ended."""
    if any(each.id == leaving and each.status.state not in ENDED for each in records.instances):
        return False
    if expected and sum(each.spec.count for each in records.groups[1:]) != expected:
        return False
    running = all(
        group.status.state == GroupState.RUNNING and latest(group) == group.status.applied for group in records.groups
    )
    return running and all(
        sum(each.spec.group_id == group.id and each.status.state not in ENDED for each in records.instances)
        == group.spec.count
        for group in records.groups
    )


async def life(kind: str, at: int = 0, memory: int | None = None) -> tuple[Fuse, Any]:
    """A cluster from its request to its end, with a crash at one boundary (0: none); what came of it.

    With `memory` a new controller takes over after every so many passes, too.
    """
    fuse = Fuse(at)
    runtime = FusedRuntime(fuse)
    runtime.behaviour = spoiled(runtime)
    world = World(FusedStore(fuse), runtime, CheckedReconciler if at == 0 else Reconciler)
    wishes = list(WISHES[kind])
    spec = ClusterSpec("test", "emr-7.13.0", ("Spark",), log_uri="s3://logs/", keep_alive=bool(wishes),
                       bootstrap_actions=(BootstrapAction("a", "/bin/true"),))  # fmt: skip
    world.store.add_cluster(make_records(step("a"), step("b"), core=1, task=0 if wishes else 1, spec=spec))
    for number in range(1, 1200):
        with suppress(Crash):
            await world.reconciler.run_pass(CLUSTER_ID)
        if fuse.dead or (memory and number % memory == 0):
            killed = world.reconciler
            await world.restart()  # all that the killed one had begun ends while it is still dead
            assert world.reconciler is not killed
            fuse.dead = False
        for _ in range(8):
            await asyncio.sleep(0)
        world.clock.time += 0.25
        records = world.records()
        if records.cluster.spec.keep_alive and is_settled(records, world.expected, world.leaving):
            wishes.pop(0)(world) if wishes else world.ask(keep_alive=False)
        if records.cluster.status.state in ENDED and not runtime.made_clusters and not runtime.nodes:
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


@pytest.fixture(scope="module", params=WISHES)
def undisturbed(request: pytest.FixtureRequest) -> tuple[str, Fuse, Any]:
    """A kind of life, its boundaries, and what comes of it without a crash."""
    fuse, outcome = asyncio.run(life(request.param))
    return request.param, fuse, outcome


def test_the_life_without_a_crash_is_a_good_one(undisturbed: tuple[str, Fuse, Any]) -> None:
    kind, fuse, (outcome, steps) = undisturbed
    assert outcome[0] == "TERMINATED"
    assert {state for _, state in outcome[4]} == {"COMPLETED"}
    assert len(steps) == 2
    assert fuse.count > 40
    assert (
        len(outcome[2])
        == {"steps": 3, "resizes": 4, "reconfigurations": 2, "scaling": 4, "rules": 3, "health": 4}[kind]
    )
    core, applied = outcome[3][1]
    assert core == applied
    assert core.version == (3 if kind == "reconfigurations" else 0)


PARTS = 8
"""The boundaries of a life are tried in so many tests, each every eighth one."""


@pytest.mark.parametrize("part", range(PARTS))
def test_a_crash_at_any_boundary_changes_nothing(undisturbed: tuple[str, Fuse, Any], part: int) -> None:
    kind, boundaries, expected = undisturbed
    different = []
    for at in range(1 + part, boundaries.count + 1, PARTS):
        fuse, outcome = asyncio.run(life(kind, at))
        assert fuse.place, f"boundary {at} was not reached"
        if outcome != expected:
            different.append(f"{at}, {fuse.place}: {outcome}")
    assert not different, "\n".join(different)


@pytest.mark.parametrize("passes", [2, 3])
def test_a_controller_without_a_memory_does_the_same(undisturbed: tuple[str, Fuse, Any], passes: int) -> None:
    kind, _, expected = undisturbed
    _, outcome = asyncio.run(life(kind, memory=passes))
    assert outcome == expected
