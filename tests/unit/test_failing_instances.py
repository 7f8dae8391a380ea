"""Instances of a ready cluster that do not come up: their logs, their successors, and when no more are made."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localemr.domain.model.states import ENDED, GroupState
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_resize import LOGGED, group_state, moves, numbers, of
from tests.world import World, make_records, run


class Fault:
    """Bootstrap actions fail on task instances while `on`."""

    def __init__(self) -> None:
        self.on = True

    def __call__(self, spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        fails = self.on and what["name"] == "bootstrap-1" and spec.annotations["role"] == "TASK"
        return Outcome(1) if fails else by_kind(spec, what)


def test_who_fails_sends_its_logs_before_it_goes() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=LOGGED))
        await world.settle()
        world.add_task_group(1)
        await world.settle(until=lambda r: bool(of(r, "TASK")) and of(r, "TASK")[0].status.leaving is not None)
        first = of(world.records(), "TASK")[0]
        started = world.runtime.nodes[first.id].started
        records = await world.settle(until=lambda r: of(r, "TASK")[0].status.state in ENDED)
        assert started == ["bootstrap-1", "ship.1", "ship-last.1"]
        assert of(records, "TASK")[0].status.reason.code == "BOOTSTRAP_FAILURE"

    run(test, World(runtime=MemoryRuntime(Fault())))


def test_after_five_failures_the_group_is_suspended_until_it_is_modified() -> None:
    fault = Fault()

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=LOGGED))
        await world.settle()
        world.add_task_group(1)
        records = await world.settle()
        assert (len(of(records, "TASK")), numbers(records, "TASK")) == (5, [])
        group = records.groups[2]
        assert (group.status.state, group.status.reason.code) == (GroupState.SUSPENDED, "INSTANCE_FAILURE")
        assert group.status.reason.message.startswith("5 instances failed, the last one: On 1 slave instance")
        assert records.cluster.status.state == "WAITING"
        fault.on = False
        world.resize("TASK", count=1)
        records = await world.settle()
        assert (numbers(records, "TASK"), group_state(records, "TASK")) == ([8], "RUNNING")
        assert moves(world, "TASK") == ["BOOTSTRAPPING", "SUSPENDED", "RESIZING", "RUNNING"]

    run(test, World(runtime=MemoryRuntime(fault)))


def test_a_suspended_group_that_is_shrunk_to_what_is_there_runs() -> None:
    fault = Fault()
    fault.on = False

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=1, spec=LOGGED))
        await world.settle()
        fault.on = True
        world.resize("TASK", count=4)
        records = await world.settle()
        assert (group_state(records, "TASK"), numbers(records, "TASK")) == ("SUSPENDED", [3])
        world.resize("TASK", count=1)
        assert group_state(await world.settle(), "TASK") == "RUNNING"

    run(test, World(runtime=MemoryRuntime(fault)))
