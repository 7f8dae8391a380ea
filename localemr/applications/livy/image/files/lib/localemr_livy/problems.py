"""The errors that requests get: Livy's statuses and messages."""

from __future__ import annotations

from typing import Any


class Refused(Exception):
    """An answer that is an error. `body` is its JSON: mostly an object with `msg`, sometimes a text, as in Livy."""

    def __init__(self, status: int, body: Any) -> None:
        super().__init__(str(body))
        self.status = status
        self.body = body


def bad(message: str) -> Refused:
    """A request that asks for something wrong."""
    return Refused(400, {"msg": message})


def rejected(message: str) -> Refused:
    """A batch or a session that is not created."""
    return bad(f"Rejected, Reason: {message}")


def missing(name: str) -> Refused:
    """A batch or session that does not exist."""
    return Refused(404, {"msg": f"Session '{name}' not found."})


def not_running(state: str) -> Refused:
    """A session that cannot execute: it starts, or it has ended."""
    return Refused(500, f"java.lang.IllegalStateException: Session is in state {state}")
