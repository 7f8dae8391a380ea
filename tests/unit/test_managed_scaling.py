"""Managed scaling over the memory runtime: the load is measured, the counts follow."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.decide.decide import decide
from localemr.domain.decide.rules.managed_scaling import GROWTH, PATIENCE
from localemr.domain.model.groups import FleetSpec, InstanceGroup
from localemr.domain.model.observed import Measured
from localemr.domain.model.records import ClusterSpec, Records
from localemr.domain.model.resizes import with_fleet
from localemr.domain.model.states import ENDED
from localemr.domain.node.sizing import WORK_MB, idle_mb
from localemr.runtime.base import InstanceSpec, Machine
from localemr.runtime.memory import MemoryRuntime, Outcome, by_kind
from tests.steady import NOW, observed, steady
from tests.unit.test_live import operations
from tests.unit.test_resize import LOGGED, group_state, moves, numbers, of
from tests.world import CATALOG, CLUSTER_ID, World, make_records, run

MB = 12288


def policy(least: int, most: int, unit: str = "Instances", **other: Any) -> dict[str, Any]:
    limits = {"UnitType": unit, "MinimumCapacityUnits": least, "MaximumCapacityUnits": most}
    names = {"core": "MaximumCoreCapacityUnits", "on_demand": "MaximumOnDemandCapacityUnits"}
    limits |= {names[name]: other.pop(name) for name in list(other) if name in names}
    return {"ComputeLimits": limits, **other}


def managed(least: int, most: int, **other: Any) -> ClusterSpec:
    return ClusterSpec("test", "emr-7.13.0", ("Spark",), keep_alive=True, managed_scaling=policy(least, most, **other))


def counts(records: Records) -> list[tuple[str, str, int]]:
    """Role, market and requested number of each group but the master's."""
    return [(each.spec.role, each.spec.market, each.spec.count) for each in records.groups[1:]]


def group_states(records: Records) -> list[str]:
    return [str(each.status.state) for each in records.groups]


def decisions(world: World) -> list[str]:
    return [each.state for each in world.store.events(CLUSTER_ID) if each.kind == "scaling"]


async def pass_for(world: World, seconds: float, **values: float) -> Records:
    """So much time passes, with a look every 5 s."""
    until = world.clock.time + seconds
    while world.clock.time < until:
        world.measure(**values)
        for _ in range(8):
            await asyncio.sleep(0)
        await world.settle()
        world.clock.time = max(world.clock.time, min(until, world.clock.time + 5))
        values = {}
    return world.records()


def test_a_cluster_grows_with_its_load_and_returns_to_its_minimum() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=managed(1, 3)))
        await world.settle()
        world.measure(mb_total=MB, mb_allocated=MB, mb_pending=MB + 1)
        records = await world.settle()
        assert counts(records) == [("CORE", "ON_DEMAND", 3)]
        assert moves(world, "CORE")[-2:] == ["RESIZING", "RUNNING"]
        assert numbers(records, "CORE") == [2, 3, 4]
        # What was pending runs now; nothing more is added.
        world.measure(mb_total=3 * MB, mb_allocated=2 * MB + 1, mb_pending=0)
        assert counts(await world.settle()) == [("CORE", "ON_DEMAND", 3)]
        records = await pass_for(world, 15, mb_allocated=0)
        assert counts(records) == [("CORE", "ON_DEMAND", 3)]
        records = await pass_for(world, 10)
        assert counts(records) == [("CORE", "ON_DEMAND", 1)]
        assert (numbers(records, "CORE"), group_state(records, "CORE")) == ([2], "RUNNING")
        assert decisions(world) == ["1 to 3 instances", "3 to 1 instances"]

    run(test)


def test_a_task_group_is_created_where_the_limits_want_one() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=managed(1, 5, core=1, on_demand=3)))
        await world.settle()
        world.measure(mb_total=MB, mb_pending=100 * MB)
        records = await world.settle()
        assert counts(records) == [("CORE", "ON_DEMAND", 1), ("TASK", "ON_DEMAND", 2), ("TASK", "SPOT", 2)]
        assert {each.spec.market for each in of(records, "TASK")} == {"ON_DEMAND", "SPOT"}
        assert [each.spec.launched for each in records.groups[1:]] == [1, 0, 0]
        records = await pass_for(world, 30, mb_pending=0)
        assert counts(records) == [("CORE", "ON_DEMAND", 1), ("TASK", "ON_DEMAND", 0), ("TASK", "SPOT", 0)]
        # The groups are used again.
        world.measure(mb_total=MB, mb_pending=100 * MB)
        assert counts(await world.settle())[1:] == [("TASK", "ON_DEMAND", 2), ("TASK", "SPOT", 2)]

    run(test)


