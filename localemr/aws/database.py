"""A service's own SQLite file."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from importlib import resources
from pathlib import Path


@cache
def script(package: str, name: str) -> str:
    """The text of a file of SQL in a package; read once, as each test has databases of its own."""
    return resources.files(package).joinpath(name).read_text()


class Database:
    """A connection, for one thread."""

    def __init__(self, path: Path | str, package: str, version: int, what: str, *pragmas: str) -> None:
        """Open or create the file at `path` (`:memory:` for none) by the `schema.sql` of the package. `what` begins the
        message for a newer version: `the metrics have`. Raises ValueError for a file of a newer LocalEMR."""
        name = package.rpartition(".")[2]
        # An in-memory file of SQLite, private to this connection.
        in_memory = f"file:{name}?vfs=memdb" if sqlite3.sqlite_version_info >= (3, 36) else ":memory:"
        if path == ":memory:":
            path = in_memory
        else:
            Path(path).parent.mkdir(parents=True, exist_ok=True)
        self.sql = sqlite3.connect(path, isolation_level=None, uri=path == in_memory)
        for pragma in ("journal_mode=WAL", *pragmas):
            self.sql.execute(f"PRAGMA {pragma}")
        (found,) = self.sql.execute("PRAGMA user_version").fetchone()
        if found > version:
            raise ValueError(f"{what} version {found}; this LocalEMR knows {version}")
        if found == 0:
            schema = script(package, "schema.sql")
            self.sql.executescript(f"BEGIN; {schema} PRAGMA user_version={version}; COMMIT;")

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
