"""Which version each table is in, and what it was before: a catalog like Hive's knows the present alone.

A version is of the table that was made at that time: one made anew under the same name, by Spark as well, begins at 0.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

_SCHEMA = """
CREATE TABLE IF NOT EXISTS present (
    database TEXT, name TEXT, created REAL, version INTEGER NOT NULL, PRIMARY KEY (database, name)
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS archived (
    database TEXT, name TEXT, version INTEGER, document BLOB NOT NULL, PRIMARY KEY (database, name, version)
) WITHOUT ROWID;
"""

Table = Mapping[str, Any]
"""A table as a catalog gives it: DatabaseName, Name, CreateTime and the rest."""


class Versions:
    """Versions of tables in a SQLite file; `path` may be `:memory:`. For several threads."""

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; {_SCHEMA}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def present(self, table: Table) -> int:
        """The version that the table is in."""
        return self.all_present([table])[0]

    def all_present(self, tables: Sequence[Table]) -> list[int]:
        """The versions that these tables, of any databases, are in."""
        found: dict[tuple[str, str], tuple[float, int]] = {}
        with self._lock:
            for database in {table["DatabaseName"] for table in tables}:
                rows = self._db.execute("SELECT name, created, version FROM present WHERE database = ?", [database])
                found.update({(database, name): (created, version) for name, created, version in rows})
        return [_version(found.get((table["DatabaseName"], table["Name"])), table) for table in tables]

    def advance(self, table: Table, archive: bool) -> None:
        """The table, given as it was, is in its next version; the old one is kept if `archive`."""
        version = self.present(table)
        key = (table["DatabaseName"], table["Name"])
        with self._lock, self._db:
            if version == 0:
                self._forget(*key)
            if archive:
                document = orjson.dumps(table)
                self._db.execute("INSERT OR REPLACE INTO archived VALUES (?, ?, ?, ?)", (*key, version, document))
            created = table["CreateTime"]
            self._db.execute("INSERT OR REPLACE INTO present VALUES (?, ?, ?, ?)", (*key, created, version + 1))

    def archived(self, table: Table) -> list[tuple[int, Table]]:
        """The old versions that are kept, newest first."""
        if self.present(table) == 0:
            return []
        with self._lock:
            rows = self._db.execute(
                "SELECT version, document FROM archived WHERE database = ? AND name = ? ORDER BY version DESC",
                (table["DatabaseName"], table["Name"]),
            ).fetchall()
        return [(version, orjson.loads(document)) for version, document in rows]

    def delete(self, table: Table, version: int) -> bool:
        """Forget an old version; False when there is none."""
        with self._lock, self._db:
            done = self._db.execute(
                "DELETE FROM archived WHERE database = ? AND name = ? AND version = ?",
                (table["DatabaseName"], table["Name"], version),
            )
        return done.rowcount > 0

    def forget(self, database: str, name: str) -> None:
        """Forget all of a table that is gone."""
        with self._lock, self._db:
            self._forget(database, name)

    def _forget(self, database: str, name: str) -> None:
        for kept in ("present", "archived"):
            self._db.execute(f"DELETE FROM {kept} WHERE database = ? AND name = ?", (database, name))


def _version(found: tuple[float, int] | None, table: Table) -> int:
    return found[1] if found and found[0] == table["CreateTime"] else 0
