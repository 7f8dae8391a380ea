"""The data of metrics: written and read by time, and kept for as long as CloudWatch keeps it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from localemr.aws.database import Database
from localemr.cloudwatch.data import DAY, HOUR, Datum, Dimensions, Period

ROLLED: tuple[tuple[int, int], ...] = ((3 * HOUR, 60), (15 * DAY, 300), (63 * DAY, HOUR))
"""Older than so many seconds, data is kept together for so many. Source: CloudWatch's "Metrics retention"."""
LISTED = 14 * DAY
"""Seconds after its last data for which ListMetrics has a metric."""

_ADD = """INSERT INTO points VALUES (?,?,?,?,?,?) ON CONFLICT (series, at) DO UPDATE SET
    count=count+excluded.count, sum=sum+excluded.sum, least=min(least, excluded.least), most=max(most, excluded.most)"""


@dataclass(frozen=True)
class Metric:
    """A metric that has data; it may have been put with several units."""

    namespace: str
    name: str
    dimensions: Dimensions


class Metrics:
    """The data points of a database. Every method that writes is one transaction; all may raise sqlite3.Error."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._ids: dict[tuple[str, str, Dimensions, str], int] = {}

    def add(self, data: Iterable[Datum]) -> None:
        """Add values to what is there for their times."""
        known = dict(self._ids)
        try:
            with self._database.transaction() as sql:
                last: dict[int, int] = {}
                for each in data:
                    key = (each.namespace, each.name, each.dimensions, each.unit)
                    id_ = self._ids.get(key) or self._series(*key)
                    last[id_] = max(each.at, last.get(id_, 0))
                    sql.execute(_ADD, (id_, each.at, each.count, each.sum, each.least, each.most))
                sql.executemany(
                    "UPDATE series SET last=max(last, ?) WHERE id=?", ((at, id_) for id_, at in last.items())
                )
        except BaseException:
            self._ids = known
            raise

    def _series(self, namespace: str, name: str, dimensions: Dimensions, unit: str) -> int:
        key = (namespace, name, _text(dimensions), unit)
        self._database.sql.execute(
            "INSERT INTO series (namespace, name, dimensions, unit, last) VALUES (?,?,?,?,0) ON CONFLICT DO NOTHING",
            key,
        )
        query = "SELECT id FROM series WHERE namespace=? AND name=? AND dimensions=? AND unit=?"
        (id_,) = self._database.sql.execute(query, key).fetchone()
        self._ids[namespace, name, dimensions, unit] = id_
        return int(id_)

    def read(
        self, metric: Metric, start: int, end: int, period: int, unit: str | None = None, count: int = -1
    ) -> list[Period]:
        """What was put from `start` until before `end`, in periods that begin at `start`, oldest first. A unit that is
        None stands for all; each has periods of its own. At most `count` (-1: all)."""
        query = """SELECT ? + (at - ?) / ? * ? AS began, unit, sum(count), sum(sum), min(least), max(most)
            FROM series JOIN points ON series = id
            WHERE namespace=? AND name=? AND dimensions=? AND unit=coalesce(?, unit) AND at >= ? AND at < ?
            GROUP BY 1, 2 ORDER BY 1, 2 LIMIT ?"""
        key = (metric.namespace, metric.name, _text(metric.dimensions), unit)
        rows = self._database.sql.execute(query, (start, start, period, period, *key, start, end, count))
        return [Period(*row) for row in rows]

    def listed(
        self, after: int, *, namespace: str | None = None, name: str | None = None, first: Metric | None = None
    ) -> Iterator[Metric]:
        """Metrics with data since `after`, in the order of their names; those behind `first`."""
        query = """SELECT DISTINCT namespace, name, dimensions FROM series
            WHERE last >= ? AND namespace=coalesce(?, namespace) AND name=coalesce(?, name)
            AND (namespace, name, dimensions) > (?, ?, ?) ORDER BY namespace, name, dimensions"""
        key = (first.namespace, first.name, _text(first.dimensions)) if first else ("", "", "")
        for row in self._database.sql.execute(query, (after, namespace, name, *key)):
            yield Metric(row[0], row[1], tuple((each[0], each[1]) for each in json.loads(row[2])))

    def ids(self) -> list[int]:
        """The series, for `thin`."""
        return [id_ for (id_,) in self._database.sql.execute("SELECT id FROM series")]

    def thin(self, series: int, now: float, keep_days: int) -> None:
        """Bring old data of a series together, delete what is older than `keep_days` (0: nothing), and the series
        without data."""
        with self._database.transaction() as sql:
            if keep_days:
                sql.execute("DELETE FROM points WHERE series=? AND at < ?", (series, now - keep_days * DAY))
            for age, period in ROLLED:
                query = """DELETE FROM points WHERE series=? AND at < ? AND at % ? != 0
                    RETURNING at / ? * ?, count, sum, least, most"""
                found = sql.execute(query, (series, now - age, period, period, period)).fetchall()
                sql.executemany(_ADD, ((series, *row) for row in found))
            empty = "DELETE FROM series WHERE id=? AND NOT EXISTS (SELECT 1 FROM points WHERE series=?)"
            if sql.execute(empty, (series, series)).rowcount:
                self._ids = {key: id_ for key, id_ in self._ids.items() if id_ != series}


def _text(dimensions: Dimensions) -> str:
    return json.dumps(dimensions, separators=(",", ":"))
