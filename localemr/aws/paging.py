"""Pages of lists. A token names the last row of its page, so it stays valid while rows are added, change or go."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

import orjson

T = TypeVar("T")
Key = Sequence[Any]
"""Strings and numbers that identify a row and grow along the list."""


def write_token(key: Key) -> str:
    """An opaque token for the row with this key."""
    return base64.urlsafe_b64encode(orjson.dumps(list(key))).decode()


def read_token(token: str) -> list[Any]:
    """The key in a token. Raises ValueError for a text that `write_token` cannot have written."""
    found = orjson.loads(base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True))
    if not isinstance(found, list) or not found:
        raise ValueError("no key")
    return found


def cut(rows: Sequence[T], key: Callable[[T], Key], size: int) -> tuple[list[T], str | None]:
    """The first `size` rows, and the token of the last of them if more follow."""
    shown = list(rows[:size])
    return shown, write_token(key(shown[-1])) if len(rows) > size and shown else None