@pytest.mark.parametrize(("least", "most", "expected"), [(3, 5, 3), (1, 1, 1)])
def test_new_limits_count_at_once_and_without_measurements(least: int, most: int, expected: int) -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2))
        await world.settle()
        world.ask(managed_scaling=policy(least, most))
        assert counts(await world.settle()) == [("CORE", "ON_DEMAND", expected)]

    run(test)


def test_without_measurements_nothing_follows_the_load() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2, spec=managed(1, 5)))
        await world.settle()
        world.measure(mb_total=2 * MB, mb_pending=0)
        await world.settle()
        for _ in range(3):
            world.clock.time += 61
            assert counts(await world.settle()) == [("CORE", "ON_DEMAND", 2)]
        assert decisions(world) == ["stopped"]
        # It goes on with the next look, and the time without work counts anew.
        records = await pass_for(world, 15)
        assert counts(records) == [("CORE", "ON_DEMAND", 2)]
        assert counts(await pass_for(world, 10)) == [("CORE", "ON_DEMAND", 1)]

    run(test)


def test_half_a_look_is_no_look() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=managed(1, 5)))
        await world.settle()
        world.measure(mb_total=MB, mb_pending=0)
        await world.settle()
        world.clock.time += 5
        world.runtime.nodes[world.container("MASTER")].measure("yarn-mb-pending", 3 * MB)
        assert counts(await world.settle()) == [("CORE", "ON_DEMAND", 1)]
        world.measure(mb_pending=0)
        assert counts(await world.settle()) == [("CORE", "ON_DEMAND", 1)]

    run(test)


def test_a_square_wave_of_load_does_not_make_it_flap() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=managed(1, 4)))
        await world.settle()
        for _ in range(8):
            await pass_for(world, 12, mb_total=MB, mb_allocated=MB, mb_pending=3 * MB)
            await pass_for(world, 12, mb_total=4 * MB, mb_allocated=0, mb_pending=0)
        assert decisions(world) == ["1 to 4 instances"]
        assert len(of(world.records(), "CORE")) == 4
        assert counts(await pass_for(world, 25)) == [("CORE", "ON_DEMAND", 1)]

    run(test)


def test_it_shrinks_to_the_most_that_was_needed_meanwhile() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=3, spec=managed(1, 3)))
        await world.settle()
        await pass_for(world, 6, mb_total=3 * MB, mb_allocated=MB)
        await pass_for(world, 6, mb_allocated=2 * MB)
        records = await pass_for(world, 12, mb_allocated=MB)
        assert counts(records) == [("CORE", "ON_DEMAND", 2)]
        assert counts(await pass_for(world, 25)) == [("CORE", "ON_DEMAND", 1)]

    run(test)


def test_memory_in_pieces_is_not_free() -> None:
    """Two nodes, each with room for a half of a container that is pending."""

    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=2, spec=managed(1, 5)))
        await world.settle()
        records = await pass_for(world, 8, mb_total=2 * MB, mb_allocated=MB, mb_pending=MB // 2)
        assert counts(records) == [("CORE", "ON_DEMAND", 2)]
        assert counts(await pass_for(world, 10)) == [("CORE", "ON_DEMAND", 3)]

    run(test)


def test_instances_with_containers_stay_and_the_least_used_leave() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=3, spec=managed(1, 4)))
        before = of(await world.settle(), "TASK")
        use = {f"containers.{each.spec.host}": count for each, count in zip(before, (0, 2, 1), strict=True)}
        records = await pass_for(world, 25, mb_total=4 * MB, mb_allocated=1024, **use)
        assert numbers(records, "TASK") == [each.spec.number for each in before[1:]]
        # A smaller maximum does not wait; who has an application master leaves last.
        world.measure(**{f"masters.{before[2].spec.host}": 1})
        await world.settle()
        world.ask(managed_scaling=policy(1, 2))
        assert numbers(await world.settle(), "TASK") == [before[2].spec.number]

    run(test)


