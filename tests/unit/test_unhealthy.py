"""Unhealthy instances: noted, replaced after their time, gracefully, or not at all."""

from __future__ import annotations

from typing import Any

import pytest

from localemr.domain.model.records import ClusterSpec, Instance, Records
from localemr.domain.model.states import ENDED
from localemr.runtime.memory import MemoryRuntime
from tests.unit.test_drain import busy, hosts, requested, waiting
from tests.unit.test_managed_scaling import policy
from tests.unit.test_resize import numbers, of
from tests.world import CATALOG, CLUSTER_ID, World, make_records, run

AFTER, GRACEFUL = CATALOG.replacement.after, CATALOG.replacement.graceful


def spec(**changes: Any) -> ClusterSpec:
    return ClusterSpec("test", "emr-7.13.0", ("Spark",), keep_alive=True, **changes)


async def brought_up(world: World, core: int = 2, task: int = 1, **changes: Any) -> None:
    world.store.add_cluster(make_records(core=core, task=task, spec=spec(**changes)))
    await world.settle()


def live(records: Records, role: str) -> list[Instance]:
    return [each for each in of(records, role) if each.status.state not in ENDED]


def look(world: World, *instances: Instance, value: int = 1) -> None:
    """YARN says this of the instances."""
    world.measure(**{f"unhealthy.{each.spec.host}": value for each in instances})


async def pass_for(world: World, seconds: float) -> Records:
    """So much time passes; the master looks again."""
    world.clock.time += seconds
    world.measure()
    return await world.settle()


def health(world: World) -> list[tuple[str, str]]:
    return [(each.subject, each.state) for each in world.store.events(CLUSTER_ID) if each.kind == "health"]


@pytest.mark.parametrize(("role", "value"), [("CORE", 1), ("TASK", 2)])
def test_an_unhealthy_instance_is_replaced_after_its_time(role: str, value: int) -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        sick = of(world.records(), role)[-1]
        look(world, sick, value=value)
        since = world.clock.time
        records = await world.settle()
        assert numbers(records, role) == [each.spec.number for each in of(records, role)]
        assert [each.status.unhealthy for each in of(records, role) if each.id == sick.id] == [since]
        records = await pass_for(world, AFTER)
        new = live(records, role)[-1]
        assert (new.spec.number, new.status.state) == (5, "RUNNING")
        # It is drained meanwhile, with YARN's time of the setting.
        (name,) = waiting(world)
        shown = requested(world, name)
        assert (shown["leaving"], shown["hdfs"]) == (dict.fromkeys(hosts(sick), int(GRACEFUL)), role == "CORE")
        assert not set(hosts(sick)) & set(shown["staying"])
        world.runtime.end_run(world.container("MASTER"), name)
        (gone,) = [each for each in of(await world.settle(), role) if each.id == sick.id]
        assert (gone.status.state, gone.status.reason.code) == ("TERMINATED", "INSTANCE_FAILURE")
        assert gone.status.reason.message.startswith(f"Instance {sick.spec.ec2_id} was unhealthy for 1")
        assert health(world) == [(sick.id, "UNHEALTHY"), (sick.id, "REPLACING")]

    run(test, World(runtime=MemoryRuntime(busy)))


def test_one_that_recovers_in_time_stays() -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        sick = of(world.records(), "TASK")[0]
        look(world, sick)
        await world.settle()
        look(world, sick, value=0)
        await world.settle()
        records = await pass_for(world, 2 * AFTER)
        assert (numbers(records, "TASK"), of(records, "TASK")[0].status.unhealthy) == ([4], None)
        assert health(world) == [(sick.id, "UNHEALTHY"), (sick.id, "RECOVERED")]

    run(test)


@pytest.mark.parametrize(
    ("changes", "kept"),
    [
        ({"unhealthy_node_replacement": False}, {"CORE", "TASK"}),
        ({"termination_protected": True}, {"CORE"}),
        ({}, set()),
    ],
)
def test_what_keeps_unhealthy_instances(changes: dict[str, bool], kept: set[str]) -> None:
    async def test(world: World) -> None:
        await brought_up(world, **changes)
        sick = {role: of(world.records(), role)[-1] for role in ("CORE", "TASK")}
        look(world, *sick.values())
        await world.settle()
        records = await pass_for(world, AFTER)
        assert {role for role, each in sick.items() if each.id in {one.id for one in live(records, role)}} == kept

    run(test)


