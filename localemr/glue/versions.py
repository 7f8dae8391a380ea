"""Current and archived versions of tables. A Hive catalog stores only the current form of a table.

The number of the current version is stored in the catalog, in the table itself, so that one call changes both. Archived
versions are in a SQLite file, which is written first. A controller that is killed between the two leaves a row
with the number of the current version, or a higher one after the table was created anew. Only rows with numbers below
the current one are shown, and every change of a table writes or deletes the row of the version that it replaces. So no
version is lost or duplicated.

Versions belong to a table with its creation time: a table created anew under the same name, also by Spark, begins at 0.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson

_SCHEMA = """
CREATE TABLE IF NOT EXISTS archived (
    database TEXT, name TEXT, version INTEGER, document BLOB NOT NULL, PRIMARY KEY (database, name, version)
) WITHOUT ROWID;
-- Read only: versions of tables that were last changed before the catalog kept the number itself.
CREATE TABLE IF NOT EXISTS present (
    database TEXT, name TEXT, created REAL, version INTEGER NOT NULL, PRIMARY KEY (database, name)
) WITHOUT ROWID;
"""

VERSION = "Version"
"""The member of a table in the catalog that holds its version; the API shows it as VersionId."""

Table = Mapping[str, Any]
"""A table as a catalog gives it: DatabaseName, Name, CreateTime and the rest."""


def in_version(table: Table, number: int) -> dict[str, Any]:
    """Members that the catalog stores with the next form of this table to record its version."""
    return {VERSION: {"Created": table["CreateTime"], "Number": number}}


class Versions:
    """Versions of tables; old ones are in a SQLite file. `path` may be `:memory:`. For several threads; the lock of the
    table has to be held around `archive` and the change of the table, and around `delete`."""

    def __init__(self, path: Path | str) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False)
        # FULL: the catalog's database is another one, so a power cut must not undo what was written first.
        self._db.executescript(f"PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; {_SCHEMA}")

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._db.close()

    def present(self, table: Table) -> int:
        """The version that the table is in."""
        return self.all_present([table])[0]

    def all_present(self, tables: Sequence[Table]) -> list[int]:
        """The versions that these tables, of any databases, are in."""
        before: dict[tuple[str, str], tuple[float, int]] = {}
        with self._lock:
            for database in {table["DatabaseName"] for table in tables if VERSION not in table}:
                rows = self._db.execute("SELECT name, created, version FROM present WHERE database = ?", [database])
                before.update({(database, name): (created, version) for name, created, version in rows})
        return [_version(table, before.get((table["DatabaseName"], table["Name"]))) for table in tables]

    def archive(self, table: Table, keep: bool) -> None:
        """Call before the table (in its current form) is replaced: archives this form if `keep`."""
        version = self.present(table)
        key = (table["DatabaseName"], table["Name"])
        with self._lock, self._db:
            if version == 0:
                self._forget(*key)  # old versions of a table of that name that was dropped by Spark or Hive
            if keep:
                document = orjson.dumps(table)
                self._db.execute("INSERT OR REPLACE INTO archived VALUES (?, ?, ?, ?)", (*key, version, document))
            else:
                self._delete(*key, version)

    def archived(self, table: Table) -> list[tuple[int, Table]]:
        """The archived versions, newest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT version, document FROM archived WHERE database = ? AND name = ? ORDER BY version DESC",
                (table["DatabaseName"], table["Name"]),
            ).fetchall()
        present = self.present(table)
        return [(version, orjson.loads(document)) for version, document in rows if version < present]

    def delete(self, table: Table, version: int) -> bool:
        """Delete an archived version; False when there is none."""
        if version >= self.present(table):
            return False
        with self._lock, self._db:
            return self._delete(table["DatabaseName"], table["Name"], version)

    def forget(self, database: str, name: str) -> None:
        """Delete all versions of a dropped table."""
        with self._lock, self._db:
            self._forget(database, name)

    def forget_all(self, database: str) -> None:
        """Delete all versions of a dropped database's tables."""
        with self._lock, self._db:
            for kept in ("present", "archived"):
                self._db.execute(f"DELETE FROM {kept} WHERE database = ?", [database])

    def _delete(self, database: str, name: str, version: int) -> bool:
        found = self._db.execute(
            "DELETE FROM archived WHERE database = ? AND name = ? AND version = ?", (database, name, version)
        )
        return found.rowcount > 0

    def _forget(self, database: str, name: str) -> None:
        for kept in ("present", "archived"):
            self._db.execute(f"DELETE FROM {kept} WHERE database = ? AND name = ?", (database, name))


def _version(table: Table, before: tuple[float, int] | None) -> int:
    own = table.get(VERSION)
    if own is not None:
        before = (own["Created"], own["Number"])
    return before[1] if before and before[0] == table["CreateTime"] else 0