def patient(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
    """Nodes whose work does not end by itself."""
    return Outcome(None) if str(what["name"]).startswith("decommission-") else by_kind(spec, what)


def test_load_takes_back_what_is_leaving() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, task=2, spec=managed(1, 4, core=1)))
        await world.settle()
        await pass_for(world, 25, mb_total=3 * MB, mb_allocated=0, mb_pending=0)
        records = world.records()
        assert counts(records)[1] == ("TASK", "ON_DEMAND", 0)
        assert [each.status.leaving is not None for each in of(records, "TASK")] == [True, True]
        assert group_state(records, "TASK") == "RESIZING"
        world.measure(mb_allocated=MB, mb_pending=MB)
        records = await world.settle()
        assert numbers(records, "TASK") == [3, 4]
        kept = [each for each in of(records, "TASK") if each.status.leaving is None]
        assert [each.status.returned for each in kept] == [1]
        master = world.runtime.nodes[world.container("MASTER")]
        back = f"recommission-{kept[0].spec.number}-1.1"
        assert back in master.started
        assert master.runs[f"decommission-{kept[0].spec.number}.1"]["state"] == "exited"
        text = master.files[f"/var/lib/localemr/runs/{back}.json"].text
        assert kept[0].spec.host in text
        # It leaves again, by another run.
        await pass_for(world, 25, mb_allocated=0, mb_pending=0)
        assert f"decommission-{kept[0].spec.number}-1.1" in master.started
        for name in [each for each in master.started if each.startswith("decommission-")]:
            world.runtime.end_run(world.container("MASTER"), name)
        assert numbers(await world.settle(), "TASK") == []

    run(test, World(runtime=MemoryRuntime(patient)))


def test_a_resize_by_hand_is_undone_by_the_limits_at_once_and_by_idleness_later() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=managed(1, 3)))
        await world.settle()
        world.measure(mb_total=MB, mb_pending=0)
        await world.settle()
        world.resize("CORE", count=5)
        assert counts(await world.settle()) == [("CORE", "ON_DEMAND", 3)]
        assert counts(await pass_for(world, 25)) == [("CORE", "ON_DEMAND", 1)]

    run(test)


@pytest.mark.parametrize("index", GROWTH)
def test_the_index_of_the_advanced_strategy(index: int) -> None:
    async def test(world: World) -> None:
        spec = managed(1, 20, ScalingStrategy="ADVANCED", UtilizationPerformanceIndex=index)
        world.store.add_cluster(make_records(core=1, spec=spec))
        await world.settle()
        world.measure(mb_total=MB, mb_allocated=0, mb_pending=8 * MB)
        records = await world.settle()
        assert counts(records)[0][2] == {1: 4, 25: 6, 50: 8, 75: 10, 100: 12}[index]
        wait = 20 * PATIENCE[index]
        records = await pass_for(world, wait - 2, mb_pending=0)
        assert counts(records)[0][2] > 1
        assert counts(await pass_for(world, 12))[0][2] == 1

    run(test)


def test_units_of_vcores() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=managed(8, 15, unit="VCPU", core=8)))
        assert counts(await world.settle()) == [("CORE", "ON_DEMAND", 2)]
        world.measure(mb_total=MB, mb_pending=100 * MB)
        assert counts(await world.settle()) == [("CORE", "ON_DEMAND", 2), ("TASK", "ON_DEMAND", 1)]

    run(test)


def test_a_size_of_the_users_own_counts() -> None:
    async def test(world: World) -> None:
        site = {"Classification": "yarn-site", "Properties": {"yarn.nodemanager.resource.memory-mb": "4096"}}
        world.store.add_cluster(make_records(core=1, spec=replace(managed(1, 9), configurations=(site,))))
        await world.settle()
        world.measure(mb_total=4096, mb_pending=12288)
        assert counts(await world.settle()) == [("CORE", "ON_DEMAND", 3)]

    run(test)


def as_fleet(group: InstanceGroup, fleet: FleetSpec) -> InstanceGroup:
    return replace(group, spec=with_fleet(group.spec, fleet))


def targets(records: Records) -> list[tuple[int, int]]:
    """Of each fleet but the master's, on demand and spot."""
    return [(each.spec.fleet.on_demand, each.spec.fleet.spot) for each in records.groups[1:] if each.spec.fleet]


