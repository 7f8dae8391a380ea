"""The statements of a session: their states and outputs, as the session's program reports them."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

WAITING, RUNNING, CANCELLING = "waiting", "running", "cancelling"
AVAILABLE, CANCELLED, ERROR = "available", "cancelled", "error"
LIVING = frozenset({WAITING, RUNNING, CANCELLING})


def now_ms() -> int:
    """The time in milliseconds, as statements have it."""
    return int(time.time() * 1000)


@dataclass
class Statement:
    """A piece of code and what became of it. Times in epoch milliseconds, 0 before."""

    id: int
    code: str
    kind: str
    state: str = WAITING
    output: Any = None
    progress: float = 0.0
    started: int = 0
    completed: int = 0

    def view(self) -> dict[str, Any]:
        """The JSON of the API."""
        names = ("id", "code", "state", "output", "progress", "started", "completed")
        return {name: getattr(self, name) for name in names}


class Statements:
    """The statements of a session, of which only the last ones are kept. The caller locks."""

    def __init__(self, kept: int) -> None:
        self._kept = max(kept, 1)
        self._next = 0
        self._all: dict[int, Statement] = {}

    def add(self, kind: str, code: str) -> Statement:
        """A new statement, which waits."""
        made = self._all[self._next] = Statement(self._next, code, kind)
        self._next += 1
        for number in list(self._all)[: -self._kept]:
            if self._all[number].state not in LIVING:
                del self._all[number]
        return made

    def get(self, number: int) -> Statement | None:
        """A statement that is still kept."""
        return self._all.get(number)

    def all(self) -> list[Statement]:
        """In the order of their ids."""
        return list(self._all.values())

    @property
    def busy(self) -> bool:
        """Whether one waits or runs."""
        return any(each.state in LIVING for each in self._all.values())

    def cancel(self, number: int) -> bool:
        """Cancel a statement: one that waits never runs. Whether the program has to be informed: it may have begun one
        that waits here."""
        found = self._all.get(number)
        if found is None or found.state not in (WAITING, RUNNING):
            return False
        waited = found.state == WAITING
        found.state = CANCELLED if waited else CANCELLING
        if waited:
            found.progress, found.completed = 1.0, now_ms()
        return True

    def reported(self, change: Mapping[str, Any]) -> None:
        """What the program says of a statement. One that was cancelled stays so."""
        found = self._all.get(int(change["id"]))
        if found is None or found.state == CANCELLED:
            return
        state = str(change.get("state", found.state))
        if found.state == CANCELLING:
            state = {AVAILABLE: CANCELLED, RUNNING: CANCELLING}.get(state, state)
        found.state = state
        found.output = change.get("output", found.output)
        found.progress = float(change.get("progress", found.progress))
        found.started = int(change.get("started", found.started))
        found.completed = int(change.get("completed", found.completed))

    def lost(self) -> None:
        """The program is gone: what waited or ran is over."""
        for each in self._all.values():
            if each.state in LIVING:
                each.state = CANCELLED if each.state == CANCELLING else ERROR
                each.completed = now_ms()
