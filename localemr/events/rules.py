"""Rules with their targets, and the events that wait for targets."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import orjson

from localemr.aws.database import Database
from localemr.delivery.deliveries import Delivery
from localemr.delivery.table import Table
from localemr.events.patterns import matches
from localemr.events.targets import is_delivered

Document = Mapping[str, Any]
READ_AGAIN = 1000
"""Events of the log, at most some more, that are read again after a crash."""
ENABLED, DISABLED = "ENABLED", "DISABLED"


@dataclass(frozen=True)
class Occurrence:
    """Events that were read from a log up to `position`: documents as EventBridge delivers them, maybe none."""

    position: int
    events: tuple[Document, ...] = ()


class Rules(Table):
    """Over a file, with the queue of their targets. Methods raise sqlite3.Error."""

    def __init__(self, database: Database) -> None:
        super().__init__(database, "deliveries", ("rule", "target"))
        self.before_change: Callable[[], None] = lambda: None
        """Called before rules change: what happened before is for the rules of then."""
        self.offers: Callable[[str], bool] = lambda service: False
        """Whether there is a service of AWS's for targets; `refresh` after it was set."""
        self.read: int | None = next((int(read) for (read,) in self._sql("SELECT read FROM position")), None)
        """Up to where the log has been read. Stored with every change, with the events that rules take, and after
        READ_AGAIN others: what is read again after a crash is for no rule."""
        self._stored_read = self.read or 0
        self._followed = self._find_followed()

    # ---- rules

    def all(self) -> list[Document]:
        """All rules, by name."""
        return [orjson.loads(text) for (text,) in self._sql("SELECT document FROM rules ORDER BY name")]

    def get(self, name: str) -> Document | None:
        """A rule."""
        return next(
            (orjson.loads(text) for (text,) in self._sql("SELECT document FROM rules WHERE name=?", name)), None
        )

    def put(self, rule: Document) -> None:
        """Add or replace a rule. Its targets stay."""
        text = orjson.dumps(rule).decode()
        query = "INSERT INTO rules VALUES (?,?) ON CONFLICT (name) DO UPDATE SET document=excluded.document"
        with self._change() as db:
            db.execute(query, (rule["Name"], text))

    def remove(self, name: str) -> None:
        """Remove a rule with its targets, and what waits for them."""
        with self._change() as db:
            db.execute("DELETE FROM rules WHERE name=?", (name,))

    # ---- targets

    def targets(self, rule: str) -> list[Document]:
        """The targets of a rule, by id."""
        found = self._sql("SELECT document FROM targets WHERE rule=? ORDER BY id", rule)
        return [orjson.loads(text) for (text,) in found]

    def target(self, rule: str, target: str) -> Document | None:
        """A target of a rule."""
        found = self._sql("SELECT document FROM targets WHERE rule=? AND id=?", rule, target)
        return next((orjson.loads(text) for (text,) in found), None)

    def put_targets(self, rule: str, targets: Iterable[Document]) -> None:
        """Add or replace targets of a rule. What waits for them stays."""
        query = "INSERT INTO targets VALUES (?,?,?) ON CONFLICT (rule, id) DO UPDATE SET document=excluded.document"
        with self._change() as db:
            db.executemany(query, [(rule, each["Id"], orjson.dumps(each).decode()) for each in targets])

    def remove_targets(self, rule: str, ids: Iterable[str]) -> None:
        """Remove targets of a rule, and what waits for them."""
        with self._change() as db:
            db.executemany("DELETE FROM targets WHERE rule=? AND id=?", [(rule, each) for each in ids])

    # ---- events

    @property
    def follows(self) -> bool:
        """Whether any enabled rule has a target that receives events."""
        return bool(self._followed)

    def take(self, events: Iterable[Document], now: float, read: int | None = None) -> int:
        """Put events before the targets of enabled rules that match, and note how far the log has been read (None: they
        are not of the log), in one transaction. Returns how many deliveries that makes."""
        rows = [
            (rule, target, orjson.dumps(event).decode(), now, 0, now)
            for event in events
            for rule, pattern, targets in self._followed
            if matches(pattern, event)
            for target in targets
        ]
        before, self.read = self.read, self.read if read is None else read
        if rows or (self.follows and (self.read or 0) > self._stored_read + READ_AGAIN):
            query = "INSERT INTO deliveries (rule, target, event, at, failures, due) VALUES (?,?,?,?,?,?)"
            try:
                with self._database.transaction() as db:
                    db.executemany(query, rows)
                    self._note_read(db)
            except BaseException:
                self.read = before
                raise
        return len(rows)

    def refresh(self) -> None:
        """Find again which targets receive events."""
        self._followed = self._find_followed()

    def _find_followed(self) -> list[tuple[str, Document, list[str]]]:
        """Enabled rules: name, pattern, and ids of the targets that receive events."""
        found = []
        for rule in self.all():
            targets = [each["Id"] for each in self.targets(rule["Name"]) if is_delivered(each["Arn"], self.offers)]
            if targets and rule["State"] != DISABLED:
                found.append((rule["Name"], orjson.loads(rule["EventPattern"]), targets))
        return found

    @contextmanager
    def _change(self) -> Iterator[sqlite3.Connection]:
        """A transaction that changes rules."""
        self.before_change()
        with self._database.transaction() as db:
            yield db
            self._note_read(db)
        self._followed = self._find_followed()

    def _note_read(self, db: sqlite3.Connection) -> None:
        if self.read is not None:
            db.execute("DELETE FROM position")
            db.execute("INSERT INTO position VALUES (?)", (self.read,))
            self._stored_read = self.read

    def waiting(self) -> list[Delivery]:
        """The first event that waits for each target."""
        query = """SELECT id, rule, target, event, at, failures, due FROM deliveries
            WHERE rule=? AND target=? ORDER BY id LIMIT 1"""
        targets = self._sql("SELECT rule, id FROM targets")
        found = [row for target in targets for row in self._sql(query, *target)]
        return [Delivery(id, (rule, target), *rest) for id, rule, target, *rest in found]

    def _sql(self, query: str, *values: Any) -> list[Any]:
        return self._database.sql.execute(query, values).fetchall()
