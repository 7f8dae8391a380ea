"""What a pass reads of a cluster: what lives, and of the past what still counts. It costs the same however long the
past is, and deciding costs in proportion to the instances.

That a pass decides from it as from everything is checked before every pass of every test (tests/world.py).
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import FrameType
from typing import Any

import pytest

from localemr.domain.decide.decide import decide
from localemr.domain.model.observed import Observed, RunReport
from localemr.domain.model.records import ClusterSpec, Records
from localemr.domain.model.states import ClusterState, InstanceState, StepState
from localemr.reconcile.info import InfoFiles
from localemr.runtime.memory import Outcome, by_kind
from localemr.store import Store
from tests.steady import NOW, Sink, observed, steady, stored
from tests.unit.test_store_pages import plans, work
from tests.world import CATALOG, CLUSTER_ID, World, make_records, run, step


def live(store: Store) -> Records:
    found = store.live(CLUSTER_ID)
    assert found is not None
    return found


def test_what_ended_is_not_read() -> None:
    everything = steady(5, past_steps=3)
    gone, pending = everything.instances[3], everything.steps[1]
    gone = replace(gone, status=replace(gone.status, state=InstanceState.TERMINATED))
    pending = replace(pending, status=replace(pending.status, state=StepState.PENDING, ended=None))
    records = replace(
        everything,
        instances=(*everything.instances[:3], gone, everything.instances[4]),
        steps=(everything.steps[0], pending, everything.steps[2]),
    )
    found = live(stored(records))
    assert (found.cluster, found.groups) == (records.cluster, records.groups)
    assert [each.spec.number for each in found.instances] == [1, 2, 3, 5]
    assert found.steps == (pending,)
    assert (found.past.last_number, found.past.last_step, found.past.step_logs) == (5, records.steps[2], False)


def test_an_unknown_cluster_and_one_that_ended() -> None:
    records = steady(2, past_steps=1)
    status = replace(records.cluster.status, state=ClusterState.TERMINATED)
    store = stored(replace(records, cluster=replace(records.cluster, status=status)))
    assert store.live("j-X") is None
    assert (live(store).cluster.status.state, live(store).instances, live(store).steps) == ("TERMINATED", (), ())


def test_numbers_go_on_after_instances_that_ended() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=2))
        await world.settle()
        world.resize("TASK", count=0)
        await world.settle()
        assert [each.spec.number for each in live(world.store).instances] == [1, 2]
        world.resize("TASK", count=1)
        await world.settle()
        assert [each.spec.number for each in live(world.store).instances] == [1, 2, 5]

    run(test)


def test_the_last_step_is_remembered_that_ended_before_the_cluster_was_ready() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("a")))
        first = world.records().steps[0]
        world.store.set_step_specs(CLUSTER_ID, {first.id: replace(first.spec, cancel="SEND_INTERRUPT")})
        records = await world.settle()
        assert records.cluster.status.reason.message == "Cluster ready after last step cancelled."

    run(test)


def test_a_cluster_whose_only_step_was_cancelled_does_not_wait_for_its_first() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("a"), spec=ClusterSpec("test", "emr-7.13.0", ("Spark",))))
        first = world.records().steps[0]
        world.store.set_step_specs(CLUSTER_ID, {first.id: replace(first.spec, cancel="SEND_INTERRUPT")})
        began = world.clock.time
        records = await world.settle()
        assert records.cluster.status.state == "TERMINATED"
        assert world.clock.time - began < 60

    run(test)


def test_logs_are_sent_after_the_step_that_has_a_place_for_them() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(step("a", log_uri="s3://own/"), core=1, task=1))
        await world.settle()
        assert live(world.store).past.step_logs
        world.resize("TASK", count=2)
        await world.settle()
        assert "ship.1" in world.runtime.nodes[world.container("TASK", 1)].started

    run(test)


def test_the_lost_master_is_still_the_one_that_files_name() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1))
        await world.settle()
        world.runtime.kill(world.container("MASTER"))
        world.clock.time += 10
        await world.settle(until=lambda r: r.cluster.status.state == ClusterState.TERMINATING)
        found = live(world.store)
        assert [(each.spec.role, str(each.status.state)) for each in found.instances] == [
            ("MASTER", "TERMINATED"), ("CORE", "RUNNING"),
        ]  # fmt: skip
        assert found.master == found.instances[0]

    run(test)


def test_the_reports_of_steps_that_ended_are_dropped() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(*[step()] * 20, core=1))
        await world.settle()
        for _ in range(2):  # the second controller hears of all steps again
            runs = await reported(world)
            assert "ready" in {name.split("-")[0] for name in runs}
            assert not [name for name in runs if name.startswith("step-")]
            await world.restart()
            await world.settle()
        assert len([name for name in world.runtime.nodes[world.container("MASTER")].started if "step-" in name]) == 20

    run(test)


def test_the_report_of_a_step_that_was_lost_is_kept() -> None:
    async def test(world: World) -> None:
        world.runtime.behaviour = lambda spec, what: (
            Outcome(None) if str(what["name"]).startswith("step-") else by_kind(spec, what)
        )
        world.store.add_cluster(make_records(step(), core=1))
        await world.settle(until=lambda r: r.steps[0].status.state == StepState.RUNNING)
        await world.settle()
        world.runtime.nodes[world.container("MASTER")].lose_run(f"step-{world.records().steps[0].id}")
        records = await world.settle()
        assert records.steps[0].status.state == StepState.FAILED
        assert [report.state for name, report in (await reported(world)).items() if "step-" in name] == ["lost"]

    run(test)


async def reported(world: World) -> Mapping[str, RunReport]:
    """What the controller knows of the master's runs."""
    seen = await world.reconciler._observe(CLUSTER_ID)
    master = next(each for each in world.records().instances if each.spec.role == "MASTER")
    return seen.instances[master.id].runs or {}


