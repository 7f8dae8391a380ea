"""Growing and shrinking over the memory runtime: who comes, who goes, and what is shown meanwhile."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from localemr.domain.model.records import BootstrapAction, ClusterSpec, Instance, Records
from localemr.domain.model.states import ENDED, GroupState
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.world import CLUSTER_ID, World, make_records, make_steps, run, step

LAUNCH = ["PROVISIONING", "BOOTSTRAPPING", "RUNNING"]
LOGGED = ClusterSpec(
    "test", "emr-7.13.0", ("Spark",), keep_alive=True, log_uri="s3://logs/",
    bootstrap_actions=(BootstrapAction("a", "/bin/true"),),
)  # fmt: skip


def of(records: Records, role: str) -> list[Instance]:
    return [each for each in records.instances if each.spec.role == role]


def numbers(records: Records, role: str, alive: bool = True) -> list[int]:
    return [each.spec.number for each in of(records, role) if (each.status.state not in ENDED) == alive]


def group_state(records: Records, role: str) -> str:
    return str(next(each for each in records.groups if each.spec.role == role).status.state)


def moves(world: World, role: str) -> list[str]:
    """States that the role's group has gone through, as the event log has them; its first one is not logged."""
    group = next(each for each in world.records().groups if each.spec.role == role)
    return [event.state for event in world.store.events(CLUSTER_ID) if event.subject == group.id]


@pytest.mark.parametrize("role", ["CORE", "TASK"])
def test_a_group_grows(role: str) -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=1, spec=LOGGED))
        await world.settle()
        world.resize(role, count=3)
        await world.settle(until=lambda r: group_state(r, role) == GroupState.RESIZING)
        records = await world.settle()
        assert numbers(records, role)[1:] == [4, 5]
        assert {str(each.status.state) for each in records.instances} == {"RUNNING"}
        assert moves(world, role) == ["BOOTSTRAPPING", "RUNNING", "RESIZING", "RUNNING"]
        for each in of(records, role):
            assert world.runtime.nodes[each.id].started[0] == "bootstrap-1"
        assert [event.state for event in world.store.events(CLUSTER_ID) if event.kind == "cluster"][-1] == "WAITING"

    run(test)


def test_an_added_group_comes_up_while_steps_go_on() -> None:
    hold = make_steps(CLUSTER_ID, 1, step("long"))[0]

    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(None) if what["name"] == f"step-{hold.id}" else by_kind(spec, what)

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("long"), step("next"), core=1))
        await world.settle(until=lambda r: r.steps[0].status.state == "RUNNING")
        world.add_task_group(2)
        records = await world.settle()
        assert [str(each.status.state) for each in of(records, "TASK")] == ["RUNNING", "RUNNING"]
        assert moves(world, "TASK") == ["BOOTSTRAPPING", "RUNNING"]
        assert records.groups[2].status.ready is not None
        assert [str(each.status.state) for each in records.steps] == ["RUNNING", "PENDING"]
        world.runtime.end_run(world.container("MASTER"), f"step-{hold.id}")
        assert [str(each.status.state) for each in (await world.settle()).steps] == ["COMPLETED", "COMPLETED"]

    run(test, World(runtime=MemoryRuntime(behaviour)))


def test_who_is_ready_does_not_wait_for_who_bootstraps() -> None:
    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        slow = what["name"] == "bootstrap-1" and spec.annotations["role"] == "TASK"
        return Outcome(None) if slow else by_kind(spec, what)

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=LOGGED))
        await world.settle()
        world.add_task_group(1)
        world.resize("CORE", count=2)
        records = await world.settle()
        assert [str(each.status.state) for each in of(records, "CORE")] == ["RUNNING", "RUNNING"]
        assert [str(each.status.state) for each in of(records, "TASK")] == ["BOOTSTRAPPING"]
        assert (group_state(records, "CORE"), group_state(records, "TASK")) == ("RUNNING", "BOOTSTRAPPING")
        # A long bootstrap action is no failure of the applications.
        world.clock.time += 1000
        await world.settle()
        world.runtime.end_run(world.container("TASK"), "bootstrap-1")
        assert group_state(await world.settle(), "TASK") == "RUNNING"

    run(test, World(runtime=MemoryRuntime(behaviour)))


