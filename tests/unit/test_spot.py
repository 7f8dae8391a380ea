"""Spot instances that EC2 takes back, by the notice that their container tells of."""

from __future__ import annotations

from localemr.domain.node.runs import spot_notice_run
from localemr.reconcile.instances import run_file
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_resize import numbers, of, run
from tests.world import World, make_records


def going_on(spec: InstanceSpec, what: dict[str, object]) -> Outcome:
    """The notice lasts until the test ends it."""
    return Outcome(None) if what["name"] == "spot-notice" else by_kind(spec, what)


async def noticed(world: World) -> str:
    """A cluster whose task instance has got its notice; the name of its container."""
    world.store.add_cluster(make_records(core=1, task=1))
    await world.settle()
    name = world.container("TASK")
    await world.runtime.send(name, run_file(spot_notice_run(120)))
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
