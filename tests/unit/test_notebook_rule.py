"""Executions of notebooks over the memory runtime: started once, followed, stopped, and ended with their cluster."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localemr.domain.model.executions import KIND, ExecutionSpec, ExecutionStatus
from localemr.domain.model.records import ClusterSpec
from localemr.runtime.base import InstanceSpec
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from localemr.store import Resource, executions
from tests.world import CLUSTER_ID, World, make_records, run, step

ID = "ex-" + "A" * 28
RUN = f"notebook-{ID}"
SPEC = ExecutionSpec(CLUSTER_ID, "s3://b/a.ipynb", "s3://b/out.ipynb", '{"n": 1}', {"A": "1"})
GATEWAY = ClusterSpec("test", "emr-7.13.0", ("JupyterEnterpriseGateway",), keep_alive=True)


def ends(code: int | None, note: str = "") -> MemoryRuntime:
    """A runtime whose notebooks end so; None: they run until they are stopped."""

    def behaviour(instance: InstanceSpec, started: Mapping[str, Any]) -> Outcome:
        return Outcome(code, note=note) if started["argv"][0].endswith("/notebook") else by_kind(instance, started)

    return MemoryRuntime(behaviour)


def put(world: World, execution: ExecutionSpec = SPEC) -> None:
    """Store an execution as StartNotebookExecution does, or its spec as StopNotebookExecution."""
    before = world.store.resources.get(KIND, ID)
    status = ExecutionStatus() if before is None else executions.read(ID, 0.0, before.document).status
    world.store.resources.put(KIND, Resource(ID, 1000.0, executions.members(execution, status)))


def status(world: World) -> ExecutionStatus:
    found = world.store.resources.get(KIND, ID)
    assert found
    return executions.read(ID, 0.0, found.document).status


def outcome(world: World) -> tuple[str, str, bool]:
    found = status(world)
    return str(found.state), found.reason, found.written


async def prepared(world: World) -> None:
    world.store.add_cluster(make_records(step(), spec=GATEWAY))
    await world.settle()
    put(world)


def master(world: World) -> Any:
    return world.runtime.nodes[world.container("MASTER")]


def test_it_is_executed_once_with_what_was_requested() -> None:
    async def test(world: World) -> None:
        await prepared(world)
        await world.settle()
        assert outcome(world) == ("FINISHED", "Execution is finished.", True)
        assert status(world).ended is not None
        node = master(world)
        assert node.started.count(RUN) == 1
        (text,) = (file.text for path, file in node.files.items() if path.endswith(f"/{RUN}.json"))
        assert json.loads(text)["spec"] == {
            "command": "/emr/notebook-env/bin/execute-notebook",
            "source": "s3://b/a.ipynb",
            "output": "s3://b/out.ipynb",
            "parameters": '{"n": 1}',
            "environment": {"A": "1"},
            "html": False,
        }
        logged = [event.state for _, event in world.store.log.of(CLUSTER_ID, "execution", None, 9)]
        assert logged[0] == "FINISHED" and logged[-1] == "STARTING"

    run(test, World(runtime=ends(0)))


def test_a_failure_is_the_cells() -> None:
    note = json.dumps({"written": True, "message": "Cell 2 of the output failed: ZeroDivisionError: division by zero"})

    async def test(world: World) -> None:
        await prepared(world)
        await world.settle()
        assert outcome(world) == ("FAILED", "Cell 2 of the output failed: ZeroDivisionError: division by zero", True)

    run(test, World(runtime=ends(1, note)))


def test_one_that_was_killed_has_failed() -> None:
    async def test(world: World) -> None:
        await prepared(world)
        await world.settle()
        assert outcome(world) == ("FAILED", "The execution ended with exit code 137.", False)

    run(test, World(runtime=ends(137)))


def test_one_that_runs_is_stopped() -> None:
    async def test(world: World) -> None:
        await prepared(world)
        await world.settle()
        assert outcome(world) == ("RUNNING", "Execution is running.", False)
        await world.restart()
        await world.settle()
        assert master(world).started.count(RUN) == 1
        put(world, replace(SPEC, stopped=True))
        await world.settle()
        assert outcome(world) == ("STOPPED", "Execution was stopped by the user.", False)

    run(test, World(runtime=ends(None)))


def test_one_that_was_stopped_before_it_started_never_starts() -> None:
    async def test(world: World) -> None:
        await prepared(world)
        put(world, replace(SPEC, stopped=True))
        await world.settle()
        assert outcome(world) == ("STOPPED", "Execution was stopped by the user.", False)
        assert RUN not in master(world).started

    run(test, World(runtime=ends(0)))


def test_one_ends_with_its_cluster() -> None:
    async def test(world: World) -> None:
        await prepared(world)
        await world.settle()
        world.ask(terminate=True)
        await world.settle()
        assert outcome(world) == ("FAILED", "The cluster was terminated before the execution had ended.", False)

    run(test, World(runtime=ends(None)))


def test_one_is_lost_with_its_master() -> None:
    async def test(world: World) -> None:
        await prepared(world)
        await world.settle()
        node = master(world)
        node.kill(137)
        await world.settle()
        state, reason, _ = outcome(world)
        assert state == "FAILED"
        assert reason.startswith(("The master instance stopped", "The cluster was terminated"))

    run(test, World(runtime=ends(None)))
