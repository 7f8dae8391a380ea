"""Folding journals into the state of runs and measurements, and following them whatever becomes of the log."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

from localemr.domain.model.observed import Measured, RunReport
from localemr.domain.model.records import Records
from localemr.reconcile import reports
from localemr.reconcile.observe import observe
from localemr.reconcile.reports import Reported
from localemr.runtime.base import Boot, Entry, Measurement, Replay, RunEntry, RuntimeFailure
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.world import CLUSTER_ID, World, make_records, step

STARTED = RunEntry(2, "a", "running", 2.0, 2.0)
ENDED = RunEntry(3, "a", "exited", 5.0, 2.0, 3, "why")


def folded(*entries: Entry) -> Reported:
    reported = Reported()
    for each in entries:
        reported.fold(each)
    return reported


def test_a_run_from_start_to_end() -> None:
    reported = folded(Boot(1, 1.0), STARTED, ENDED)
    assert reported.runs == {"a": RunReport("exited", 2.0, 5.0, 3, "why")}
    assert reported.runs["a"].over and not reported.runs["a"].succeeded
    assert reported.last == 3


def test_nothing_is_known_before_the_first_entry() -> None:
    assert not folded().started
    assert folded(Boot(1, 1.0)).started


def test_only_what_changes_is_news() -> None:
    reported = Reported()
    assert reported.fold(Boot(1, 1.0))
    assert reported.fold(STARTED)
    assert not reported.fold(Replay(0, 2, (STARTED,)))
    assert reported.fold(ENDED)
    assert reported.fold(Replay(0, 3, ()))


def test_what_was_reported_again_from_the_beginning_is_complete() -> None:
    lost = RunEntry(9, "b", "lost", 9.0, 4.0)
    assert set(folded(Boot(1, 1.0), STARTED, Replay(0, 9, (lost,))).runs) == {"b"}
    assert set(folded(Boot(1, 1.0), STARTED, Replay(2, 9, (lost,))).runs) == {"a", "b"}


def test_of_a_look_only_its_end_is_news() -> None:
    reported = folded(Boot(1, 1.0))
    assert not reported.fold(Measurement(2, "yarn-mb-pending", 1.0, 2.0))
    assert not reported.fold(Measurement(3, "hdfs-bytes-used", 1.0, 2.0))
    assert reported.measurements["yarn-mb-pending"] == Measured(1.0, 2.0)
    assert reported.fold(Measurement(4, "yarn-measured", 1.0, 2.0))
    assert reported.fold(Measurement(5, "catalog", 1.0, 2.0))


def test_measurements_are_replaced_and_do_not_outlive_a_boot() -> None:
    reported = folded(Boot(1, 1.0), Measurement(2, "load", 0.5, 3.0), Measurement(3, "load", 0.7, 4.0))
    assert reported.measurements == {"load": Measured(0.7, 4.0)}
    assert folded(Boot(1, 1.0), Measurement(2, "load", 0.5, 3.0), Boot(3, 9.0)).measurements == {}
    assert folded(Boot(1, 1.0), Replay(0, 3, (Measurement(3, "load", 1.0, 4.0),))).measurements["load"].value == 1.0


def play(test: Callable[[World], Awaitable[None]], runtime: MemoryRuntime | None = None) -> None:
    async def body() -> None:
        world = World(runtime=runtime)
        await test(world)
        await world.reconciler.stop()

    asyncio.run(body())


def both(records: Records) -> bool:
    return len(records.instances) == 2 and records.cluster.status.state == "BOOTSTRAPPING"


def test_lines_of_other_programs_are_no_reports() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("a")))
        await world.settle(until=both)
        for node in world.runtime.nodes.values():
            for line in ('{"run": "x", "state": "exited"}', '{"boot": 5}', '{"n": "x"}', "Error: [1]", "{" * 3000):
                node.log.write(line)
        assert [str(each.status.state) for each in (await world.settle()).steps] == ["COMPLETED"]

    play(test)


def endless(*names: str) -> MemoryRuntime:
    return MemoryRuntime(lambda spec, run: Outcome(None) if run["name"].startswith(names) else by_kind(spec, run))


def test_a_log_that_was_rotated_before_the_controller_was_restarted_loses_nothing() -> None:
    """The daemon's log options may cut a log: then a step stayed PENDING for ever."""

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("a"), step("b")))
        await world.settle(until=lambda records: records.steps[0].status.state == "RUNNING")
        for node in world.runtime.nodes.values():
            node.log.rotate()
        await world.restart()
        first = world.records().steps[0].id
        await world.settle()
        world.runtime.end_run(world.container("MASTER"), f"step-{first}")
        world.runtime.behaviour = by_kind
        assert [str(each.status.state) for each in (await world.settle()).steps] == ["COMPLETED", "COMPLETED"]
        for node in world.runtime.nodes.values():
            assert len(node.started) == len(set(node.started))

    play(test, endless("step-"))


def test_lines_that_were_lost_while_they_were_followed_are_reported_again() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("a"), step("b")))
        await world.settle(until=lambda records: records.steps[0].status.state == "RUNNING")
        master = world.runtime.nodes[world.container("MASTER")]
        await world.settle()
        world.runtime.behaviour = by_kind
        master.swallow = 1  # that the step ended is not heard
        master.end_run(f"step-{world.records().steps[0].id}")
        await world.settle()
        assert world.records().steps[0].status.state == "RUNNING"
        master.measure("load", 1.0)  # whatever comes next shows that something is missing
        assert [str(each.status.state) for each in (await world.settle()).steps] == ["COMPLETED", "COMPLETED"]

    play(test, endless("step-"))


def test_measurements_reach_what_is_seen_by_a_pass() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records())
        await world.settle()
        name = world.container("CORE")
        world.runtime.nodes[name].measure("YARNMemoryAvailablePercentage", 40)
        world.runtime.nodes[name].measure("YARNMemoryAvailablePercentage", 30)
        await world.settle()
        own = world.reconciler._reports
        seen = await observe(world.runtime, own, CLUSTER_ID, (), {})
        assert seen.instances[name].measurements["YARNMemoryAvailablePercentage"].value == 30

    play(test)


def test_reports_of_instances_that_are_gone_are_dropped() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2))
        await world.settle()
        for _ in range(3):
            await world.runtime.remove(world.container("CORE"))
            await world.settle()
        assert world.reconciler.followed == set(world.runtime.nodes)
        world.ask(terminate=True)
        await world.settle()
        await world.reconciler.run_pass(CLUSTER_ID)
        assert world.reconciler.followed == set()

    play(test)


class Failing(MemoryRuntime):
    """Journals that end with an error for the first `failures` times."""

    failures: list[Exception]

    async def journal(self, name: str, since: int = 0) -> AsyncIterator[Entry]:
        if self.failures:
            raise self.failures.pop()
        async for entry in super().journal(name, since):
            yield entry


def test_a_follower_that_fails_is_replaced(monkeypatch: object) -> None:
    runtime = Failing()
    runtime.failures = [RuntimeFailure("one"), ValueError("two"), OSError("three")]

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("a")))
        for _ in range(200):
            if (await world.settle()).steps[0].status.state == "COMPLETED":
                return
            await asyncio.sleep(0.02)
        raise AssertionError(world.records())

    before = reports.FIRST_PAUSE
    reports.FIRST_PAUSE = 0.01
    try:
        play(test, runtime)
    finally:
        reports.FIRST_PAUSE = before
