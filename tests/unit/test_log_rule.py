"""The rule of logs, over the memory runtime: who watches logs, and who leaves when."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.states import ENDED, ClusterState
from localemr.reconcile.instances import INBOX
from localemr.runtime.base import Entry, InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_resize import LOGGED, of
from tests.world import CLUSTER_ID, World, make_records, make_steps, run, step

ROLES = ("MASTER", "CORE", "TASK")


def started(world: World, role: str) -> list[str]:
    return [name for name in world.runtime.nodes[world.container(role)].started if name.startswith("ship")]


def spec(world: World, role: str, name: str) -> dict[str, Any]:
    text = world.runtime.nodes[world.container(role)].files[f"{INBOX}/runs/{name}.json"].text
    return dict(json.loads(text)["spec"])


def test_every_instance_watches_its_logs_with_one_run_from_the_start() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step(), step(), task=1, spec=LOGGED))
        records = await world.settle()
        for role in ROLES:
            assert started(world, role) == ["ship.1"]
            instance = of(records, role)[0]
            assert spec(world, role, "ship.1") == {
                "log_uri": "s3://logs/", "cluster": CLUSTER_ID, "instance": instance.spec.ec2_id, "watch": True,
            }  # fmt: skip
            runs = world.runtime.nodes[world.container(role)].started
            assert runs.index("ship.1") < runs.index(
                next(name for name in runs if "daemon" in name or "hadoop" in name)
            )

    run(test)


def test_it_is_started_again_when_it_ended() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(spec=LOGGED))
        await world.settle()
        world.runtime.end_run(world.container("CORE"), "ship.1", 1)
        world.clock.time += 1
        await world.settle()
        assert started(world, "CORE") == ["ship.1", "ship.2"]
        assert started(world, "MASTER") == ["ship.1"]

    run(test)


def test_without_a_log_uri_nothing_is_sent_until_a_step_has_one() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step()))
        await world.settle()
        assert [started(world, role) for role in ("MASTER", "CORE")] == [[], []]
        mine = replace(step(), log_uri="s3://mine/")
        world.store.add_steps(CLUSTER_ID, make_steps(CLUSTER_ID, 2, mine))
        await world.settle()
        assert started(world, "MASTER") == ["ship.1"]
        assert spec(world, "MASTER", "ship.1")["log_uri"] is None
        assert spec(world, "MASTER", f"step-{world.records().steps[1].id}")["log_uri"] == "s3://mine/"

    run(test)


def test_a_failed_step_names_its_own_log_place() -> None:
    def fails(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(3) if what["name"].startswith("step-") else by_kind(spec, what)

    async def test(world: World) -> None:
        mine = replace(step(), log_uri="s3://mine/")
        world.store.add_cluster(make_records(mine, step(), spec=LOGGED))
        steps = (await world.settle()).steps
        places = [each.status.failure.log_file for each in steps if each.status.failure]
        assert places == [
            f"s3://mine/{CLUSTER_ID}/steps/{steps[0].id}/stderr.gz",
            f"s3://logs/{CLUSTER_ID}/steps/{steps[1].id}/stderr.gz",
        ]

    run(test, World(runtime=MemoryRuntime(fails)))


def test_workers_stay_until_the_master_has_sent_what_lies_in_hdfs() -> None:
    def slow_master(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        if what["name"] == "ship-last.1" and spec.annotations["role"] == "MASTER":
            return Outcome(None)
        return by_kind(spec, what)

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(task=1, spec=LOGGED))
        await world.settle()
        master = world.container("MASTER")
        world.ask(terminate=True)
        await world.settle()
        assert len(world.runtime.nodes) == 3
        assert all(fake.started[-1] == "ship-last.1" for fake in world.runtime.nodes.values())
        world.runtime.end_run(master, "ship-last.1")
        records = await world.settle()
        assert records.cluster.status.state in ENDED
        assert not world.runtime.nodes

    run(test, World(runtime=MemoryRuntime(slow_master)))


@pytest.mark.parametrize("code", [1, 2])
def test_a_log_uri_that_takes_nothing_ends_nothing_later_than_half_a_minute(code: int) -> None:
    """It is tried again, unless S3 refused it."""

    def fails(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(code) if what["name"].startswith("ship-last") else by_kind(spec, what)

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(spec=LOGGED))
        await world.settle()
        master = world.runtime.nodes[world.container("MASTER")]
        world.ask(terminate=True)
        begun = world.clock.time
        while (await world.settle()).cluster.status.state not in ENDED:
            assert world.clock.time < begun + 60
        tries = [name for name in master.started if name.startswith("ship-last")]
        assert (world.clock.time - begun < 10) == (code == 2) == (len(tries) == 1)

    run(test, World(runtime=MemoryRuntime(fails)))


def test_an_upload_that_takes_long_is_awaited() -> None:
    """A busy machine: the logs of the last minutes were lost."""

    def slow(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(None) if what["name"].startswith("ship-last") else by_kind(spec, what)

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(spec=LOGGED))
        await world.settle()
        world.ask(terminate=True)
        await world.settle()
        world.clock.time += 3600
        assert (await world.settle()).cluster.status.state == ClusterState.TERMINATING
        for name in list(world.runtime.nodes):
            world.runtime.end_run(name, "ship-last.1")
        assert (await world.settle()).cluster.status.state in ENDED

    run(test, World(runtime=MemoryRuntime(slow)))


def test_an_upload_that_fails_once_is_repeated() -> None:
    def second(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(1) if what["name"] == "ship-last.1" else by_kind(spec, what)

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(spec=LOGGED))
        await world.settle()
        master = world.runtime.nodes[world.container("MASTER")]
        world.ask(terminate=True)
        assert (await world.settle()).cluster.status.state in ENDED
        assert [name for name in master.started if name.startswith("ship-last")] == ["ship-last.1", "ship-last.2"]

    run(test, World(runtime=MemoryRuntime(second)))


class Mute(MemoryRuntime):
    """Journals without an entry, from a restart of the controller on, until `speaks` is set."""

    def __init__(self) -> None:
        super().__init__()
        self.speaks = asyncio.Event()
        self.speaks.set()

    async def journal(self, name: str, since: int = 0) -> AsyncIterator[Entry]:
        await self.speaks.wait()
        async for entry in super().journal(name, since):
            yield entry


@pytest.mark.parametrize("speaks", [True, False])
def test_after_a_restart_of_the_controller_reports_are_awaited(speaks: bool) -> None:
    """They come late on a busy machine, when the cluster has been ending for long."""
    runtime = Mute()

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(spec=LOGGED))
        await world.settle()
        master = runtime.nodes[world.container("MASTER")]
        world.ask(terminate=True)
        runtime.speaks.clear()
        await world.restart()
        world.clock.time += 1000
        assert (await world.settle()).cluster.status.state == ClusterState.TERMINATING
        world.clock.time += 250
        assert (await world.settle()).cluster.status.state == ClusterState.TERMINATING
        if speaks:
            runtime.speaks.set()
        else:
            world.clock.time += 60
        assert (await world.settle()).cluster.status.state in ENDED
        assert ("ship-last.1" in master.started) == speaks

    run(test, World(runtime=runtime))
