"""What users change while a cluster lives, and what comes of it, pass by pass over the memory runtime."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from localemr.domain.decide.decide import decide
from localemr.domain.model.records import AutoTermination, Records
from localemr.domain.model.states import ClusterState, StepState
from localemr.runtime.memory import MemoryRuntime, Outcome
from tests.unit.test_life import fails_for, spec, states
from tests.world import CATALOG, CLUSTER_ID, World, make_records, make_steps, run, step


def unending(container: object, what: object) -> Outcome:
    """Steps and daemons run for ever, all else succeeds."""
    assert isinstance(what, dict)
    return Outcome(None if what.get("daemon") or str(what["name"]).startswith("step-") else 0)


def under_way(count: int) -> Callable[[Records], bool]:
    return lambda records: sum(each.status.state == StepState.RUNNING for each in records.steps) == count


@pytest.mark.shows("emr", "ModifyCluster")
def test_a_higher_step_concurrency_starts_pending_steps_at_once() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(*(step(name) for name in "abcd")))
        await world.settle(until=under_way(1))
        world.ask(step_concurrency=3)
        records = await world.settle(until=under_way(3))
        assert states(records)[2] == ["RUNNING", "RUNNING", "RUNNING", "PENDING"]
        world.ask(step_concurrency=1)
        assert states(await world.settle())[2] == ["RUNNING", "RUNNING", "RUNNING", "PENDING"]

    run(test, World(runtime=MemoryRuntime(unending)))


def test_with_more_than_one_step_at_once_a_failure_has_no_further_effect() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("a", "TERMINATE_CLUSTER"), step("b")))
        world.ask(step_concurrency=2)
        records = await world.settle()
        assert states(records)[::2] == ("WAITING", ["FAILED", "FAILED"])

    run(test, World(runtime=fails_for("step-")))


def in_state(state: ClusterState) -> Callable[[Records], bool]:
    return lambda records: records.cluster.status.state == state


async def later(world: World, at: float) -> Records:
    """The records after some passes at this time."""
    world.clock.time = at
    world.measure()
    await asyncio.sleep(0.01)
    for _ in range(3):
        await world.reconciler.run_pass(CLUSTER_ID)
        for _ in range(8):
            await asyncio.sleep(0)
    return world.records()


async def waiting(world: World, **wishes: object) -> float:
    """Make a cluster that waits; since when it does."""
    world.store.add_cluster(make_records(spec=spec(**wishes)))
    records = await world.settle(until=in_state(ClusterState.WAITING))
    return records.cluster.status.since


def test_an_idle_cluster_ends_after_its_timeout() -> None:
    async def test(world: World) -> None:
        since = await waiting(world, auto_termination=AutoTermination(600, 0.0))
        assert states(await later(world, since + 599))[0] == "WAITING"
        assert states(await later(world, since + 600))[0] == "TERMINATING"
        records = await world.settle()
        assert records.cluster.status.state == ClusterState.TERMINATED
        assert records.cluster.status.reason.code == "USER_REQUEST"
        assert "auto-termination policy" in records.cluster.status.reason.message

    run(test)


def test_a_pass_is_requested_when_the_timeout_is_over() -> None:
    async def test(world: World) -> None:
        since = await waiting(world, auto_termination=AutoTermination(60, 0.0))
        records = world.records()
        seen = await world.reconciler._observe(CLUSTER_ID)
        assert decide(records, seen, since + 1, CATALOG).wake_at == since + 60

    run(test)


@pytest.mark.shows("emr", "RemoveAutoTerminationPolicy")
def test_a_policy_counts_from_when_it_was_put_and_a_removed_one_not_at_all() -> None:
    async def test(world: World) -> None:
        since = await waiting(world)
        await later(world, since + 10_000)
        world.ask(auto_termination=AutoTermination(60, world.clock.time))
        assert states(await later(world, since + 10_059))[0] == "WAITING"
        world.ask(auto_termination=None)
        assert states(await later(world, since + 20_000))[0] == "WAITING"
        world.ask(auto_termination=AutoTermination(60, world.clock.time))
        assert states(await later(world, since + 20_060))[0] == "TERMINATING"

    run(test)


def test_a_cluster_is_not_idle_while_it_has_steps_and_the_time_begins_anew_after_them() -> None:
    async def test(world: World) -> None:
        since = await waiting(world, auto_termination=AutoTermination(60, 0.0))
        await later(world, since + 50)
        world.store.add_steps(CLUSTER_ID, make_steps(CLUSTER_ID, 1, step()))
        await world.settle(until=in_state(ClusterState.RUNNING))
        assert states(await later(world, since + 500))[::2] == ("RUNNING", ["RUNNING"])
        await stop_step(world)
        records = await world.settle(until=in_state(ClusterState.WAITING))
        since = records.cluster.status.since
        assert states(await later(world, since + 59))[0] == "WAITING"
        assert states(await later(world, since + 60))[0] == "TERMINATING"

    run(test, World(runtime=MemoryRuntime(unending)))


async def stop_step(world: World) -> None:
    """Ask for the only step to be cancelled."""
    (running,) = world.records().steps
    world.store.set_step_specs(CLUSTER_ID, {running.id: replace(running.spec, cancel="TERMINATE_PROCESS")})


def test_a_protected_cluster_is_not_ended_for_being_idle() -> None:
    async def test(world: World) -> None:
        since = await waiting(world, auto_termination=AutoTermination(60, 0.0), termination_protected=True)
        assert states(await later(world, since + 10_000))[0] == "WAITING"
        world.ask(termination_protected=False)
        assert states(await later(world, since + 10_001))[0] == "TERMINATING"

    run(test)


def test_the_timeout_outlives_the_controller() -> None:
    async def test(world: World) -> None:
        since = await waiting(world, auto_termination=AutoTermination(60, 0.0))
        await world.restart()
        assert states(await later(world, since + 60))[0] == "TERMINATING"

    run(test)
