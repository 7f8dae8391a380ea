"""What users change while a cluster lives, and what comes of it, pass by pass over the memory runtime."""

from __future__ import annotations

from collections.abc import Callable

from localemr.domain.records import Records
from localemr.domain.states import StepState
from localemr.runtime.memory import MemoryRuntime, Outcome
from tests.unit.test_life import run, states
from tests.world import World, make_records, step


def unending(container: object, what: object) -> Outcome:
    """Steps and daemons run for ever, all else succeeds."""
    assert isinstance(what, dict)
    return Outcome(None if what.get("daemon") or str(what["name"]).startswith("step-") else 0)


def under_way(count: int) -> Callable[[Records], bool]:
    return lambda records: sum(each.status.state == StepState.RUNNING for each in records.steps) == count


def test_a_higher_step_concurrency_starts_pending_steps_at_once() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(*(step(name) for name in "abcd")))
        await world.settle(until=under_way(1))
        world.ask(step_concurrency=3)
        records = await world.settle(until=under_way(3))
        assert states(records)[2] == ["RUNNING", "RUNNING", "RUNNING", "PENDING"]
        world.ask(step_concurrency=1)
        assert states(await world.settle())[2] == ["RUNNING", "RUNNING", "RUNNING", "PENDING"]

    run(test, World(runtime=MemoryRuntime(unending)))
