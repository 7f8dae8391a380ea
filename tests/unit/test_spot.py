"""Spot instances that EC2 takes back, by the notice that their container tells of."""

from __future__ import annotations

import pytest

from localemr.domain.model.records import Instance
from localemr.domain.node.runs import SPOT_NOTICE, spot_notice_run
from localemr.faults.market import Drill, hours_until
from localemr.reconcile.instances import run_file
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_drain import busy, hosts, requested, waiting
from tests.unit.test_resize import group_state, numbers, of
from tests.world import World, make_records, run


def going_on(spec: InstanceSpec, what: dict[str, object]) -> Outcome:
    """The notice lasts until the test ends it."""
    return Outcome(None) if what["name"] == "spot-notice" else by_kind(spec, what)


def endless(spec: InstanceSpec, what: dict[str, object]) -> Outcome:
    """Notices, and work of nodes that leave, last until the test ends them."""
    return going_on(spec, what) if what["name"] == SPOT_NOTICE else busy(spec, what)


async def noticed(world: World) -> str:
    """A cluster whose task instance has got its notice; the name of its container."""
    world.store.add_cluster(make_records(core=1, task=1))
    await world.settle()
    name = world.container("TASK")
    await world.runtime.send(name, run_file(spot_notice_run(world.clock.time, 120)))
    return name


def test_the_notice_outlives_the_controller() -> None:
    async def test(world: World) -> None:
        name = await noticed(world)
        await world.restart()
        before = of(await world.settle(), "TASK")
        assert [each.status.state for each in before] == ["RUNNING"]
        world.runtime.end_run(name, "spot-notice")
        records = await world.settle()
        gone, new = of(records, "TASK")
        assert (gone.status.state, gone.status.reason.code) == ("TERMINATED", "INSTANCE_FAILURE")
        assert (
            gone.status.reason.message == f"Instance {gone.spec.ec2_id} was terminated: Server.SpotInstanceTermination."
        )
        assert (new.status.state, name in world.runtime.nodes) == ("RUNNING", False)
        assert records.cluster.status.state == "WAITING"

    run(test, World(runtime=MemoryRuntime(going_on)))


def test_a_host_that_goes_down_meanwhile_is_an_outage_for_the_others_alone() -> None:
    async def test(world: World) -> None:
        await noticed(world)
        for name in list(world.runtime.nodes):
            world.runtime.kill(name, 255)
        records = await world.settle()
        assert (numbers(records, "MASTER"), numbers(records, "CORE"), numbers(records, "TASK")) == ([1], [2], [4])
        assert records.cluster.status.state == "WAITING"

    run(test, World(runtime=MemoryRuntime(going_on)))


async def settled(world: World, role: str = "TASK", core: int = 1, task: int = 2) -> Instance:
    """A cluster in which the newest instance of a role has got its notice."""
    world.store.add_cluster(make_records(core=core, task=task))
    await world.settle()
    last = of(world.records(), role)[-1]
    await world.runtime.send(last.id, run_file(spot_notice_run(world.clock.time, 120)))
    await world.settle()
    return last


@pytest.mark.parametrize("role", ["CORE", "TASK"])
def test_a_notice_has_yarn_decommission_the_node_within_20_seconds(role: str) -> None:
    async def test(world: World) -> None:
        gone = await settled(world, role, core=2)
        (name,) = waiting(world)
        assert name == f"decommission-{gone.spec.number}-spot.1"
        shown = requested(world, name)
        assert (shown["leaving"], shown["hdfs"]) == (dict.fromkeys(hosts(gone), 20), False)
        assert set(shown["staying"]) == set(hosts(*(each for each in world.records().instances if each.id != gone.id)))
        # It is replaced once it is gone, not before.
        assert len(of(world.records(), role)) == 2
        world.runtime.end_run(gone.id, SPOT_NOTICE)
        records = await world.settle()
        states = [(each.status.state, each.status.reason.code) for each in of(records, role)]
        assert states == [("RUNNING", ""), ("TERMINATED", "INSTANCE_FAILURE"), ("RUNNING", "")]
        assert (waiting(world), group_state(records, role)) == ([name], "RUNNING")

    run(test, World(runtime=MemoryRuntime(endless)))


