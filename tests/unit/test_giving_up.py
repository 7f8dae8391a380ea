"""Daemons that give up their work before their instance leaves, by the command that their application states."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest

from localemr.applications.query_server import seconds
from localemr.domain.model.records import ClusterSpec
from localemr.reconcile.instances import INBOX
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.unit.test_drain import busy, waiting
from tests.unit.test_managed_scaling import policy
from tests.unit.test_resize import group_state, numbers, of
from tests.world import World, make_records, run

LEAVE = "leave-presto-server"


def working(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
    """Daemons that have work until the test ends the run that waits for it."""
    return Outcome(None) if what["name"].startswith("leave-") else by_kind(spec, what)


def both(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
    """The same, and YARN has work too."""
    return Outcome(None) if what["name"].startswith("leave-") else busy(spec, what)


def spec(application: str = "Presto", timeout: str = "10m", **changes: Any) -> ClusterSpec:
    properties = {"graceful-shutdown-timeout": timeout} if timeout else {}
    documents = ({"Classification": f"{application.lower()}-config", "Properties": properties},)
    return ClusterSpec("test", "emr-7.13.0", (application,), keep_alive=True, configurations=documents, **changes)


async def brought_up(world: World, given: ClusterSpec, core: int = 1, task: int = 1) -> None:
    world.store.add_cluster(make_records(core=core, task=task, spec=given))
    await world.settle()


def started(world: World, instance: str, prefix: str = "leave-") -> list[str]:
    return [name for name in world.runtime.nodes[instance].started if name.startswith(prefix)]


def file_of(world: World, instance: str, name: str) -> dict[str, Any]:
    return dict(json.loads(world.runtime.nodes[instance].files[f"{INBOX}/runs/{name}.json"].text))


def ended(world: World, instance: str, name: str) -> bool:
    return any('"exited"' in line and f'"{name}"' in line for line in world.runtime.nodes[instance].lines)


@pytest.mark.parametrize("engine", ["Presto", "Trino"])
def test_a_worker_finishes_its_tasks_before_its_instance_leaves(engine: str) -> None:
    name, server = f"leave-{engine.lower()}-server", f"{engine.lower()}-server.1"

    async def test(world: World) -> None:
        await brought_up(world, spec(engine))
        worker = world.container("TASK")
        world.resize("TASK", count=0)
        records = await world.settle()
        assert (started(world, worker), group_state(records, "TASK")) == ([name], "RESIZING")
        document = file_of(world, worker, name)
        assert "SHUTTING_DOWN" in document["argv"][2] and document["argv"][4:] == [engine, engine.lower()]
        assert document["user"] == engine.lower()
        world.clock.time += 500
        await world.settle()
        assert not ended(world, worker, server), "it takes the time it takes"
        world.runtime.end_run(worker, server, 0)
        world.runtime.end_run(worker, name)
        records = await world.settle()
        assert (numbers(records, "TASK"), group_state(records, "TASK")) == ([], "RUNNING")

    run(test, World(runtime=MemoryRuntime(working)))


def test_after_its_time_a_worker_is_stopped_with_its_tasks() -> None:
    async def test(world: World) -> None:
        await brought_up(world, spec(timeout="90s"))
        world.resize("TASK", count=0)
        await world.settle()
        world.clock.time += 60
        assert numbers(await world.settle(), "TASK") != []
        world.clock.time += 31
        assert numbers(await world.settle(), "TASK") == []

    run(test, World(runtime=MemoryRuntime(working)))


@pytest.mark.parametrize("timeout", ["", "0", "0m", "soon"])
def test_without_a_time_it_ends_at_once(timeout: str) -> None:
    async def test(world: World) -> None:
        await brought_up(world, spec(timeout=timeout))
        worker = world.runtime.nodes[world.container("TASK")]
        world.resize("TASK", count=0)
        assert numbers(await world.settle(), "TASK") == []
        assert not [name for name in worker.started if name.startswith("leave-")]

    run(test, World(runtime=MemoryRuntime(working)))


def test_terminated_by_name_means_now() -> None:
    async def test(world: World) -> None:
        await brought_up(world, spec(), task=2)
        one = of(world.records(), "TASK")[0]
        world.resize("TASK", count=1)
        await world.settle()
        world.resize("TASK", count=1, terminate=(one.spec.ec2_id,))
        await world.settle()
        assert one.id not in world.runtime.nodes

    run(test, World(runtime=MemoryRuntime(working)))


def test_a_command_that_fails_holds_no_instance() -> None:
    def refused(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        return Outcome(22) if what["name"] == LEAVE else by_kind(spec, what)

    async def test(world: World) -> None:
        await brought_up(world, spec())
        world.resize("TASK", count=0)
        assert numbers(await world.settle(), "TASK") == []

    run(test, World(runtime=MemoryRuntime(refused)))


def test_it_goes_on_with_another_controller() -> None:
    async def test(world: World) -> None:
        await brought_up(world, spec())
        worker = world.container("TASK")
        world.resize("TASK", count=0)
        await world.settle()
        await world.restart()
        await world.settle()
        assert started(world, worker) == [LEAVE]
        world.runtime.end_run(worker, LEAVE)
        assert numbers(await world.settle(), "TASK") == []

    run(test, World(runtime=MemoryRuntime(working)))


def test_a_region_server_ends_without_regions_while_hdfs_copies() -> None:
    async def test(world: World) -> None:
        await brought_up(world, spec("HBase", ""), core=2, task=0)
        last = of(world.records(), "CORE")[-1]
        world.resize("CORE", count=1)
        await world.settle()
        name = "leave-hbase-regionserver"
        argv = file_of(world, last.id, name)["argv"]
        assert argv[-2:] == ["-r", f"{last.spec.host}.ec2.internal"] and "unload" in argv
        assert not ended(world, last.id, "hbase-regionserver.1")
        world.runtime.end_run(last.id, name)
        records = await world.settle()
        # HDFS waits for the end of the server's log.
        assert ended(world, last.id, "hbase-regionserver.1") and group_state(records, "CORE") == "RESIZING"
        world.runtime.end_run(world.container("MASTER"), waiting(world)[0])
        assert group_state(await world.settle(), "CORE") == "RUNNING"

    run(test, World(runtime=MemoryRuntime(both)))


def test_an_instance_that_is_taken_back_gets_its_daemon_back() -> None:
    async def test(world: World) -> None:
        given = spec(managed_scaling=policy(2, 3, core=1))
        await brought_up(world, given, task=2)
        last = of(world.records(), "TASK")[-1]
        world.resize("TASK", count=1)
        await world.settle()
        assert started(world, last.id) == [LEAVE]
        world.runtime.end_run(last.id, "presto-server.1", 0)
        world.resize("TASK", count=2)
        records = await world.settle()
        assert [each.status.leaving for each in of(records, "TASK")] == [None, None]
        assert ended(world, last.id, LEAVE) and started(world, last.id, "presto-server.") == [
            "presto-server.1",
            "presto-server.2",
        ]
        world.resize("TASK", count=1)
        await world.settle()
        assert started(world, last.id) == [LEAVE, f"{LEAVE}-1"]

    run(test, World(runtime=MemoryRuntime(both)))


def test_times_are_read_as_engines_write_them() -> None:
    assert [seconds(text) for text in ("1800s", "30m", "1.5h", "90", "500ms", "soon", "")] == [
        1800, 1800, 5400, 90, 0.5, 0, 0,
    ]  # fmt: skip