# ---- what it costs


def test_a_record_is_parsed_once_however_many_there_are() -> None:
    store = stored(steady(3000))
    first = live(store)
    again = live(store)
    assert all(one.spec is other.spec for one, other in zip(first.instances, again.instances, strict=True))
    assert all(one.status is other.status for one, other in zip(first.instances, again.instances, strict=True))


def test_reading_costs_the_same_however_many_steps_and_instances_have_ended() -> None:
    def cost(past_steps: int, gone: int) -> int:
        records = steady(20 + gone, past_steps)
        ended = tuple(
            replace(each, status=replace(each.status, state=InstanceState.TERMINATED))
            for each in records.instances[20:]
        )
        store = stored(replace(records, instances=(*records.instances[:20], *ended)))
        return work(store, lambda: live(store))

    assert cost(100, 30) == cost(1000, 30) == cost(100, 300)


def test_it_is_found_by_indexes() -> None:
    store = stored(steady(20, past_steps=100))
    for part in plans(store, lambda: live(store)):
        assert part.startswith("SEARCH "), part
    steps = [part for part in plans(store, lambda: live(store)) if "steps" in part]
    assert {part.split()[4] for part in steps if "INDEX" in part} == {"steps_state", "steps_ended", "steps_logs"}


def operations(act: Callable[[], Any]) -> int:
    """How many of Python's instructions it takes."""
    done = 0

    def trace(frame: FrameType, event: str, argument: Any) -> Any:
        nonlocal done
        frame.f_trace_opcodes, frame.f_trace_lines = True, False
        done += event == "opcode"
        return trace

    before = sys.gettrace()
    sys.settrace(trace)
    try:
        act()
    finally:
        sys.settrace(before)
    return done


def deciding(records: Records) -> int:
    seen = observed(records)
    decision = decide(records, seen, NOW, CATALOG)
    assert decision.records == records
    assert not decision.instructions
    return operations(lambda: decide(records, seen, NOW, CATALOG))


def test_deciding_costs_in_proportion_to_the_instances() -> None:
    small, large = deciding(steady(60)), deciding(steady(120))
    assert small < large <= 2.2 * small


def test_deciding_costs_the_same_however_many_steps_have_ended() -> None:
    few, many = (deciding(live(stored(steady(20, past_steps=count)))) for count in (100, 1000))
    assert many == few


def starting(count: int) -> int:
    """A pass over a cluster of which no container runs yet."""
    records = steady(count)
    fresh = tuple(replace(each, status=type(each.status)()) for each in records.instances)
    groups = tuple(replace(each, status=type(each.status)()) for each in records.groups)
    made = replace(records, instances=fresh, groups=groups)
    decision = decide(made, replace(observed(records), instances={}), NOW, CATALOG)
    assert len([each for each in decision.instructions if type(each).__name__ == "CreateInstance"]) == count
    return operations(lambda: decide(made, replace(observed(records), instances={}), NOW, CATALOG))


def test_a_start_costs_in_proportion_to_the_instances() -> None:
    small, large = starting(60), starting(120)
    assert small < large <= 2.2 * small


def ending(count: int, steps: int = 100) -> int:
    """A pass over a cluster that ends while some of its steps run."""
    records = steady(count)
    spec = replace(records.cluster.spec, terminate=True)
    active = tuple(
        replace(each, status=replace(each.status, state=StepState.RUNNING, ended=None))
        for each in steady(1, past_steps=steps).steps
    )
    made = replace(records, cluster=replace(records.cluster, spec=spec), steps=active)
    assert decide(made, observed(records), NOW, CATALOG).records.cluster.status.state == "TERMINATING"
    return operations(lambda: decide(made, observed(records), NOW, CATALOG))


def test_an_end_costs_in_proportion_to_instances_and_steps_but_not_to_their_product() -> None:
    assert ending(120) <= 2.2 * ending(60)
    steps = [ending(count, 100) - ending(count, 0) for count in (60, 120)]
    assert steps[0] == pytest.approx(steps[1], rel=0.01)


def test_info_files_are_not_made_while_nothing_changes_that_they_show() -> None:
    records = steady(60)
    sink = Sink()
    seen, info = observed(records), World(runtime=sink).reconciler._info
    with asyncio.Runner() as runner:
        _count_info_files(runner, records, seen, info, sink)


def _count_info_files(runner: asyncio.Runner, records: Records, seen: Observed, info: InfoFiles, sink: Sink) -> None:
    first = operations(lambda: runner.run(info.refresh(records, seen, ())))
    written = sink.written
    assert written >= 60
    again = replace(records, steps=steady(1, past_steps=1).steps)
    assert operations(lambda: runner.run(info.refresh(again, seen, ()))) < first / 10
    assert sink.written == written
    core = records.groups[1]
    larger = replace(core, spec=replace(core.spec, count=core.spec.count + 1))
    runner.run(info.refresh(replace(records, groups=(records.groups[0], larger, records.groups[2])), seen, ()))
    assert sink.written == written + 60  # one document of each instance has the sizes of groups


def test_info_files_of_twice_the_instances_cost_twice_as_much() -> None:
    def cost(instances: int) -> int:
        records = steady(instances)
        records = replace(records, instances=tuple(
            replace(each, status=replace(each.status, address="10.0.0.1")) for each in records.instances
        ))  # fmt: skip
        info, seen = World(runtime=Sink()).reconciler._info, observed(records)
        return operations(lambda: asyncio.run(info.refresh(records, seen, ())))

    assert cost(120) <= 2.2 * cost(60)
