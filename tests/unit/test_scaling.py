"""The arithmetic of managed scaling: EMR's worked examples, limits, growth and shrinking."""

from __future__ import annotations

import pytest

from localemr.domain.decide.scaling import Limits, Pool, plan

CORE, TASK, SPOT = ("core", "ON_DEMAND"), ("task", "ON_DEMAND"), ("spot", "SPOT")
MB = 12288
EVERYTHING = 1000 * MB


def pools(core: int = 1, task: int = 1, spot: int = 1, units: int = 1, core_spot: bool = False) -> list[Pool]:
    return [
        Pool(CORE, True, not core_spot, units, MB, core, floor=1),
        Pool(TASK, False, True, units, MB, task),
        Pool(SPOT, False, False, units, MB, spot),
    ]


def limits(least: int, most: int, on_demand: int | None = None, core: int | None = None) -> Limits:
    return Limits(least, most, most if on_demand is None else on_demand, most if core is None else core)


def numbers(counts: dict[tuple[str, str], int]) -> tuple[int, int, int]:
    return counts[CORE], counts[TASK], counts[SPOT]


@pytest.mark.parametrize(
    ("allowed", "start", "core_spot", "expected"),
    [
        # EMR's management guide, "Understanding node allocation strategy and scenarios".
        (limits(1, 20), (1, 0, 0), False, (20, 0, 0)),
        (limits(1, 20), (1, 1, 1), False, (18, 1, 1)),
        (limits(2, 20, core=2), (2, 0, 0), False, (2, 18, 0)),
        (limits(1, 20, core=12), (1, 1, 1), False, (12, 7, 1)),
        (limits(1, 20, on_demand=0), (1, 0, 0), True, (20, 0, 0)),
        (limits(1, 20, on_demand=7, core=7), (1, 0, 0), False, (7, 0, 13)),
        (limits(1, 20, on_demand=7, core=7), (1, 1, 1), False, (6, 1, 13)),
        # Core up to its limit, on demand up to its own, spot for the rest.
        (limits(1, 20, on_demand=8, core=3), (1, 0, 0), False, (3, 5, 12)),
    ],
)
def test_the_worked_examples(
    allowed: Limits, start: tuple[int, int, int], core_spot: bool, expected: tuple[int, int, int]
) -> None:
    assert numbers(plan(pools(*start, core_spot=core_spot), allowed, EVERYTHING)) == expected


def test_growth_stops_at_what_is_needed() -> None:
    assert numbers(plan(pools(), limits(1, 20, core=2), 3 * MB)) == (1, 1, 1)
    assert numbers(plan(pools(), limits(1, 20, core=2), 3 * MB + 1)) == (2, 1, 1)
    assert numbers(plan(pools(), limits(1, 20, core=2), 5 * MB)) == (2, 2, 1)


@pytest.mark.parametrize(
    ("allowed", "start", "expected"),
    [
        (limits(5, 20), (1, 0, 0), (5, 0, 0)),
        (limits(5, 20, core=1), (1, 0, 0), (1, 4, 0)),
        (limits(1, 2), (1, 3, 3), (1, 1, 0)),
        (limits(1, 20, on_demand=2), (1, 3, 3), (1, 1, 3)),
        (limits(1, 20, on_demand=0), (1, 3, 3), (1, 0, 3)),
        (limits(6, 20, core=2), (4, 0, 0), (2, 4, 0)),
        (limits(1, 1), (3, 0, 0), (1, 0, 0)),
    ],
)
def test_limits_win_without_any_load(
    allowed: Limits, start: tuple[int, int, int], expected: tuple[int, int, int]
) -> None:
    assert numbers(plan(pools(*start), allowed)) == expected


def test_instances_leave_in_the_reverse_order() -> None:
    start = pools(3, 2, 2)
    kept = [numbers(plan(start, limits(1, 20), 0, count * MB)) for count in range(6, -1, -1)]
    assert kept == [(3, 2, 1), (3, 2, 0), (3, 1, 0), (3, 0, 0), (2, 0, 0), (1, 0, 0), (1, 0, 0)]
    assert numbers(plan(start, limits(4, 20), 0, 0)) == (3, 1, 0)


def test_instances_with_work_stay() -> None:
    core, task, spot = pools(3, 2, 2)
    busy = [core, Pool(TASK, False, True, 1, MB, 2, busy=1), Pool(SPOT, False, False, 1, MB, 2, busy=2)]
    assert numbers(plan(busy, limits(1, 20), 0, 0)) == (1, 1, 2)
    assert numbers(plan(busy, limits(1, 2))) == (2, 0, 0), "limits do not wait for work"
    assert (task.busy, spot.busy) == (0, 0)


def test_units_of_several_vcores_never_exceed_the_maximum() -> None:
    assert numbers(plan(pools(1, 0, 0, units=4), limits(4, 15, core=4), EVERYTHING)) == (1, 2, 0)
    assert numbers(plan(pools(1, 0, 0, units=4), limits(5, 16), 0)) == (2, 0, 0)
    assert numbers(plan(pools(3, 0, 0, units=4), limits(4, 7), 0)) == (1, 0, 0)


def test_a_fleet_counts_its_target_not_what_its_last_instance_exceeds_it_by() -> None:
    fleet = [Pool(CORE, True, True, 4, MB, 2, floor=1, target=5), *pools(0, 0, 0)[1:]]
    assert numbers(plan(fleet, limits(1, 5), EVERYTHING)) == (2, 0, 0)
    assert numbers(plan(fleet, limits(1, 9, core=8), EVERYTHING)) == (2, 4, 0)
    assert numbers(plan(fleet, limits(1, 9), EVERYTHING)) == (3, 0, 0)
    assert numbers(plan(fleet, limits(1, 4))) == (1, 0, 0)
    assert [fleet[0].capacity(count) for count in range(4)] == [0, 4, 5, 9]


def test_a_pool_that_is_fixed_counts_and_stays() -> None:
    core, task, _ = pools(1, 5, 0)
    fixed = Pool(SPOT, False, False, 1, 0, 4, fixed=True)
    assert numbers(plan([core, task, fixed], limits(1, 7, core=1), EVERYTHING)) == (1, 2, 4)
    assert numbers(plan([core, task, fixed], limits(1, 20), 0, 0)) == (1, 0, 4)


def test_no_more_is_added_than_there_is_room_for() -> None:
    assert numbers(plan(pools(), limits(1, 20), EVERYTHING, room=2)) == (3, 1, 1)
