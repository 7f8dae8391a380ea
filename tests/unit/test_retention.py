"""Clusters that ended long ago are deleted, with all that belongs to them, and nothing else is."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path

import pytest

from localemr.app import Controller
from localemr.clock import MovableClock
from localemr.domain.model.records import Event, Records
from localemr.domain.model.states import ClusterState
from localemr.platforms import memory_platform
from localemr.reconcile.retention import DAY, Retention
from localemr.reconcile.throttle import PassThrottle
from localemr.settings import Settings
from localemr.store import Store
from localemr.store.history import ROWS
from tests.steady import steady
from tests.unit.test_store_pages import plans

NOW = 1_800_000_000.0
TABLES = ("clusters", "groups", "instances", "steps", "events")


class CountedThrottle(PassThrottle):
    """A throttle that notes how many rows were changed since the last one."""

    def __init__(self, store: Store) -> None:
        super().__init__()
        self._db = store._db
        self._before = self._db.total_changes
        self.changed: list[int] = []

    async def wait(self) -> None:
        self.changed.append(self._db.total_changes - self._before)
        self._before = self._db.total_changes


def add(store: Store, name: str, ended: float | None, steps: int = 3) -> None:
    """A cluster of 3 instances; `ended` is in days ago, None: it lives. Each step has two events of that time."""
    at = NOW - (ended or 0) * DAY
    records = steady(3, steps)
    state = ClusterState.WAITING if ended is None else ClusterState.TERMINATED
    status = replace(records.cluster.status, state=state, ended=None if ended is None else at)
    made = Records(
        replace(records.cluster, id=name, created=at - DAY, status=status),
        tuple(replace(each, id=f"{name}{each.id}", cluster_id=name) for each in records.groups),
        tuple(replace(each, id=f"{name}{each.id}", cluster_id=name) for each in records.instances),
        tuple(replace(each, id=f"{name}{each.id}", cluster_id=name, created=at) for each in records.steps),
    )
    store.add_cluster(replace(made, instances=()))
    events = [Event(at, name, "step", each.id, "COMPLETED") for each in made.steps]
    store.save(replace(made, instances=()), made, events)


def rows(store: Store, *names: str) -> dict[str, list[tuple[object, ...]]]:
    """All rows of the clusters by table."""
    columns = dict.fromkeys(TABLES, "cluster_id") | {"clusters": "id"}
    marks = ",".join("?" * len(names))
    return {
        table: store._db.execute(f"SELECT * FROM {table} WHERE {column} IN ({marks})", names).fetchall()
        for table, column in columns.items()
    }


def run(test: Callable[[Store, MovableClock], Awaitable[None]], path: Path | str = ":memory:") -> None:
    async def body() -> None:
        store = Store(path)
        try:
            await test(store, MovableClock(NOW, speed=0))
        finally:
            store.close()

    asyncio.run(body())


async def until(condition: Callable[[], bool]) -> None:
    for _ in range(1000):
        if condition():
            return
        await asyncio.sleep(0.005)
    raise AssertionError("it did not become true")


def test_what_ended_long_ago_is_deleted_and_nothing_else() -> None:
    async def test(store: Store, clock: MovableClock) -> None:
        for name, ended in {"j-OLD": 63, "j-OLDER": 400, "j-NEW": 61, "j-LIVE": None}.items():
            add(store, name, ended)
        kept = rows(store, "j-NEW", "j-LIVE")
        assert all(kept.values())
        await Retention(store, clock, 62, PassThrottle()).delete()
        assert rows(store, "j-NEW", "j-LIVE") == kept
        assert not any(rows(store, "j-OLD", "j-OLDER").values())

    run(test)


def test_a_cluster_that_began_long_ago_is_kept_after_its_end_while_its_old_events_go() -> None:
    async def test(store: Store, clock: MovableClock) -> None:
        add(store, "j-LONG", ended=1)
        store._db.execute("UPDATE clusters SET created=?", (NOW - 400 * DAY,))
        store._db.execute("UPDATE events SET at=? WHERE kind='step' AND id % 2", (NOW - 63 * DAY,))
        await Retention(store, clock, 62, PassThrottle()).delete()
        found = rows(store, "j-LONG")
        assert [len(found[table]) for table in TABLES] == [1, 3, 3, 3, len(found["events"])]
        assert 0 < len(store.events("j-LONG")) < 7
        assert all(each.at >= NOW - 62 * DAY for each in store.events("j-LONG"))

    run(test)


def test_rounds_come_by_the_clock() -> None:
    async def test(store: Store, clock: MovableClock) -> None:
        add(store, "j-A", ended=60)
        retention = Retention(store, clock, 62, PassThrottle())
        retention.start()
        try:
            await asyncio.sleep(0.05)
            clock.advance(DAY)
            await asyncio.sleep(0.05)
            assert store.cluster("j-A")
            clock.advance(DAY + 1)
            await until(lambda: store.cluster("j-A") is None)
        finally:
            await retention.stop()

    run(test)


def test_never() -> None:
    async def test(store: Store, clock: MovableClock) -> None:
        add(store, "j-A", ended=4000)
        retention = Retention(store, clock, 0, PassThrottle())
        retention.start()
        await asyncio.sleep(0.05)
        clock.advance(4000 * DAY)
        await asyncio.sleep(0.05)
        assert store.cluster("j-A")
        await retention.stop()

    run(test)


def test_transactions_are_small_and_calls_come_between_them() -> None:
    async def test(store: Store, clock: MovableClock) -> None:
        add(store, "j-A", ended=63, steps=3000)
        throttle = CountedThrottle(store)
        await Retention(store, clock, 62, throttle).delete()
        assert store.cluster("j-A") is None
        assert max(throttle.changed) <= ROWS
        assert sum(throttle.changed) > 6000

    run(test)


def test_a_controller_that_ends_in_between_goes_on_with_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "db"

    async def first(store: Store, clock: MovableClock) -> None:
        add(store, "j-A", ended=63, steps=3000)
        for _ in range(16):
            assert store.history.delete_some("j-A")
        assert store.cluster("j-A")

    async def second(store: Store, clock: MovableClock) -> None:
        await Retention(store, clock, 62, PassThrottle()).delete()
        assert not any(rows(store, "j-A").values())

    run(first, path)
    run(second, path)


@pytest.mark.parametrize("days", [0, 62])
def test_the_setting_reaches_the_controller(days: int) -> None:
    async def test() -> None:
        clock = MovableClock(NOW)
        controller = await Controller.open(Settings(runtime="memory", retention_days=days), memory_platform(clock))
        store = controller.store
        add(store, "j-A", ended=1)
        clock.advance(62 * DAY)
        if days:
            await until(lambda: store.cluster("j-A") is None)
        else:
            await asyncio.sleep(0.1)
            assert store.cluster("j-A")
        await controller.close()

    asyncio.run(test())


def test_they_are_found_by_indexes() -> None:
    store = Store(":memory:")
    add(store, "j-A", ended=63)

    def ask() -> None:
        store.history.ended_before(NOW)
        while store.history.delete_some("j-A"):
            pass
        store.history.delete_some_events(NOW)

    store._db.execute("PRAGMA foreign_keys=OFF")  # its checks are in the plans otherwise
    found = plans(store, ask)
    assert [part for part in found if part.startswith("SCAN")] == []
