"""The SQLite file of rules, targets, and events on their way. Every commit is on disk before it counts."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import resources
from pathlib import Path

VERSION = 1
_IN_MEMORY = "file:events?vfs=memdb" if sqlite3.sqlite_version_info >= (3, 36) else ":memory:"
"""An in-memory file of SQLite, private to this connection."""


class Database:
    """A connection, for one thread."""

    def __init__(self, path: Path | str) -> None:
        """Open or create the file at `path` (`:memory:` for none). Raises ValueError for one of a newer LocalEMR."""
        if path == ":memory:":
            path = _IN_MEMORY
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.sql = sqlite3.connect(path, isolation_level=None, uri=path == _IN_MEMORY)
        self.sql.execute("PRAGMA journal_mode=WAL")
        self.sql.execute("PRAGMA synchronous=FULL")
        self.sql.execute("PRAGMA foreign_keys=ON")
        (version,) = self.sql.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise ValueError(f"the file of events has version {version}; this LocalEMR knows {VERSION}")
        if version == 0:
            schema = resources.files(__package__).joinpath("schema.sql").read_text()
            self.sql.executescript(f"BEGIN; {schema} PRAGMA user_version={VERSION}; COMMIT;")

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """One transaction, rolled back after an exception. Raises sqlite3.Error."""
        self.sql.execute("BEGIN IMMEDIATE")
        try:
            yield self.sql
            self.sql.execute("COMMIT")
        except BaseException:
            if self.sql.in_transaction:
                self.sql.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close the file."""
        self.sql.close()
