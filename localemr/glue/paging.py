"""Pages of lists: a NextToken names the last entry of its page, so it stays valid while entries come and go."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from localemr.glue.errors import InvalidInputException

T = TypeVar("T")
Key = Sequence[Any]


def page(keyed: Sequence[tuple[Key, T]], request: Mapping[str, Any], most: int) -> tuple[list[T], str | None]:
    """The page that the request's NextToken and MaxResults (at most, and by default, `most`) ask for, and the token of
    the next one; None on the last. `keyed` are all entries with their keys, growing, of strings or numbers alone.

    Raises InvalidInputException for a token that no answer of this list can have had.
    """
    keys = [list(key) for key, _ in keyed]
    begin = _begin(keys, request.get("NextToken"))
    end = begin + min(request.get("MaxResults", most), most)
    token = base64.urlsafe_b64encode(json.dumps(keys[end - 1]).encode()).decode() if end < len(keyed) else None
    return [each for _, each in keyed[begin:end]], token


def _begin(keys: list[list[Any]], token: str | None) -> int:
    if not token:
        return 0
    try:
        after = json.loads(base64.b64decode(token.encode("ascii"), altchars=b"-_", validate=True))
        if not isinstance(after, list) or not after:
            raise ValueError("no key")
        return next((place for place, key in enumerate(keys) if key > after), len(keys))
    except (ValueError, TypeError, RecursionError):
        raise InvalidInputException("The NextToken is not valid.") from None