@pytest.mark.parametrize(("note", "number"), [("12", "12"), ("", "its")])
def test_a_core_instance_tells_what_hdfs_loses(note: str, number: str) -> None:
    async def test(world: World) -> None:
        gone = await settled(world, "CORE", core=2)
        world.runtime.end_run(world.container("MASTER"), waiting(world)[0], note=note)
        await world.settle()
        world.runtime.end_run(gone.id, SPOT_NOTICE)
        lost = of(await world.settle(), "CORE")[1]
        assert lost.status.reason.message == (
            f"Instance {gone.spec.ec2_id} was terminated: Server.SpotInstanceTermination."
            f" HDFS had {number} blocks on it: those without another copy are lost."
        )

    run(test, World(runtime=MemoryRuntime(endless)))


def test_a_nodemanager_that_yarn_ended_is_not_restarted() -> None:
    async def test(world: World) -> None:
        gone = await settled(world)
        world.runtime.end_run(gone.id, "hadoop-yarn-nodemanager.1", 0)
        world.clock.time += 30
        await world.settle()
        assert [name for name in world.runtime.nodes[gone.id].started if "nodemanager" in name] == [
            "hadoop-yarn-nodemanager.1"
        ]

    run(test, World(runtime=MemoryRuntime(endless)))


def test_a_shrink_removes_the_one_that_is_taken_back_anyway() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(task=2))
        await world.settle()
        first, second = of(world.records(), "TASK")
        await world.runtime.send(first.id, run_file(spot_notice_run(world.clock.time, 120)))
        await world.settle()
        world.resize("TASK", count=1)
        await world.settle()
        assert [each.id for each in of(world.records(), "TASK") if each.status.leaving is not None] == [first.id]
        assert waiting(world) == [f"decommission-{first.spec.number}-spot.1"]
        world.runtime.end_run(first.id, SPOT_NOTICE)
        records = await world.settle()
        assert numbers(records, "TASK") == [second.spec.number]
        assert "SpotInstance" in of(records, "TASK")[0].status.reason.message

    run(test, World(runtime=MemoryRuntime(endless)))


def test_a_node_that_is_drained_gets_less_time_by_a_notice_and_is_not_taken_off_the_lists_by_others() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(task=3))
        await world.settle()
        _, second, third = of(world.records(), "TASK")
        world.resize("TASK", count=2)
        await world.settle()
        await world.runtime.send(third.id, run_file(spot_notice_run(world.clock.time, 120)))
        await world.settle()
        old, new = waiting(world)
        assert (requested(world, old)["leaving"], new) == ({hosts(third)[0]: None}, f"{old[:-2]}-spot.1")
        assert requested(world, new)["leaving"] == {hosts(third)[0]: 20}
        await world.runtime.send(second.id, run_file(spot_notice_run(world.clock.time, 120)))
        await world.settle()
        latest = requested(world, waiting(world)[-1])
        assert latest["leaving"] == dict.fromkeys(hosts(second, third), 20)
        assert not set(latest["staying"]) & set(hosts(second, third))

    run(test, World(runtime=MemoryRuntime(endless)))


def test_a_master_has_nothing_to_give_its_work_to() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records())
        await world.settle()
        master = world.container("MASTER")
        await world.runtime.send(master, run_file(spot_notice_run(world.clock.time, 120)))
        await world.settle()
        assert waiting(world) == []
        world.runtime.end_run(master, SPOT_NOTICE)
        assert (await world.settle()).cluster.status.state == "TERMINATED_WITH_ERRORS"

    run(test, World(runtime=MemoryRuntime(endless)))


def test_a_drill_is_determined_by_its_seed() -> None:
    def times(drill: Drill) -> list[float]:
        return [hours_until(drill, "nightly", str(number)) for number in range(1, 2001)]

    half = times(Drill(0.5, seed=7))
    assert half == times(Drill(0.5, seed=7)) != times(Drill(0.5, seed=8))
    assert min(half) >= 0
    for hours, left in ((1, 0.5), (2, 0.25), (3, 0.125)):
        assert sum(each > hours for each in half) / len(half) == pytest.approx(left, abs=0.04)
    assert max(times(Drill(1.0))) < 1
