"""Clocks of nodes that are 10 minutes ahead or behind: what happens to a cluster, and when, is the same."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

import pytest

from localemr.domain.model.states import ENDED
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.world import World, make_records, step

SKEWS = pytest.mark.parametrize("skew", [-600.0, 0.0, 600.0])
DATANODE = "hadoop-hdfs-datanode"


def play(runtime: MemoryRuntime, test: Callable[[World], Awaitable[None]]) -> None:
    async def body() -> None:
        world = World(runtime=runtime)
        world.store.add_cluster(make_records(step("a"), core=2))
        await test(world)
        await world.reconciler.stop()

    asyncio.run(body())


@SKEWS
def test_a_lost_instance_is_replaced_in_a_second(skew: float) -> None:
    async def test(world: World) -> None:
        await world.settle()
        name, killed = world.container("CORE"), world.clock.time
        world.runtime.kill(name)
        await world.settle(until=lambda records: any(
            each.id == name and each.status.state in ENDED for each in records.instances
        ))  # fmt: skip
        assert world.clock.time - killed < 2
        assert (await world.settle()).cluster.status.state == "WAITING"

    play(MemoryRuntime(skew=skew), test)


@SKEWS
def test_a_daemon_that_keeps_ending_is_one_too_many_after_six_times(skew: float) -> None:
    def ending(spec: InstanceSpec, run: Mapping[str, Any]) -> Outcome:
        return Outcome(1) if str(run["name"]).startswith(DATANODE) else by_kind(spec, run)

    async def test(world: World) -> None:
        began, failed = world.clock.time, list[str]()
        while not failed and world.clock.time < began + 120:
            records = await world.settle()
            failed = [each.status.reason.message for each in records.instances if each.status.state in ENDED]
            world.clock.time += 1
        assert "ended 6 times" in failed[0]
        # The pauses between six attempts, which double from half a second.
        assert world.clock.time - began >= 15.5

    play(MemoryRuntime(ending, skew=skew), test)


@SKEWS
def test_the_pause_before_the_next_attempt_is_as_long(skew: float) -> None:
    async def test(world: World) -> None:
        await world.settle()
        core = world.container("CORE")
        before = world.clock.time
        world.runtime.end_run(core, f"{DATANODE}.1", 1)
        await world.settle(until=lambda _: f"{DATANODE}.2" in world.runtime.nodes[core].started)
        assert 0.5 <= world.clock.time - before < 2

    play(MemoryRuntime(skew=skew), test)


@SKEWS
def test_steps_run_and_are_done(skew: float) -> None:
    """They are held back until the applications were found ready after the daemons' start."""

    async def test(world: World) -> None:
        records = await world.settle()
        assert [str(each.status.state) for each in records.steps] == ["COMPLETED"]

    play(MemoryRuntime(skew=skew), test)
