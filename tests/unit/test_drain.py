"""Instances that give up their work before they leave: who waits, for how long, and what the master is told."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from localemr.domain.model.names import private_dns
from localemr.domain.model.records import Instance
from localemr.reconcile.instances import INBOX
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_resize import group_state, numbers, of
from tests.world import World, make_records, run


def busy(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
    """Nodes that have work until somebody ends the run that waits for it."""
    return Outcome(None) if what["name"].startswith("decommission-") else by_kind(spec, what)


async def brought_up(world: World, core: int = 1, task: int = 2) -> None:
    world.store.add_cluster(make_records(core=core, task=task))
    await world.settle()


def waiting(world: World) -> list[str]:
    """Runs on the master that wait for nodes."""
    return [name for name in world.runtime.nodes[world.container("MASTER")].started if name.startswith("decommission-")]


def requested(world: World, name: str) -> dict[str, Any]:
    """What such a run is to do."""
    document = json.loads(world.runtime.nodes[world.container("MASTER")].files[f"{INBOX}/runs/{name}.json"].text)
    return dict(document["spec"])


def hosts(*instances: Instance) -> list[str]:
    return [private_dns(each.spec.host, "us-east-1") for each in instances]


@pytest.mark.parametrize("role", ["CORE", "TASK"])
def test_an_instance_leaves_when_its_work_is_done(role: str) -> None:
    async def test(world: World) -> None:
        await brought_up(world, core=2)
        first, last = of(world.records(), role)
        world.resize(role, count=1)
        records = await world.settle()
        assert numbers(records, role) == [first.spec.number, last.spec.number]
        assert group_state(records, role) == "RESIZING"
        (name,) = waiting(world)
        shown = requested(world, name)
        assert shown["leaving"] == {shown["host"]: None} == dict.fromkeys(hosts(last))
        assert set(hosts(first)) < set(shown["staying"])
        assert shown["hdfs"] == (role == "CORE")
        fake = world.runtime.nodes[last.id]
        assert not [line for line in fake.lines if '"code"' in line and "nodemanager" in line]
        world.clock.time += 1000
        assert group_state(await world.settle(), role) == "RESIZING", "it takes the time it takes"
        world.runtime.end_run(world.container("MASTER"), name)
        records = await world.settle()
        assert (numbers(records, role), group_state(records, role)) == ([first.spec.number], "RUNNING")

    run(test, World(runtime=MemoryRuntime(busy)))


def test_each_leaves_in_its_own_time() -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        one, other = of(world.records(), "TASK")
        world.resize("TASK", count=0)
        await world.settle()
        names = waiting(world)
        assert names == [f"decommission-{each.spec.number}.1" for each in (one, other)]
        assert set(requested(world, names[0])["leaving"]) == set(hosts(one, other))
        world.runtime.end_run(world.container("MASTER"), names[1])
        assert numbers(await world.settle(), "TASK") == [one.spec.number]
        world.runtime.end_run(world.container("MASTER"), names[0])
        assert numbers(await world.settle(), "TASK") == []

    run(test, World(runtime=MemoryRuntime(busy)))


def test_timeouts_are_those_of_the_shrink_policy() -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        one, other = of(world.records(), "TASK")
        policy = {
            "DecommissionTimeout": 600,
            "InstanceResizePolicy": {"InstancesToTerminate": [one.spec.ec2_id], "InstanceTerminationTimeout": 30},
        }
        world.resize("TASK", count=0, shrink_policy=policy)
        await world.settle()
        assert requested(world, waiting(world)[0])["leaving"] == dict(zip(hosts(one, other), (30, 600), strict=True))

    run(test, World(runtime=MemoryRuntime(busy)))


def test_terminated_by_name_means_now() -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        one, other = of(world.records(), "TASK")
        world.resize("TASK", count=1, terminate=(one.spec.ec2_id,))
        assert numbers(await world.settle(), "TASK") == [other.spec.number]
        assert waiting(world) == []
        # Also for one that is being waited for.
        world.resize("TASK", count=0)
        assert numbers(await world.settle(), "TASK") == [other.spec.number]
        world.resize("TASK", count=0, terminate=(one.spec.ec2_id, other.spec.ec2_id))
        assert numbers(await world.settle(), "TASK") == []

    run(test, World(runtime=MemoryRuntime(busy)))


def test_daemons_that_could_not_be_reached_are_called_again() -> None:
    def deaf(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(1, note="connection refused") if what["name"] == "decommission-3.1" else by_kind(spec, what)

    async def test(world: World) -> None:
        await brought_up(world, task=1)
        world.resize("TASK", count=0)
        records = await world.settle()
        assert (waiting(world), numbers(records, "TASK")) == (["decommission-3.1", "decommission-3.2"], [])

    run(test, World(runtime=MemoryRuntime(deaf)))


@pytest.mark.parametrize("who", ["MASTER", "TASK"])
def test_an_instance_that_dies_meanwhile_is_not_awaited(who: str) -> None:
    async def test(world: World) -> None:
        await brought_up(world, task=1)
        world.resize("TASK", count=0)
        await world.settle()
        world.runtime.kill(world.container(who))
        records = await world.settle()
        assert numbers(records, "TASK") == []
        assert str(records.cluster.status.state) == ("WAITING" if who == "TASK" else "TERMINATED_WITH_ERRORS")

    run(test, World(runtime=MemoryRuntime(busy)))


def test_the_end_of_the_cluster_does_not_wait() -> None:
    async def test(world: World) -> None:
        await brought_up(world)
        world.resize("TASK", count=0)
        await world.settle()
        world.ask(terminate=True)
        assert str((await world.settle()).cluster.status.state) == "TERMINATED"

    run(test, World(runtime=MemoryRuntime(busy)))