def test_fleets_count_in_their_units_and_in_both_markets() -> None:
    async def test(world: World) -> None:
        spec = replace(managed(2, 12, unit="InstanceFleetUnits", core=4, on_demand=8), fleets=True)
        made = make_records(core=1, task=1, spec=spec)
        sizes = (FleetSpec(1, 0), FleetSpec(2, 0, weight=2), FleetSpec(0, 2, weight=2))
        world.store.add_cluster(replace(made, groups=tuple(map(as_fleet, made.groups, sizes))))
        await world.settle()
        world.measure(mb_total=2 * MB, mb_pending=100 * MB)
        records = await world.settle()
        assert targets(records) == [(4, 0), (4, 4)]
        assert len(records.groups) == 3, "no fleet is added"
        assert targets(await pass_for(world, 30, mb_pending=0)) == [(2, 0), (0, 0)]

    run(test)


def test_a_suspended_group_is_left_alone_and_another_takes_over() -> None:
    def behaviour(spec: InstanceSpec, what: Mapping[str, Any]) -> Outcome:
        bad = (spec.annotations["role"], spec.annotations["market"]) == ("TASK", "ON_DEMAND")
        return Outcome(1) if bad and what["name"] == "bootstrap-1" else by_kind(spec, what)

    async def test(world: World) -> None:
        spec = replace(managed(1, 4, core=1, on_demand=2), bootstrap_actions=LOGGED.bootstrap_actions)
        world.store.add_cluster(make_records(core=1, spec=spec))
        await world.settle()
        world.measure(mb_total=MB, mb_pending=MB + 1)
        await world.settle(until=lambda found: len(found.groups) > 3)
        records = await world.settle()
        assert group_states(records) == ["RUNNING", "RUNNING", "SUSPENDED", "RUNNING"]
        assert counts(records)[1:] == [("TASK", "ON_DEMAND", 1), ("TASK", "SPOT", 1)]

    run(test, World(runtime=MemoryRuntime(behaviour)))


OTHER = "j-2ABCDEFGHIJKL"


@pytest.mark.parametrize("others", [False, True])
def test_the_host_s_memory_limits_the_growth(others: bool) -> None:
    async def test(world: World) -> None:
        made = make_records(core=1, spec=managed(1, 100))
        master, worker = (idle_mb(CATALOG, made.cluster, [group.spec], alone=False) for group in made.groups)
        taken = master + worker + WORK_MB
        world.runtime.machines = (Machine(taken + 9 * worker, 2),)
        await world.reconciler._look_at_machines()
        if others:
            world.store.add_cluster(make_records(core=1, cluster_id=OTHER))
        world.store.add_cluster(made)
        await world.settle()
        world.measure(mb_total=MB, mb_pending=1000 * MB)
        assert counts(await world.settle())[0][2] == 1 + (9 * worker - taken * others) // worker

    run(test)


def test_a_cluster_that_is_not_ready_is_not_scaled() -> None:
    async def test(world: World) -> None:
        world.store.add_cluster(make_records(core=1, spec=managed(3, 5)))
        for _ in range(3):
            await world.reconciler.run_pass(CLUSTER_ID)
            assert counts(world.records()) == [("CORE", "ON_DEMAND", 1)]
        await world.settle()
        world.ask(terminate=True, managed_scaling=policy(4, 5))
        records = await world.settle()
        assert records.cluster.status.state in ENDED
        assert counts(records) == [("CORE", "ON_DEMAND", 3)]

    run(test)


def cost(instances: int, load: int) -> int:
    """A pass over a large cluster with a policy, of which every node has containers."""
    records = steady(instances)
    limits = policy(1, 10 * instances)
    records = replace(
        records,
        cluster=replace(records.cluster, spec=replace(records.cluster.spec, managed_scaling=limits)),
    )
    seen = observed(records)
    values = {f"yarn-containers.{each.spec.host}": 1 for each in records.instances}
    values |= {"yarn-mb-total": instances * MB, "yarn-mb-pending": load, "yarn-measured": 1}
    measured = {name: Measured(value, NOW) for name, value in values.items()}
    master = records.instances[0].id
    seen = replace(seen, instances={**seen.instances, master: replace(seen.instances[master], measurements=measured)})
    decide(records, seen, NOW, CATALOG)
    return operations(lambda: decide(records, seen, NOW, CATALOG))


def test_a_pass_costs_in_proportion_to_the_instances() -> None:
    small, large = cost(60, 0), cost(120, 0)
    assert small < large <= 2.2 * small


def test_growing_costs_in_proportion_to_what_is_added() -> None:
    none, some, more = (cost(30, (29 + count) * MB) for count in (0, 40, 80))
    assert more - none <= 2.2 * (some - none)
