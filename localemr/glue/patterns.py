"""The patterns of GetTables and GetUserDefinedFunctions: regular expressions in which `*` may stand for anything."""

from __future__ import annotations

import re
from collections.abc import Callable

from localemr.glue.errors import InvalidInputException

_STAR = re.compile(r"(?<![.\])\\])\*")
_NESTED = re.compile(r"\)[*+{]")
MOST_REPEATS = 6
"""More of them could take Python's matcher for ever."""


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a name matches as a whole, in any case. `log*` has all that begin with log, as has `log.*`.

    Raises InvalidInputException for what is no pattern, or repeats too much.
    """
    text = re.sub(r"(?:\.\*)+", ".*", _STAR.sub(".*", pattern))
    if _NESTED.search(text) or len(re.findall(r"[*+{]", text)) > MOST_REPEATS:
        raise InvalidInputException(f"The pattern '{pattern}' repeats too much.")
    try:
        compiled = re.compile(text, re.IGNORECASE)
    except (re.error, RecursionError, OverflowError) as error:
        raise InvalidInputException(f"The pattern '{pattern}' is not valid: {error}.") from None
    return lambda name: compiled.fullmatch(name) is not None
