"""Stored alarms and their history."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from localemr.aws.database import Database
from localemr.cloudwatch.data import DAY

Document = Mapping[str, Any]
"""An alarm as DescribeAlarms shows it, with times in epoch seconds and its `Tags` (key → value)."""

KEPT = 30 * DAY
"""Seconds that history is kept. Source: CloudWatch's reference of DescribeAlarmHistory."""
STATE, CONFIGURATION, ACTION = "StateUpdate", "ConfigurationUpdate", "Action"
"""Kinds of history."""
OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
MISSING = "missing"
"""How missing data is treated unless the alarm says otherwise."""


@dataclass(frozen=True)
class Change:
    """An entry of the history of an alarm; `id` grows with time."""

    id: int
    alarm: str
    at: float
    kind: str
    summary: str
    data: str


class Alarms:
    """The alarms of a database. Every method that writes is one transaction; all may raise sqlite3.Error."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self.on_move: Callable[[Document, Document, float], None] = lambda before, after, at: None
        """Called with an alarm before and after a change of its state, and the time, in the same transaction."""
        self.after_move: Callable[[], None] = lambda: None
        """Called after that transaction."""

    def get(self, name: str) -> Document | None:
        """The alarm of this name."""
        row = self._database.sql.execute("SELECT document FROM alarms WHERE name=?", (name,)).fetchone()
        return orjson.loads(row[0]) if row else None

    def all(self, after: str = "") -> list[Document]:
        """All alarms whose names come after this one, by name."""
        rows = self._database.sql.execute("SELECT document FROM alarms WHERE name > ? ORDER BY name", (after,))
        return [orjson.loads(document) for (document,) in rows]

    def put(self, alarm: Document, *changes: Change) -> None:
        """Store an alarm, with what changed."""
        query = "INSERT INTO alarms VALUES (?,?) ON CONFLICT (name) DO UPDATE SET document=excluded.document"
        with self._database.transaction() as sql:
            sql.execute(query, (alarm["AlarmName"], orjson.dumps(alarm).decode()))
            self._note(changes)

    def move(self, alarm: Document, state: str, reason: str, data: str | None, at: float) -> None:
        """Store an alarm in a state, with its reason as a sentence and as JSON."""
        after, change = moved(alarm, state, reason, data, at)
        query = "UPDATE alarms SET document=? WHERE name=?"
        with self._database.transaction() as sql:
            sql.execute(query, (orjson.dumps(after).decode(), alarm["AlarmName"]))
            self._note([change])
            if state != alarm["StateValue"]:
                self.on_move(alarm, after, at)
        self.after_move()

    def note(self, change: Change) -> None:
        """Store an entry of the history."""
        with self._database.transaction():
            self._note([change])

    def delete(self, names: Sequence[str], changes: Sequence[Change]) -> None:
        """Remove alarms; their history remains."""
        with self._database.transaction() as sql:
            sql.executemany("DELETE FROM alarms WHERE name=?", ((name,) for name in names))
            self._note(changes)

    def _note(self, changes: Sequence[Change]) -> None:
        for each in changes:
            query = "INSERT INTO history (alarm, at, kind, summary, data) VALUES (?,?,?,?,?)"
            self._database.sql.execute(query, (each.alarm, each.at, each.kind, each.summary, each.data))
            self._database.sql.execute("DELETE FROM history WHERE alarm=? AND at < ?", (each.alarm, each.at - KEPT))

    def history(self, alarm: str | None = None) -> list[Change]:
        """The history of an alarm, or of all, oldest first."""
        rows = self._database.sql.execute(
            "SELECT id, alarm, at, kind, summary, data FROM history WHERE alarm=coalesce(?, alarm) ORDER BY id",
            (alarm,),
        )
        return [Change(*row) for row in rows]


def moved(alarm: Document, state: str, reason: str, data: str | None, at: float) -> tuple[Document, Change]:
    """The alarm in a state, and the entry of its history."""
    old, new = _state(alarm), {"stateValue": state, "stateReason": reason}
    if data:
        new["stateReasonData"] = orjson.loads(data)
    after = {**alarm, "StateValue": state, "StateReason": reason, "StateReasonData": data, "StateUpdatedTimestamp": at}
    if state != alarm["StateValue"]:
        after["StateTransitionedTimestamp"] = at
    document = orjson.dumps({"version": "1.0", "oldState": old, "newState": new}).decode()
    summary = f"Alarm updated from {alarm['StateValue']} to {state}"
    return after, Change(0, alarm["AlarmName"], at, STATE, summary, document)


def _state(alarm: Document) -> dict[str, Any]:
    found = {"stateValue": alarm["StateValue"], "stateReason": alarm["StateReason"]}
    if alarm.get("StateReasonData"):
        found["stateReasonData"] = orjson.loads(alarm["StateReasonData"])
    return found
