"""Glue's pages of lists: NextToken and MaxResults."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from localemr.aws.paging import Key, cut, read_token
from localemr.glue.errors import InvalidInputException

T = TypeVar("T")


def page(keyed: Sequence[tuple[Key, T]], request: Mapping[str, Any], most: int) -> tuple[list[T], str | None]:
    """The page for the request's NextToken and MaxResults (at most, and by default, `most`), and the token of the next
    page; None on the last. `keyed` are all entries with their keys, ascending, of strings or numbers only.

    Raises InvalidInputException for a token that this list cannot have returned.
    """
    rows = keyed[_begin([list(key) for key, _ in keyed], request.get("NextToken")) :]
    shown, token = cut(rows, lambda row: row[0], min(request.get("MaxResults", most), most))
    return [each for _, each in shown], token


def _begin(keys: list[list[Any]], token: str | None) -> int:
    if not token:
        return 0
    try:
        after = read_token(token)
        return next((place for place, key in enumerate(keys) if key > after), len(keys))
    except (ValueError, TypeError):
        raise InvalidInputException("The NextToken is not valid.") from None