@pytest.mark.parametrize("role", ["CORE", "TASK"])
def test_a_group_shrinks_and_its_newest_instances_go(role: str) -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=3, task=3, spec=LOGGED))
        before = await world.settle()
        gone = [each.id for each in of(before, role)[1:]]
        ran = {name: world.runtime.nodes[name].started for name in gone}
        world.resize(role, count=1)
        records = await world.settle()
        assert numbers(records, role) == numbers(before, role)[:1]
        assert moves(world, role)[-2:] == ["RESIZING", "RUNNING"]
        assert len(records.instances) == len(before.instances), "nobody was replaced"
        for each in of(records, role)[1:]:
            assert (each.status.reason.code, each.status.ended is not None) == ("", True)
            assert each.status.reason.message == "The instance group was shrunk."
        assert not set(gone) & set(world.runtime.nodes)
        for started in ran.values():
            assert started[-1] == "ship-last.1" and len(started) == len(set(started))

    run(test)


def test_named_instances_go_first_and_protected_ones_stay() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=4))
        before = of(await world.settle(), "TASK")
        policy = {
            "InstancesToTerminate": [before[0].spec.ec2_id],
            "InstancesToProtect": [before[3].spec.ec2_id],
        }
        world.resize("TASK", count=2, shrink_policy={"InstanceResizePolicy": policy})
        records = await world.settle()
        assert numbers(records, "TASK") == [before[1].spec.number, before[3].spec.number]

    run(test)


def test_terminated_by_name_is_not_replaced_even_when_another_is_lost_meanwhile() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=3))
        before = of(await world.settle(), "TASK")
        world.resize("TASK", count=2, terminate=(before[0].spec.ec2_id,))
        world.runtime.kill(world.container("TASK", 2))
        records = await world.settle()
        assert numbers(records, "TASK") == [before[1].spec.number, 6]
        reasons = {each.spec.number: each.status.reason.code for each in of(records, "TASK")}
        assert (reasons[before[0].spec.number], reasons[before[2].spec.number]) == ("", "INSTANCE_FAILURE")

    run(test)


def test_a_new_resize_overrides_one_under_way() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=2, spec=LOGGED))
        await world.settle()
        world.resize("TASK", count=0)
        await world.reconciler.run_pass(CLUSTER_ID)
        assert all(each.status.leaving is not None for each in of(world.records(), "TASK"))
        world.resize("TASK", count=2)
        records = await world.settle()
        assert (numbers(records, "TASK", alive=False), numbers(records, "TASK")) == ([3, 4], [5, 6])
        world.resize("TASK", count=4)
        await world.reconciler.run_pass(CLUSTER_ID)
        world.resize("TASK", count=2)
        records = await world.settle()
        assert numbers(records, "TASK") == [5, 6]
        assert group_state(records, "TASK") == "RUNNING"

    run(test)


def test_a_group_that_is_emptied_before_it_came_up_can_grow_again() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1))
        await world.settle()
        world.add_task_group(2)
        await world.reconciler.run_pass(CLUSTER_ID)
        world.resize("TASK", count=0)
        records = await world.settle()
        assert (numbers(records, "TASK"), group_state(records, "TASK")) == ([], "RUNNING")
        assert len(world.runtime.nodes) == 2
        world.resize("TASK", count=1)
        records = await world.settle()
        assert (numbers(records, "TASK"), group_state(records, "TASK")) == ([5], "RUNNING")
        assert moves(world, "TASK") == [*LAUNCH[1:], "RESIZING", "RUNNING"]

    run(test)


def test_copies_of_blocks_follow_the_launch_not_the_resize() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=3))
        await world.settle()
        world.resize("CORE", count=5)
        await world.settle()
        sites = [
            world.runtime.nodes[world.container("CORE", index)].files["/etc/hadoop/conf/hdfs-site.xml"].text
            for index in (0, 4)
        ]
        assert all("<name>dfs.replication</name><value>1</value>" in site for site in sites)

    run(test)


def test_a_cluster_that_ends_while_it_is_resized_leaves_nothing() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2, task=1, spec=LOGGED))
        await world.settle()
        world.resize("TASK", count=3)
        world.resize("CORE", count=1)
        await world.reconciler.run_pass(CLUSTER_ID)
        world.ask(terminate=True)
        records = await world.settle()
        assert records.cluster.status.state == "TERMINATED"
        assert not world.runtime.nodes and not world.runtime.made_clusters

    run(test)
