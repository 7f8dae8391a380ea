"""Processes that the kernel ended because memory ran out: counted on the node, shown by the controller."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from localemr_node import shortage as node

from localemr.checks import shortage_in
from localemr.domain.model import shortage
from localemr.runtime.base import Machine
from localemr.runtime.memory import MemoryRuntime, Outcome
from tests.unit.test_life import spec
from tests.world import World, make_records, run, step

REASON = "The job ran out of memory."


def group(root: Path, version: int, killed: int, own: int = 0, most: int = 50) -> None:
    """A control group of which `killed` processes were ended, `own` times for its own limit (100)."""
    if version == 2:
        (root / "memory.events").write_text(f"low 0\nhigh 0\nmax {own}\noom {own}\noom_kill {killed}\n")
        return
    (root / "memory").mkdir(exist_ok=True)
    control = f"oom_kill_disable 0\nunder_oom 0\noom_kill {killed}\n"
    for name, text in (("oom_control", control), ("limit_in_bytes", "100"), ("max_usage_in_bytes", str(most))):
        (root / "memory" / f"memory.{name}").write_text(f"{text}\n")


@pytest.mark.parametrize("version", [1, 2])
def test_ended_processes_are_counted_by_whose_memory_ran_out(tmp_path: Path, version: int) -> None:
    group(tmp_path, version, 0)
    counted = node.Shortage(str(tmp_path))
    assert list(counted.news()) == []
    group(tmp_path, version, 2)
    assert list(counted.news()) == [("memory-host", 2)]
    assert list(counted.news()) == []
    group(tmp_path, version, 3, own=1, most=100)
    assert list(counted.news()) == [("memory-instance", 1)]
    group(tmp_path, version, 4, own=1, most=98)
    assert list(counted.news()) == [("memory-host", 3)]


def test_a_node_without_control_groups_counts_nothing(tmp_path: Path) -> None:
    assert list(node.Shortage(str(tmp_path)).news()) == []


def test_both_sides_have_the_same_names() -> None:
    assert (node.HOST, node.INSTANCE) == (shortage.HOST, shortage.INSTANCE)


@pytest.mark.parametrize(
    ("name", "machine_mb", "expected"),
    [
        ("memory-host", 7372, "This host's memory ran out while the step ran, and processes of jobs on i-"),
        ("memory-host", 7372, "All instances together may take 7372 MiB of it."),
        ("memory-instance", 50000, "m5.xlarge, 16384 MiB) ran out while the step ran"),
        # The instance was limited to what the host has.
        ("memory-instance", 7372, "This host's memory ran out while the step ran"),
    ],
)
def test_a_failed_step_tells_that_memory_ran_out(name: str, machine_mb: int, expected: str) -> None:
    records = make_records(step("a", "CONTINUE"), spec=spec(log_uri="s3://logs/"))
    note = {"reason": "Unknown Error.", "message": "Container exited with 137", "log": "stderr"}
    name_of_run = f"step-{records.steps[0].id}"
    runtime = MemoryRuntime(lambda _, what: Outcome(None if what.get("daemon") or what["name"] == name_of_run else 0))
    runtime.machines = (Machine(machine_mb, 2),)

    async def test(world: World) -> None:
        await world.reconciler._look_at_machines()
        world.store.add_cluster(records)
        await world.settle()
        runtime.nodes[world.container("CORE")].measure(name, 1)
        runtime.end_run(world.container("MASTER"), name_of_run, 1, json.dumps(note))
        failure = (await world.settle()).steps[0].status.failure
        assert failure and failure.reason == REASON
        assert expected in failure.message and failure.message.endswith("Container exited with 137")
        assert [each.instance for each in world.reconciler.shortages] == [world.container("CORE")]

    run(test, World(runtime=runtime))


def test_a_step_that_began_later_does_not_tell_of_it() -> None:
    records = make_records(step("a", "CONTINUE"), step("b", "CONTINUE"))
    first, second = (f"step-{each.id}" for each in records.steps)
    runtime = MemoryRuntime(lambda _, what: Outcome(None if what.get("daemon") or "step-" in what["name"] else 0))

    async def test(world: World) -> None:
        world.store.add_cluster(records)
        await world.settle()
        runtime.nodes[world.container("CORE")].measure("memory-host", 1)
        runtime.end_run(world.container("MASTER"), first)
        await world.settle()
        runtime.end_run(world.container("MASTER"), second, 1)
        settled = await world.settle()
        assert [str(each.status.state) for each in settled.steps] == ["COMPLETED", "FAILED"]
        failure = settled.steps[1].status.failure
        assert failure and failure.reason == "Unknown Error."

    run(test, World(runtime=runtime))


def test_doctor_and_status_show_it() -> None:
    assert shortage_in({"memory": "ok"}) == shortage_in({}) == ""
    assert shortage_in({"memory": "2 processes of jobs were ended: …"}).startswith("2 processes")
