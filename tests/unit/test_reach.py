"""How the controller reaches web pages: where the runtime reports that a port of an instance is reached."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from localemr.runtime.base import ListedInstance
from localemr.runtime.memory import MemoryRuntime
from tests.world import CLUSTER_ID, World, make_records


class Reachable(MemoryRuntime):
    """Port 8088 of each instance is reached elsewhere."""

    async def instances(self, cluster: str | None = None) -> list[ListedInstance]:
        return [replace(each, reach={8088: ("192.0.2.7", 32768)}) for each in await super().instances(cluster)]


def test_what_was_seen_last_counts_until_the_cluster_is_gone() -> None:
    async def test() -> None:
        world = World(runtime=Reachable())
        world.store.add_cluster(make_records())
        await world.settle()
        master = world.container("MASTER")
        assert world.reconciler.reach(CLUSTER_ID, master, 8088) == ("192.0.2.7", 32768)
        assert world.reconciler.reach(CLUSTER_ID, master, 8032) is None
        assert world.reconciler.reach(CLUSTER_ID, "ci-0", 8088) is None
        world.ask(terminate=True)
        await world.settle()
        await world.reconciler.run_pass(CLUSTER_ID)
        assert world.reconciler.reach(CLUSTER_ID, master, 8088) is None

    asyncio.run(test())
