"""Instances on their way out, held there by a LogUri that takes no logs."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from localemr.domain.model.states import ENDED
from localemr.reconcile.instances import INBOX
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_resize import LOGGED, group_state, numbers, of
from tests.world import CLUSTER_ID, World, make_records, run


def unsent(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
    return Outcome(1) if what["name"].startswith("ship-last.") else by_kind(spec, what)


async def brought_up(world: World, core: int = 1, task: int = 1) -> None:
    world.store.add_cluster(make_records(core=core, task=task, spec=LOGGED))
    await world.settle()


def test_daemons_are_stopped_before_the_last_logs_are_sent_and_not_started_again() -> None:
    async def test(world: World) -> None:
        await brought_up(world, core=2)
        fake = world.runtime.nodes[world.container("CORE", 1)]
        world.resize("CORE", count=1)
        await world.settle()
        world.clock.time += 10
        await world.settle()
        reported = [line for line in fake.lines if '"ship-last.1"' in line or '"code": 143' in line]
        assert ["datanode" in reported[0], "nodemanager" in reported[1], "ship-last" in reported[2]] == [True] * 3
        assert not [name for name in fake.started if name.endswith(".2") and "ship" not in name]

    run(test, World(runtime=MemoryRuntime(unsent)))


def test_they_are_held_no_longer_than_half_a_minute() -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        world.resize("TASK", count=0)
        records = await world.settle()
        assert [str(each.status.state) for each in of(records, "TASK")] == ["RUNNING"]
        assert group_state(records, "TASK") == "RESIZING"
        world.clock.time += 31
        records = await world.settle()
        assert [str(each.status.state) for each in of(records, "TASK")] == ["TERMINATED"]
        assert group_state(records, "TASK") == "RUNNING"

    run(test, World(runtime=MemoryRuntime(unsent)))


def test_nobody_waits_for_them_to_be_ready() -> None:
    async def test(world: World) -> None:
        await brought_up(world, task=2)
        leaving = of(world.records(), "TASK")[1]
        world.resize("TASK", count=1)
        await world.settle()
        world.resize("CORE", count=2)
        records = await world.settle()
        assert [str(each.status.state) for each in of(records, "CORE")] == ["RUNNING", "RUNNING"]
        master = world.runtime.nodes[world.container("MASTER")]
        awaited = [master.files[f"{INBOX}/runs/{name}.json"].text for name in master.started if "ready-" in name]
        host = f"{leaving.spec.host}."
        assert [host in text for text in awaited] == [True, False]

    run(test, World(runtime=MemoryRuntime(unsent)))


def test_new_instances_wait_for_their_names() -> None:
    async def test(world: World) -> None:
        await brought_up(world, task=200)
        world.resize("TASK", count=0)
        await world.settle()
        world.resize("TASK", count=200)
        records = await world.settle()
        assert len([each for each in records.instances if each.status.state not in ENDED]) == 245
        assert group_state(records, "TASK") == "RESIZING"
        world.clock.time += 31
        records = await world.settle()
        assert (len(numbers(records, "TASK")), group_state(records, "TASK")) == (200, "RUNNING")
        hosts = [each.spec.host for each in records.instances if each.status.state not in ENDED]
        assert len(hosts) == len(set(hosts)) == 202

    run(test, World(runtime=MemoryRuntime(unsent)))


@pytest.mark.parametrize("how", ["killed", "removed"])
def test_whatever_happens_to_them_they_left_for_their_own_reason(how: str) -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        world.resize("TASK", count=0)
        await world.settle()
        if how == "killed":
            world.runtime.kill(world.container("TASK"))
        else:
            await world.runtime.remove(world.container("TASK"))
        records = await world.settle()
        assert [each.status.reason.message for each in of(records, "TASK")] == ["The instance group was shrunk."]
        assert (numbers(records, "TASK"), group_state(records, "TASK")) == ([], "RUNNING")

    run(test, World(runtime=MemoryRuntime(unsent)))


def test_they_do_not_keep_a_cluster_alive_that_lost_its_last_core_instance() -> None:
    async def test(world: World) -> None:
        await brought_up(world, core=2)
        world.resize("CORE", count=1)
        await world.settle()
        world.runtime.kill(world.container("CORE", 0))
        world.clock.time += 1
        await world.settle(until=lambda r: r.cluster.status.state == "TERMINATING")
        assert world.records().cluster.status.reason.code == "INSTANCE_FAILURE"

    run(test, World(runtime=MemoryRuntime(unsent)))


def test_an_outage_of_the_host_does_not_bring_them_back() -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        world.resize("TASK", count=0)
        await world.reconciler.run_pass(CLUSTER_ID)
        for name in list(world.runtime.nodes):
            world.runtime.kill(name, 255)
        records = await world.settle()
        assert numbers(records, "TASK") == []
        assert {str(each.status.state) for each in of(records, "CORE") + of(records, "MASTER")} == {"RUNNING"}
        assert records.cluster.status.state == "WAITING"
        assert len(world.runtime.nodes) == 2

    run(test, World(runtime=MemoryRuntime(unsent)))


def test_who_failed_is_held_no_longer_either() -> None:
    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        fails = what["name"] == "bootstrap-1" and spec.annotations["role"] == "TASK"
        return Outcome(1) if fails else unsent(spec, what)

    async def test(world: World) -> None:
        await brought_up(world, task=0)
        world.add_task_group(1)
        await world.settle(until=lambda r: len(of(r, "TASK")) == 5)
        await world.settle()
        world.clock.time += 31
        records = await world.settle()
        assert [each.status.reason.code for each in of(records, "TASK")] == ["BOOTSTRAP_FAILURE"] * 5
        assert (numbers(records, "TASK"), group_state(records, "TASK")) == ([], "SUSPENDED")

    run(test, World(runtime=MemoryRuntime(behaviour)))
