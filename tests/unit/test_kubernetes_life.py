"""Clusters from start to end on an imitation of Kubernetes: the reconciler over the runtime over HTTP."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator

import pytest

from localemr.domain.model.records import Records
from localemr.domain.model.states import ClusterState, InstanceState, StepState
from localemr.reconcile import loop
from localemr.reconcile.act import Tools
from localemr.reconcile.loop import Reconciler
from localemr.runtime.kubernetes.runtime import Options
from localemr.runtime.kubernetes.waiting import Patience
from localemr.store import Store
from tests.kubernetes_api import Server
from tests.kubernetes_objects import Cluster
from tests.unit.test_kubernetes_contract import made
from tests.whole import whole
from tests.world import CATALOG, CLUSTER_ID, make_records, step

SECONDS = 90.0
ROLE = "localemr.note/role"


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as found:
        for name in ("m-2", "m-3"):
            found.do(lambda cluster, name=name: cluster.add_machine(name))
        yield found


class World:
    """A store and a reconciler that runs."""

    def __init__(self, server: Server, patience: Patience | None = None) -> None:
        self.server = server
        self.store = Store(":memory:")
        self.runtime = made(server, Options(patience=patience or Patience()))
        self.reconciler = Reconciler(self.store, Tools(self.runtime, CATALOG))

    def records(self) -> Records:
        return whole(self.store, CLUSTER_ID)

    async def until(self, holds: Callable[[Records], bool]) -> Records:
        """The records, once this holds."""
        try:
            async with asyncio.timeout(SECONDS):
                while not holds(self.records()):
                    await asyncio.sleep(0.05)
        except TimeoutError:
            raise AssertionError(f"it does not come: {self.records()}") from None
        return self.records()

    def change(self, **spec: object) -> None:
        """Change the cluster's spec as an operation does."""
        before = self.records().cluster.spec
        self.store.set_cluster_spec(CLUSTER_ID, type(before)(**{**vars(before), **spec}))  # type: ignore[arg-type]
        self.reconciler.wake(CLUSTER_ID)


def play(world: World, records: Records, test: Callable[[World], Awaitable[None]]) -> None:
    """Run a test of a cluster."""

    async def body() -> None:
        await world.reconciler.start()
        try:
            world.store.add_cluster(records)
            world.reconciler.wake(CLUSTER_ID)
            await test(world)
        finally:
            await world.reconciler.stop()
            await world.runtime.close()
            world.store.close()

    asyncio.run(body())


def in_state(state: ClusterState) -> Callable[[Records], bool]:
    return lambda records: records.cluster.status.state == state


def machine_of(cluster: Cluster, role: str) -> str:
    pods = cluster.objects["pods"].values()
    return next(str(each["spec"]["nodeName"]) for each in pods if each["metadata"]["annotations"][ROLE] == role)


def test_a_cluster_runs_a_step_loses_a_machine_and_ends_without_a_trace(server: Server) -> None:
    async def test(world: World) -> None:
        waiting = await world.until(in_state(ClusterState.WAITING))
        assert [each.status.state for each in waiting.steps] == [StepState.COMPLETED]
        assert all(each.status.address for each in waiting.instances)
        lost = world.server.do(lambda cluster: machine_of(cluster, "CORE"))
        assert lost != world.server.do(lambda cluster: machine_of(cluster, "MASTER"))
        world.server.do(lambda cluster: cluster.stop_machine(lost))

        def replaced(records: Records) -> bool:
            states = [each.status.state for each in records.instances]
            return sorted(states) == [*[InstanceState.RUNNING] * 3, InstanceState.TERMINATED]

        after = await world.until(replaced)
        (gone,) = [each for each in after.instances if each.status.state == InstanceState.TERMINATED]
        text = f"its container ended, its machine {lost} stopped answering."
        assert gone.status.reason.message == f"Instance {gone.spec.ec2_id} was terminated: {text}"
        assert after.cluster.status.state == ClusterState.WAITING
        world.change(terminate=True)
        await world.until(in_state(ClusterState.TERMINATED))
        left = world.server.do(lambda cluster: [*cluster.objects["pods"], *cluster.objects["services"]])
        assert left == [] == world.server.do(lambda cluster: list(cluster.objects["secrets"]))

    play(World(server), make_records(step("a"), core=2), test)


def test_a_cluster_without_room_says_so_and_fails(server: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loop, "LOOK_AGAIN", 3600)  # It is not the usual look that finds that all is gone.
    no_room = "0/2 nodes are available: 2 Insufficient memory."

    async def test(world: World) -> None:
        shown = await world.until(lambda records: no_room in records.cluster.status.reason.message)
        assert (shown.cluster.status.state, shown.cluster.status.reason.code) == (ClusterState.STARTING, "")
        failed = await world.until(in_state(ClusterState.TERMINATED_WITH_ERRORS))
        reason = failed.cluster.status.reason
        assert (reason.code, reason.message) == ("INTERNAL_ERROR", f"Insufficient capacity: {no_room}")
        assert world.server.do(lambda cluster: list(cluster.objects["pods"])) == []

    server.do(lambda cluster: setattr(cluster, "full", no_room))
    play(World(server, Patience(room=4)), make_records(), test)
