"""Names that a Hive catalog can store. Glue accepts more characters but recommends these."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from localemr.glue.errors import InvalidInputException

_GOOD = re.compile(r"[a-z0-9_]+")
LONGEST = 128


def folded(name: str) -> str:
    """In lower case, as all names of the catalog are stored and found."""
    return name.lower()


def new_name(kind: str, name: str) -> str:
    """The name of a new object, folded. Raises InvalidInputException for a name that Hive cannot store."""
    low = folded(name)
    if not _GOOD.fullmatch(low) or len(low) > LONGEST:
        raise InvalidInputException(
            f"{kind} name '{name}' is not valid: Hive takes letters, digits and underscores, at most {LONGEST}."
        )
    return low


def folded_columns(columns: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Columns with their names folded."""
    return [{**column, "Name": folded(column["Name"])} for column in columns]


def refuse_twice(names: Iterable[str]) -> None:
    """Raise InvalidInputException for a duplicate column."""
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise InvalidInputException(f"Column {name} is there twice; names of columns have no case.")
        seen.add(name)
