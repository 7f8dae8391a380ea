"""The batches, or the sessions, of a server by id and name."""

from __future__ import annotations

import threading
from typing import Generic, TypeVar

from localemr_livy.batch import Batch
from localemr_livy.problems import rejected
from localemr_livy.session import Session

T = TypeVar("T", Batch, Session)


class Registry(Generic[T]):
    """Batches or sessions, in the order of their creation."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._all: dict[int, T] = {}
        self._next = 0

    def number(self) -> int:
        """The next id."""
        with self._lock:
            self._next += 1
            return self._next - 1

    def add(self, made: T) -> None:
        """Raises Refused when another one has its name."""
        with self._lock:
            if made.name is not None and any(each.name == made.name for each in self._all.values()):
                raise rejected(f"Duplicate session name: {made.name} for session {made.id}")
            self._all[made.id] = made

    def get(self, name: str) -> T | None:
        """The one with this id or name."""
        with self._lock:
            if name.isdigit():
                return self._all.get(int(name))
            return next((each for each in self._all.values() if each.name == name), None)

    def all(self) -> list[T]:
        """All of them."""
        with self._lock:
            return list(self._all.values())

    def remove(self, made: T) -> None:
        """Forget it."""
        with self._lock:
            self._all.pop(made.id, None)
