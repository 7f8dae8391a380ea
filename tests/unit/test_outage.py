"""All of a cluster's containers stop at once: the host went down, or the Docker daemon."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.states import StepState
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_life import goes_on, states
from tests.world import World, make_records, run, step


def test_all_containers_stopped_at_once_is_an_outage() -> None:
    records = make_records(step("a"), step("b"))

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        await world.settle()
        for name in list(world.runtime.nodes):
            world.runtime.kill(name, 255)
        settled = await world.settle()
        assert states(settled) == ("RUNNING", ["RUNNING"] * 2, ["FAILED", "RUNNING"])
        assert settled.steps[0].status.failure
        assert "hadoop-hdfs-namenode.2" in world.runtime.nodes[world.container("MASTER")].started

    run(test, World(runtime=goes_on("step-")))


@pytest.mark.parametrize("first", ["MASTER", "CORE"])
def test_an_outage_may_take_its_time(first: str) -> None:
    """On a busy machine containers end seconds apart: the first one was taken for lost, and with it the cluster."""

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2))
        before = await world.settle()
        world.runtime.kill(world.container(first), 143)
        await world.settle()
        for name in list(world.runtime.nodes):
            world.runtime.kill(name, 255)
        settled = await world.settle()
        assert states(settled)[:2] == ("WAITING", ["RUNNING"] * 3)
        assert [each.id for each in settled.instances] == [each.id for each in before.instances]

    run(test)


def test_an_instance_that_a_user_stops_is_replaced() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2))
        await world.settle()
        world.runtime.kill(world.container("CORE"), 143)
        await world.settle()
        world.clock.time += 15
        assert states(await world.settle())[1].count("TERMINATED") == 1

    run(test)


def not_ready_again(*endless: str) -> MemoryRuntime:
    """After an outage waiting for the applications goes on until it is ended; so do runs of these names."""

    def behaviour(spec: InstanceSpec, run: Mapping[str, Any]) -> Outcome:
        name = run["name"]
        again = name.startswith("ready-") and not name.endswith(".1")
        return Outcome(None) if again or name in endless else by_kind(spec, run)

    return MemoryRuntime(behaviour)


def outage(world: World) -> None:
    for name in list(world.runtime.nodes):
        world.runtime.kill(name, 255)


async def end_waiting(world: World) -> None:
    """The applications are ready again."""
    master = world.container("MASTER")
    ready = world.runtime.nodes[master].started[-1]
    assert ready.startswith("ready-")
    world.runtime.end_run(master, ready)


def test_after_an_outage_steps_wait_until_the_applications_are_ready_again() -> None:
    records = make_records(step("a"))

    async def test(world: World) -> None:
        world.store.add_cluster(replace(records, steps=()))
        await world.settle()
        outage(world)
        world.store.add_steps(records.cluster.id, records.steps)
        assert states(await world.settle())[2] == ["PENDING"]
        await end_waiting(world)
        assert states(await world.settle())[2] == ["COMPLETED"]

    run(test, World(runtime=not_ready_again()))


def test_no_step_starts_in_a_master_that_is_going_down() -> None:
    records = make_records(step("a"), step("b"))
    first = f"step-{records.steps[0].id}"

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        await world.settle()
        # The step's end is heard before that of the daemons, and before that of the container.
        world.runtime.nodes[world.container("MASTER")].lose_run(first)
        assert states(await world.settle())[2] == ["FAILED", "PENDING"]
        outage(world)
        assert states(await world.settle())[2] == ["FAILED", "PENDING"]
        await end_waiting(world)
        assert states(await world.settle())[2] == ["FAILED", "COMPLETED"]

    run(test, World(runtime=not_ready_again(first)))


def test_a_step_that_was_saved_but_not_started_before_an_outage_waits_too() -> None:
    records = make_records(step("a"))
    name = f"step-{records.steps[0].id}"

    async def test(world: World) -> None:
        world.store.add_cluster(replace(records, steps=()))
        await world.settle()
        outage(world)
        saved = replace(records.steps[0].status, state=StepState.RUNNING, started=world.clock.time)
        world.store.add_steps(records.cluster.id, [replace(records.steps[0], status=saved)])
        await world.settle()
        master = world.runtime.nodes[world.container("MASTER")]
        assert name not in master.started
        await end_waiting(world)
        assert states(await world.settle())[2] == ["COMPLETED"]
        assert master.started.count(name) == 1

    run(test, World(runtime=not_ready_again()))
