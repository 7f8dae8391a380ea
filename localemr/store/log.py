"""The event log, read from a position on."""

from __future__ import annotations

import sqlite3

from localemr.domain.model.records import Event
from localemr.domain.model.states import Reason

_NO_NUMBER = 2**63 - 1
"""SQLite's greatest integer."""
COLUMNS = "id, at, cluster_id, kind, subject, state, code, message"


class EventLog:
    """Events in the order of their numbers. Numbers grow, but begin anew when the newest events were deleted."""

    def __init__(self, db: sqlite3.Connection) -> None:
        self._db = db

    def end(self) -> int:
        """The number of the last event. 0: there is none."""
        (last,) = self._db.execute("SELECT max(id) FROM events").fetchone()
        return int(last or 0)

    def after(self, number: int, limit: int) -> list[tuple[int, Event]]:
        """The next events, with their numbers."""
        query = f"SELECT {COLUMNS} FROM events WHERE id > ? ORDER BY id LIMIT ?"
        return [_event(row) for row in self._db.execute(query, (number, limit))]

    def of(self, cluster_id: str, kind: str, before: int | None, limit: int) -> list[tuple[int, Event]]:
        """A cluster's events before a number (None: the newest), of a kind (empty: of all), newest first."""
        query = f"""SELECT {COLUMNS} FROM events WHERE cluster_id=? AND (?='' OR kind=?) AND id < ?
            ORDER BY id DESC LIMIT ?"""
        end = _NO_NUMBER if before is None else min(before, _NO_NUMBER)
        return [_event(row) for row in self._db.execute(query, (cluster_id, kind, kind, end, limit))]

    def before(self, number: int, event: Event) -> Event | None:
        """The event of the same subject before one with this number."""
        query = f"""SELECT {COLUMNS} FROM events WHERE cluster_id=? AND id < ? AND kind=? AND subject=?
            ORDER BY id DESC LIMIT 1"""
        found = self._db.execute(query, (event.cluster_id, number, event.kind, event.subject))
        return next((_event(row)[1] for row in found), None)


def _event(row: tuple[int, float, str, str, str, str, str, str]) -> tuple[int, Event]:
    number, at, cluster, kind, subject, state, *why = row
    return number, Event(at, cluster, kind, subject, state, Reason(*why))
