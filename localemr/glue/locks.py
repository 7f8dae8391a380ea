"""One change at a time to an object of the catalog, so that a checked condition still holds at the change.

A path names the object: `("db",)` a database with its content, `("db", "tables", "t")` one table. Two paths
conflict when one of them begins with the other. The controller is the only program that changes the catalog through
Glue's API, so locks inside its process are enough; changes by Spark and Hive make no versions (docs/glue.md).
"""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from localemr.glue.names import folded

Path = tuple[str, ...]


class Locks:
    """Locks by path, for several threads. Locks are granted in the order of requests. A thread must not
    take a second lock while it holds one."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        self._line: list[tuple[Path, int]] = []
        """Held and awaited locks in the order in which they were requested, each with its thread."""

    @contextmanager
    def hold(self, *path: str) -> Iterator[None]:
        """Hold the lock of a path while the block runs. Its names may be in any case."""
        entry = (tuple(map(folded, path)), threading.get_ident())
        with self._changed:
            self._line.append(entry)
            self._changed.wait_for(lambda: not self._blocked(entry))
        try:
            yield
        finally:
            with self._changed:
                self._line.remove(entry)
                self._changed.notify_all()

    def database(self, name: str) -> AbstractContextManager[None]:
        """The lock of a database with its content."""
        return self.hold(name)

    def table(self, database: str, name: str) -> AbstractContextManager[None]:
        """The lock of a table with its partitions, indexes and versions."""
        return self.hold(database, "tables", name)

    def functions(self, database: str) -> AbstractContextManager[None]:
        """The lock of all functions of a database."""
        return self.hold(database, "functions")

    def held(self, *path: str) -> bool:
        """Whether this thread holds a lock that covers the path."""
        with self._changed:
            mine = [entry for entry in self._line if entry[1] == threading.get_ident() and not self._blocked(entry)]
        return any(path[: len(held)] == held for held, _ in mine)

    def _blocked(self, entry: tuple[Path, int]) -> bool:
        earlier = self._line[: self._line.index(entry)]
        return any(_conflict(entry[0], path) for path, _ in earlier)


def _conflict(one: Path, other: Path) -> bool:
    shared = min(len(one), len(other))
    return one[:shared] == other[:shared]