def test_a_change_of_the_feature_counts_at_once() -> None:
    async def test(world: World) -> None:
        await brought_up(world, unhealthy_node_replacement=False)
        look(world, of(world.records(), "TASK")[0])
        await world.settle()
        assert numbers(await pass_for(world, AFTER), "TASK") == [4]
        world.ask(unhealthy_node_replacement=True)
        assert [each.spec.number for each in live(await world.settle(), "TASK")] == [5]

    run(test)


@pytest.mark.parametrize(("protected", "state"), [(False, "TERMINATED_WITH_ERRORS"), (True, "WAITING")])
def test_without_a_healthy_core_instance_the_cluster_ends(protected: bool, state: str) -> None:
    async def test(world: World) -> None:
        await brought_up(world, termination_protected=protected)
        look(world, *of(world.records(), "CORE"))
        await world.settle()
        status = (await pass_for(world, AFTER)).cluster.status
        assert status.state == state
        if not protected:
            assert (status.reason.code, status.reason.message.split(":")[0]) == ("INSTANCE_FAILURE", "NO_SLAVES_LEFT")

    run(test)


def test_while_nothing_is_known_of_yarn_nothing_is_replaced() -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        look(world, of(world.records(), "TASK")[0])
        await world.settle()
        world.clock.time += 1000
        assert numbers(await world.settle(), "TASK") == [4]
        world.measure()
        assert [each.spec.number for each in live(await world.settle(), "TASK")] == [5]

    run(test)


def test_an_instance_with_the_name_of_one_that_yarn_lost_is_healthy() -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        look(world, of(world.records(), "TASK")[0], value=2)
        world.runtime.kill(world.container("TASK"), 137)
        records = await world.settle()
        assert [each.status.unhealthy for each in live(records, "TASK")] == [None]

    run(test)


def test_one_that_is_replaced_is_not_taken_back() -> None:
    async def test(world: World) -> None:
        await brought_up(world, task=1, managed_scaling=policy(2, 6))
        sick = of(world.records(), "TASK")[0]
        look(world, sick)
        await world.settle()
        await pass_for(world, AFTER)
        world.ask(managed_scaling=policy(4, 6))
        records = await world.settle()
        assert sick.id in [each.id for each in of(records, "TASK") if each.status.leaving is not None]
        assert len([each for each in records.instances[1:] if each.status.leaving is None]) == 4

    run(test, World(runtime=MemoryRuntime(busy)))


@pytest.mark.parametrize(
    ("what", "leaves"),
    [({}, 4), ({"shuffle": 4}, 3), ({"containers": 4}, 3), ({"shuffle": 4, "containers": 3}, 3), ({"unhealthy": 3}, 3)],
)
def test_a_shrink_chooses_by_health_and_work(what: dict[str, int], leaves: int) -> None:
    """Instances 3 and 4 are the task group, of which one goes."""

    async def test(world: World) -> None:
        await brought_up(world, core=1, task=2)
        of_number = {each.spec.number: each for each in of(world.records(), "TASK")}
        for name, number in what.items():
            if name == "shuffle":
                world.runtime.nodes[of_number[number].id].measure("yarn-shuffle", 1)
            else:
                world.measure(**{f"{name}.{of_number[number].spec.host}": 1})
        await world.settle()
        world.resize("TASK", count=1)
        left = live(await world.settle(), "TASK")
        assert [each.spec.number for each in left] == [number for number in (3, 4) if number != leaves]

    run(test)


def test_shuffle_data_keeps_an_instance_that_managed_scaling_does_not_need() -> None:
    async def test(world: World) -> None:
        await brought_up(world, core=1, task=1, managed_scaling=policy(1, 3))
        node = world.runtime.nodes[world.container("TASK")]
        node.measure("yarn-shuffle", 1)
        world.measure(mb_total=24576, mb_allocated=0, mb_pending=0)
        await world.settle()
        assert len(live(await pass_for(world, 30), "TASK")) == 1
        node.measure("yarn-shuffle", 0)
        await pass_for(world, 1)
        assert len(live(await pass_for(world, 30), "TASK")) == 0

    run(test)
