"""The patterns of GetTables and GetUserDefinedFunctions: regular expressions in which `*` may stand for anything.

RE2 matches every pattern in time linear in the name's length.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import re2

from localemr.glue.errors import InvalidInputException

_STAR = re.compile(r"(?<![.\])\\])\*")


def matcher(pattern: str) -> Callable[[str], bool]:
    """Whether a name matches as a whole, in any case. `log*` has all that begin with log, as has `log.*`.

    Raises InvalidInputException for an invalid or too large pattern of RE2, which has neither back-references nor
    look-arounds.
    """
    options = re2.Options()
    options.log_errors, options.case_sensitive = False, False
    try:
        compiled = re2.compile(_STAR.sub(".*", pattern), options)
    except re2.error as error:
        raise InvalidInputException(f"The pattern '{pattern}' is not valid: {_reason(error)}.") from None
    return lambda name: compiled.fullmatch(name) is not None


def _reason(error: Exception) -> str:
    reason = error.args[0] if error.args else ""
    return reason.decode("utf-8", "replace") if isinstance(reason, bytes) else str(reason)
