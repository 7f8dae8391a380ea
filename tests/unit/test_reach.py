"""How the controller reaches web pages: through published ports, or, in a container, inside the clusters' networks."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from localemr.reconcile.act import Workshop
from localemr.reconcile.loop import Reconciler
from localemr.runtime.base import Container
from localemr.runtime.memory import MemoryRuntime
from localemr.store import Store
from tests.world import CATALOG, CLUSTER_ID, NAMING, make_records


class Publishing(MemoryRuntime):
    """Publishes port 8088 of each container; notes who is attached to networks."""

    def __init__(self) -> None:
        super().__init__()
        self.attached: list[Mapping[str, str]] = []

    async def ensure_network(self, name: str, labels: Mapping[str, str], pool: str, attach: Mapping[str, str]) -> str:
        self.attached.append(attach)
        return await super().ensure_network(name, labels, pool, attach)

    async def containers(self, labels: Mapping[str, str]) -> list[Container]:
        return [Container(each.name, each.state, each.labels, ports={8088: 32768})
                for each in await super().containers(labels)]  # fmt: skip


async def seen(own: str) -> tuple[Reconciler, Publishing, str]:
    """A reconciler that has seen a cluster's master, whose id is returned."""
    store, runtime = Store(":memory:"), Publishing()
    shop = Workshop(runtime, NAMING, CATALOG, lambda label: "node", "10.213.0.0/16", "s3-1", own)
    reconciler = Reconciler(store, shop)
    store.add_cluster(make_records())
    for _ in range(6):
        await reconciler.run_pass(CLUSTER_ID)
    return reconciler, runtime, store.instances(CLUSTER_ID)[0].id


def test_on_the_host_through_the_published_port() -> None:
    async def test() -> None:
        reconciler, runtime, master = await seen("")
        assert reconciler.reach(CLUSTER_ID, master, 8088) == ("127.0.0.1", 32768)
        assert reconciler.reach(CLUSTER_ID, master, 8032) is None
        assert reconciler.reach(CLUSTER_ID, "ci-0", 8088) is None
        assert runtime.attached[0] == {"s3-1": "s3"}
        await reconciler.stop()

    asyncio.run(test())


def test_in_a_container_inside_the_network_which_it_joins_again_when_it_was_made_anew() -> None:
    async def test() -> None:
        reconciler, runtime, master = await seen("own-1")
        assert reconciler.reach(CLUSTER_ID, master, 8088) == (NAMING.container(master), 8088)
        assert reconciler.reach(CLUSTER_ID, master, 8032) is None
        both = {"s3-1": "s3", "own-1": "controller"}
        assert runtime.attached[0] == both
        runtime.attached.clear()
        await reconciler.start()
        while not runtime.attached:
            await asyncio.sleep(0.001)
        assert runtime.attached[0] == both
        await reconciler.stop()

    asyncio.run(test())
