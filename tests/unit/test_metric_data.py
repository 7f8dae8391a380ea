"""The data of metrics in SQLite: added, read, brought together when it is old."""

from __future__ import annotations

import asyncio
import sqlite3
import time
from pathlib import Path

import pytest

from localemr.clock import MovableClock
from localemr.cloudwatch import CloudWatch, Datum
from localemr.cloudwatch.data import DAY, HOUR
from localemr.cloudwatch.database import VERSION, open_database
from localemr.cloudwatch.metrics import Metric, Metrics

NOW = 1_700_006_400  # a whole hour
LOAD = Metric("Mine", "Load", (("Host", "a"),))


def datum(at: int, value: float, unit: str = "Count") -> Datum:
    return Datum(LOAD.namespace, LOAD.name, LOAD.dimensions, unit, at, 1, value, value, value)


def values(metrics: Metrics, period: int = 60, start: int = 0) -> list[tuple[int, float]]:
    """Ages in seconds and sums, oldest first."""
    return [(NOW - each.at, each.sum) for each in metrics.read(LOAD, start, NOW + 60, period)]


def test_data_stays_in_its_file(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "metrics.db"
    database = open_database(path)
    Metrics(database).add([datum(NOW, 1), datum(NOW, 2)])
    database.close()
    database = open_database(path)
    metrics = Metrics(database)
    metrics.add([datum(NOW, 3)])
    assert values(metrics) == [(0, 6)]
    database.sql.execute(f"PRAGMA user_version={VERSION + 1}")
    database.close()
    with pytest.raises(ValueError, match="this LocalEMR knows"):
        open_database(path)


def test_all_of_a_request_or_nothing() -> None:
    metrics = Metrics(database := open_database(":memory:"))
    bad = Datum("Mine", "Other", (), "Count", None, 1, 1, 1, 1)  # type: ignore[arg-type]
    with pytest.raises((sqlite3.Error, TypeError)):
        metrics.add([datum(NOW, 1), bad])
    assert values(metrics) == []
    metrics.add([datum(NOW, 1)])
    assert values(metrics) == [(0, 1)]
    database.close()


def test_old_data_is_brought_together_and_deleted() -> None:
    metrics = Metrics(database := open_database(":memory:"))
    seconds = [datum(NOW - 4 * HOUR + number, 1) for number in range(120)]
    minutes = [datum(NOW - 16 * DAY + 60 * number, 1) for number in range(10)]
    older = [datum(NOW - 64 * DAY + 300 * number, 1) for number in range(24)]
    metrics.add([datum(NOW - 500 * DAY, 1), *older, *minutes, *seconds, datum(NOW - 1, 1)])
    (series,) = metrics.ids()
    for _ in range(2):
        metrics.thin(series, NOW, 455)
        assert values(metrics, 1) == [
            (64 * DAY, 12), (64 * DAY - HOUR, 12), (16 * DAY, 5), (16 * DAY - 300, 5), (4 * HOUR, 60),
            (4 * HOUR - 60, 60), (1, 1),
        ]  # fmt: skip
    metrics.thin(series, NOW + 500 * DAY, 455)
    assert metrics.ids() == []
    metrics.add([datum(NOW, 1)])
    assert values(metrics) == [(0, 1)]
    database.close()


def test_a_days_data_is_read_in_little_time() -> None:
    metrics = Metrics(database := open_database(":memory:"))
    names = [f"Metric{number}" for number in range(40)]
    metrics.add(
        Datum("AWS/ElasticMapReduce", name, (("JobFlowId", f"j-{cluster}"),), "Count", NOW - 300 * number, 1, 1, 1, 1)
        for name in names
        for cluster in range(5)
        for number in range(288)
    )
    began = time.perf_counter()
    for name in names:
        metric = Metric("AWS/ElasticMapReduce", name, (("JobFlowId", "j-3"),))
        assert len(metrics.read(metric, NOW - DAY + 300, NOW + 1, 300)) == 288
    assert time.perf_counter() - began < 1.0  # 40 metrics; some 30 ms on an idle machine
    database.close()


def test_a_moved_clock_leaves_no_minute_out() -> None:
    async def moved(make_up: bool) -> list[float]:
        clock, looks = MovableClock(NOW, speed=0), list[float]()
        made = CloudWatch(":memory:", clock, lambda at: (looks.append(at), ())[1], make_up=make_up)  # type: ignore[func-returns-value]
        made.watch.start()
        await asyncio.sleep(0)
        clock.advance(150)
        for _ in range(20):
            await asyncio.sleep(0)
        await made.close()
        return [at - NOW for at in looks]

    assert asyncio.run(moved(True)) == [60, 120, 150]

    async def moved_again() -> list[float]:
        """The clock is moved once more, then stands, while the first minutes are still made up."""
        clock, looks = MovableClock(NOW, speed=0), list[float]()

        def collect(at: float) -> tuple[()]:
            looks.append(at)
            if at == NOW + 150:
                clock.advance(90)
            return ()

        made = CloudWatch(":memory:", clock, collect, make_up=True)
        made.watch.start()
        await asyncio.sleep(0)
        clock.advance(150)
        for _ in range(40):
            await asyncio.sleep(0)
        await made.close()
        return [at - NOW for at in looks]

    assert asyncio.run(moved_again()) == [60, 120, 150, 180, 240]
    assert asyncio.run(moved(False)) == [150]
