"""Clusters reach the services that they use, also when one of these was made anew; and the machine's size is known
when it is needed."""

from __future__ import annotations

import asyncio

from localemr.domain.decide.rules.attachments import AWAITED_SECONDS
from localemr.domain.node.shared_catalog import ALIAS
from localemr.reconcile import loop
from localemr.reconcile.act import Tools
from localemr.reconcile.loop import Reconciler
from localemr.runtime.base import Event, Machine
from localemr.runtime.memory import MemoryRuntime
from localemr.store import Store
from tests.world import CATALOG, CLUSTER_ID, World, make_records


def with_services(*services: str) -> World:
    world = World()
    world.reconciler = Reconciler(world.store, Tools(world.runtime, CATALOG, frozenset(services)), world.clock)
    return world


def test_a_service_that_was_made_anew_is_attached_to_a_running_cluster() -> None:
    async def test() -> None:
        world = with_services("s3")
        world.store.add_cluster(make_records())
        await world.settle()
        world.runtime.detached[CLUSTER_ID] = {"s3"}
        await world.reconciler.run_pass(CLUSTER_ID)
        assert world.runtime.detached == {}
        await world.reconciler.stop()

    asyncio.run(test())


def test_one_that_the_cluster_does_not_use_is_left_alone() -> None:
    async def test() -> None:
        world = with_services("s3")
        world.store.add_cluster(make_records())
        await world.settle()
        world.runtime.detached[CLUSTER_ID] = {"catalog"}
        await world.reconciler.run_pass(CLUSTER_ID)
        assert world.runtime.detached == {CLUSTER_ID: {"catalog"}}
        await world.reconciler.stop()

    asyncio.run(test())


def test_a_job_that_uses_the_shared_catalog_gets_it_into_its_network() -> None:
    """The instance reports a measurement until it reaches the catalog; the cluster's configurations name none."""

    async def test() -> None:
        world = World()
        started: list[float] = []

        async def start(cluster_id: str) -> None:
            assert cluster_id == CLUSTER_ID
            started.append(world.clock.now())

        tools = Tools(world.runtime, CATALOG, frozenset({"s3"}), start)
        world.reconciler = Reconciler(world.store, tools, world.clock)
        world.store.add_cluster(make_records())
        await world.settle()
        assert not started
        world.runtime.nodes[world.container("CORE")].measure(ALIAS, 1)
        await world.settle(until=lambda records: bool(started))
        world.clock.time += 2 * AWAITED_SECONDS
        await world.settle()
        before = len(started)
        await world.reconciler.run_pass(CLUSTER_ID)
        assert len(started) == before  # the instance has reached it, and repeats nothing
        world.runtime.detached[CLUSTER_ID] = {ALIAS}  # it was made anew
        await world.reconciler.run_pass(CLUSTER_ID)
        assert world.runtime.detached == {}
        await world.reconciler.stop()

    asyncio.run(test())


def test_an_event_of_a_service_has_all_clusters_looked_at() -> None:
    async def test() -> None:
        runtime, store = MemoryRuntime(), Store(":memory:")
        reconciler = Reconciler(store, Tools(runtime, CATALOG, frozenset({"s3"})))
        await reconciler.start()
        store.add_cluster(make_records())
        reconciler.wake(CLUSTER_ID)
        async with asyncio.timeout(20):
            while len(runtime.nodes) < 2 or not runtime._listeners:
                await asyncio.sleep(0.01)
            runtime.detached[CLUSTER_ID] = {"s3"}
            for queue in runtime._listeners:
                queue.put_nowait(Event(None, "minio", "start"))
            while runtime.detached:
                await asyncio.sleep(0.01)
        await reconciler.stop()

    asyncio.run(test())


def test_the_memory_check_begins_when_the_runtime_is_there() -> None:
    async def test() -> None:
        runtime = MemoryRuntime()
        runtime.available = False
        reconciler = Reconciler(Store(":memory:"), Tools(runtime, CATALOG))
        await reconciler.start()
        assert reconciler.memory_mb is None
        runtime.available, runtime.machines = True, (Machine(1000, 2), Machine(3000, 2))
        async with asyncio.timeout(10 * loop.LISTEN_AGAIN):
            while reconciler.memory_mb is None:
                await asyncio.sleep(0.01)
        assert reconciler.memory_mb == 4000
        await reconciler.stop()

    asyncio.run(test())
