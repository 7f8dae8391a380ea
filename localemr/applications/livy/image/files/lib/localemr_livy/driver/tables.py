"""Tables in the form that Livy's clients draw: `%table` of a list of rows."""

from __future__ import annotations

import datetime
import decimal
from collections.abc import Mapping
from typing import Any

from localemr_livy.driver.outputs import TABLE, failed, ok

TYPES = {
    type(None): "NULL_TYPE", bool: "BOOLEAN_TYPE", int: "INT_TYPE", float: "DOUBLE_TYPE", str: "STRING_TYPE",
    datetime.date: "DATE_TYPE", datetime.datetime: "TIMESTAMP_TYPE", decimal.Decimal: "DECIMAL_TYPE",
}  # fmt: skip
NULL = "NULL_TYPE"


def cell(value: Any) -> tuple[str, Any]:
    """The type of a value, and the value as JSON. Raises ValueError where members of a list have several types."""
    if isinstance(value, (list, tuple)):
        pairs = [cell(each) for each in value]
        _one_type([kind for kind, _ in pairs])
        return "ARRAY_TYPE", [each for _, each in pairs]
    if isinstance(value, Mapping):
        found = {name: cell(each) for name, each in value.items()}
        _one_type([kind for kind, _ in found.values()])
        return "MAP_TYPE", {str(name): each for name, (_, each) in found.items()}
    kind = TYPES.get(type(value), "STRING_TYPE")
    return kind, value if isinstance(value, (bool, int, float, type(None))) else str(value)


def _one_type(kinds: list[str]) -> None:
    if len(set(kinds) - {NULL}) > 1:
        raise ValueError("value has inconsistent types")


def table(value: Any) -> dict[str, Any]:
    """The output of a table: rows are maps, sequences or single values. Columns have one type each, besides null."""
    rows = value if isinstance(value, (list, tuple)) and not hasattr(value, "asDict") else [value]
    headers: dict[Any, dict[str, str]] = {}
    data = []
    for row in rows:
        fields = row.asDict() if hasattr(row, "asDict") else row
        if isinstance(fields, Mapping):
            pairs = sorted(fields.items())
        else:
            pairs = list(enumerate(fields if isinstance(fields, (list, tuple)) else [fields]))
        cells = []
        for name, each in pairs:
            try:
                kind, shown = cell(each)
            except ValueError as error:
                return failed("ValueError", str(error))
            header = headers.setdefault(name, {"name": str(name), "type": kind})
            if header["type"] == NULL:
                header["type"] = kind
            if kind not in (NULL, header["type"]):
                return failed("Exception", "table rows have different types")
            cells.append(shown)
        data.append(cells)
    return ok({TABLE: {"headers": [headers[name] for name in sorted(headers, key=_order)], "data": data}})


def _order(name: Any) -> tuple[bool, Any]:
    return (isinstance(name, str), name)
