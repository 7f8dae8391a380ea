"""Clusters whose image is missing: the reconciler over images that are built on demand."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace

from localemr.domain.model.records import Records
from localemr.domain.model.states import ClusterState, GroupState, InstanceState, Reason
from localemr.images import plan
from localemr.images.build import BuildFailure
from tests.golden_scenarios import LABEL
from tests.images import Builder
from tests.world import CLUSTER_ID, World, make_records

WAITING = "Provisioning Amazon EC2 capacity. Preparing the image of emr-7.13.0 with Hadoop, Spark: "
OTHER = "j-2ABCDEFGHIJKL"


def with_images(builder: Builder, world: World | None = None) -> World:
    world = world or World()
    world.runtime.images = builder.on_demand(world.clock.now)
    return world


def play(test: Callable[[Builder, World], Awaitable[None]]) -> None:
    async def body() -> None:
        builder = Builder()
        world = with_images(builder)
        world.store.add_cluster(make_records())
        await test(builder, world)
        await world.reconciler.stop()
        await world.runtime.close()

    asyncio.run(asyncio.wait_for(body(), 60))


async def until(world: World, look: Callable[[Records], bool], cluster_id: str = CLUSTER_ID) -> Records:
    """Make passes until it holds; builds go on meanwhile."""
    while not look(world.records(cluster_id)):
        await world.reconciler.run_pass(cluster_id)
        await asyncio.sleep(0.002)
        world.clock.time += 0.25
    return world.records(cluster_id)


def state(records: Records) -> ClusterState:
    return records.cluster.status.state


def message(records: Records) -> str:
    return records.cluster.status.reason.message


def is_ready(records: Records) -> bool:
    return state(records) == ClusterState.WAITING


def test_the_cluster_shows_the_progress_and_then_starts() -> None:
    async def test(builder: Builder, world: World) -> None:
        shown = await until(world, lambda records: message(records).endswith("base: step 1 of 2"))
        assert state(shown) == ClusterState.STARTING and message(shown).startswith(WAITING)
        master = shown.instances[0].status
        assert (master.state, master.reason.code) == (InstanceState.PROVISIONING, "")
        assert master.reason.message.startswith("Preparing the image of emr-7.13.0")
        assert not world.runtime.nodes
        builder.go.set()
        done = await until(world, is_ready)
        assert "Preparing" not in message(done)
        assert {each.status.reason.message for each in done.instances} == {""}
        assert {node.spec.applications for node in world.runtime.nodes.values()} == {("Hadoop", "Spark")}

    play(test)


def test_another_reason_of_its_start_stays_before_it() -> None:
    async def test(builder: Builder, world: World) -> None:
        before = world.records()
        status = replace(before.cluster.status, reason=Reason("", "emr-7.13.0 stands in: see docs"))
        world.store.save(before, replace(before, cluster=replace(before.cluster, status=status)), ())
        shown = await until(world, lambda records: message(records).endswith("base: step 1 of 2"))
        assert message(shown).startswith("emr-7.13.0 stands in: see docs. Preparing the image of emr-7.13.0")
        builder.go.set()
        await until(world, lambda records: "Preparing" not in message(records))

    play(test)


def test_other_clusters_go_on_and_one_that_needs_the_same_waits_with_it() -> None:
    async def test(builder: Builder, world: World) -> None:
        await until(world, lambda records: builder.begun != [])
        world.store.add_cluster(make_records(cluster_id=OTHER))
        await until(world, lambda records: message(records).startswith(WAITING), OTHER)
        builder.go.set()
        await until(world, is_ready, OTHER)
        await until(world, is_ready)
        assert len(builder.begun) == 1

    play(test)


def test_a_failing_build_ends_the_cluster_with_cause_and_log() -> None:
    async def test(builder: Builder, world: World) -> None:
        builder.failure = BuildFailure("", "image spark, step 3 of 9: no route to host (log: /logs/build-spark.log)")
        builder.go.set()
        ended = await until(world, lambda records: state(records) == ClusterState.TERMINATED_WITH_ERRORS)
        assert ended.cluster.status.reason.code == "INTERNAL_ERROR"
        assert message(ended) == (
            "The image of emr-7.13.0 with Hadoop, Spark could not be built: image spark, step 3 of 9: no route to host "
            "(log: /logs/build-spark.log)"
        )
        assert len(builder.begun) == 1 and not world.runtime.made_clusters

    play(test)


def test_a_cluster_that_is_terminated_meanwhile_ends_at_once_and_so_does_the_build() -> None:
    async def test(builder: Builder, world: World) -> None:
        await until(world, lambda records: builder.begun != [])
        world.ask(terminate=True)
        ended = await until(world, lambda records: state(records) == ClusterState.TERMINATED)
        assert (ended.cluster.status.reason.code, message(ended)) == ("USER_REQUEST", "Terminated by user request")
        assert not world.runtime.made_clusters and not world.runtime.nodes
        while not builder.ended:
            await asyncio.sleep(0.001)
        assert builder.there == {}

    play(test)


def test_a_controller_that_starts_in_the_middle_goes_on() -> None:
    async def test(builder: Builder, world: World) -> None:
        await until(world, lambda records: message(records).endswith("base: step 1 of 2"))
        await world.runtime.close()
        await world.restart()
        with_images(builder, world)
        await until(world, lambda records: len(builder.begun) == 2 and message(records).startswith(WAITING))
        builder.go.set()
        await until(world, is_ready)

    play(test)


async def ready_without_images(builder: Builder, world: World) -> None:
    """A ready cluster whose image has been removed, after a restart of the controller."""
    builder.add(plan.node(LABEL))
    await until(world, is_ready)
    builder.there.clear()
    await world.restart()
    with_images(builder, world)


def test_a_group_that_grows_waits_for_an_image_that_is_gone() -> None:
    async def test(builder: Builder, world: World) -> None:
        await ready_without_images(builder, world)
        world.resize("CORE", count=2)
        grown = await until(world, lambda records: bool(builder.begun))
        assert (state(grown), grown.groups[1].status.state) == (ClusterState.WAITING, GroupState.RESIZING)
        await until(world, lambda records: records.instances[-1].status.reason.message.endswith("base: step 1 of 2"))
        builder.go.set()
        await until(world, lambda records: records.groups[1].status.state == GroupState.RUNNING)

    play(test)


def test_a_group_whose_image_cannot_be_built_is_suspended_after_one_build() -> None:
    async def test(builder: Builder, world: World) -> None:
        await ready_without_images(builder, world)
        builder.failure = BuildFailure("", "image hadoop, step 2 of 4: no space left on device (log: /l)")
        builder.go.set()
        world.resize("CORE", count=2)
        stopped = await until(world, lambda records: records.groups[1].status.state == GroupState.SUSPENDED)
        assert state(stopped) == ClusterState.WAITING
        assert "no space left on device" in stopped.groups[1].status.reason.message
        assert len(builder.begun) == 1

    play(test)
