"""Folding what supervisors say into the state of runs."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from functools import reduce

import pytest

from localemr.domain.model.observed import RunReport
from localemr.reconcile.reports import fold
from tests.world import CLUSTER_ID, World, make_records, step


def told(*lines: dict[str, object] | str) -> Mapping[str, RunReport] | None:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return reduce(fold, texts, None)


def test_nothing_is_known_before_the_first_line() -> None:
    assert told() is None
    assert told({"boot": 1.0}) == {}


def test_a_run_from_start_to_end() -> None:
    runs = told(
        {"boot": 1.0},
        {"run": "a", "state": "running", "pid": 7, "at": 2.0},
        {"run": "a", "state": "exited", "code": 3, "at": 5.0, "note": "why"},
    )
    assert runs == {"a": RunReport("exited", 2.0, 5.0, 3, "why")}
    assert runs["a"].over and not runs["a"].succeeded


def test_a_boot_begins_anew() -> None:
    runs = told(
        {"boot": 1.0},
        {"run": "a", "state": "running", "at": 2.0},
        {"run": "b", "state": "running", "at": 2.0},
        {"boot": 9.0},
        {"run": "a", "state": "lost", "at": 9.0},
    )
    assert runs is not None and set(runs) == {"a"}
    assert runs["a"].state == "lost" and runs["a"].over


@pytest.mark.parametrize(
    "line",
    [
        "", "no json", "7", "[]", "null", '"boot"', '["boot"]', '{"other": 1}', "[" * 5000,
        '{"run": "a", "state": "odd", "at": 1}', '{"run": "a", "state": "running"}', '{"run": "a", "at": 1}',
        '{"run": "a", "state": "exited", "at": "now"}', '{"run": "a", "state": "exited", "at": null}',
        '{"run": "a", "state": "exited", "at": 1, "code": "x"}', '{"run": "a", "state": ["exited"], "at": 1}',
        '{"run": "a", "state": "exited", "at": 1, "started": {}}',
    ],
)  # fmt: skip
def test_other_lines_change_nothing(line: str) -> None:
    before = told({"boot": 1.0}, {"run": "b", "state": "running", "at": 2.0})
    assert fold(before, line) == before


def test_a_line_of_another_program_does_not_end_the_following() -> None:
    async def test() -> None:
        world = World()
        world.store.add_cluster(make_records(step("a")))
        await world.settle(until=lambda records: len(world.runtime.fakes) == 2)
        for fake in world.runtime.fakes.values():
            fake.lines += ['{"run": "x", "state": "exited"}', '{"run": ["x"], "boot": {}}', "Error: [1]"]
        assert [str(each.status.state) for each in (await world.settle()).steps] == ["COMPLETED"]

    asyncio.run(test())


def test_reports_of_containers_that_are_gone_are_dropped() -> None:
    async def test() -> None:
        world = World()
        world.store.add_cluster(make_records(core=2))
        await world.settle()
        for _ in range(3):
            await world.runtime.remove(world.container("CORE"))
            await world.settle()
        assert world.reconciler.followed == set(world.runtime.fakes)
        world.ask(terminate=True)
        await world.settle()
        await world.reconciler.run_pass(CLUSTER_ID)
        assert world.reconciler.followed == set()

    asyncio.run(test())
