"""EMR's pages of lists. A Marker is a token that also names its list."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, TypeVar

from localemr.aws import paging
from localemr.domain.model.errors import InvalidRequestException
from localemr.store import Resource

PAGE = 50
_LARGEST = 2**63 - 1
"""SQLite's limit."""

T = TypeVar("T")


def write_marker(kind: str, key: Sequence[Any]) -> str:
    """An opaque Marker for the row with this key in a list of this kind (the operation's name)."""
    return paging.write_token([kind, *key])


def read_marker(kind: str, marker: str | None, types: Sequence[type], member: str = "Marker") -> tuple[Any, ...] | None:
    """The key in a Marker; None for no Marker. `member` is the operation's name for it.

    Raises InvalidRequestException for a Marker that this operation cannot have returned, and for keys not of these
    `types`.
    """
    if marker is None:
        return None
    try:
        found, *key = paging.read_token(marker)
    except ValueError:
        found, key = None, []
    if found != kind or [type(each) for each in key] != list(types) or not all(map(_comparable, key)):
        raise InvalidRequestException(f"{member} '{marker}' is not valid.")
    return tuple(key)


def _comparable(value: int | float | str) -> bool:
    """Whether the store can compare with the value; a forged one may be too large."""
    return isinstance(value, str) or abs(value) <= _LARGEST


def page(
    kind: str,
    rows: Sequence[T],
    place: Callable[[T], int],
    marker: str | None,
    size: int = PAGE,
    member: str = "Marker",
) -> tuple[list[T], str | None]:
    """The page of `rows` after `marker`, and the Marker of the next one (None on the last page).

    `rows` are all rows in the order of the list; `place` returns the position of a row: a unique number that grows
    along the list and never changes.
    """
    key = read_marker(kind, marker, (int,), member)
    if key is not None:
        rows = [row for row in rows if place(row) > key[0]]
    return cut(kind, rows, lambda row: (place(row),), size)


def newest_first(kind: str, found: Iterable[Resource], marker: str | None) -> tuple[list[Resource], str | None]:
    """The page after `marker` of the resources, newest first, and the Marker of the next one (None on the last)."""
    after = read_marker(kind, marker, (float, str))
    rows = sorted(found, key=_age, reverse=True)
    return cut(kind, [row for row in rows if after is None or _age(row) < after], _age)


def _age(resource: Resource) -> tuple[float, str]:
    return float(resource.created), resource.id


def cut(
    kind: str, rows: Sequence[T], key: Callable[[T], Sequence[Any]], size: int = PAGE
) -> tuple[list[T], str | None]:
    """The first page of `rows`, and the Marker of its last row if there are more."""
    return paging.cut(rows, lambda row: [kind, *key(row)], size)
