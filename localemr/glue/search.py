"""SearchTables: tables of all databases by words and properties."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from localemr.glue.catalog import Document
from localemr.glue.errors import InvalidInputException
from localemr.glue.names import folded
from localemr.glue.paging import page
from localemr.glue.registry import Context, Request, Response, operation
from localemr.glue.tables import shown

PAGE = 1000
COMPARE: Mapping[str, Callable[[Any, Any], bool]] = {
    "EQUALS": lambda one, other: one == other,
    "GREATER_THAN": lambda one, other: one > other,
    "LESS_THAN": lambda one, other: one < other,
    "GREATER_THAN_EQUALS": lambda one, other: one >= other,
    "LESS_THAN_EQUALS": lambda one, other: one <= other,
}


@operation("SearchTables")
def search_tables(context: Context, request: Request) -> Response:
    """Tables of all databases that have the SearchText in a name, description, column or parameter, and meet all
    Filters.

    Filters and SortCriteria name members of a table (`Name`, `DatabaseName`, `Owner`, `CreateTime`, …) or parameters;
    `Name` and `DatabaseName` match substrings, unless a Comparator is given. Times are epoch seconds.
    """
    if request.get("ResourceShareType") in ("FOREIGN", "FEDERATED"):
        return {"TableList": []}
    text = request.get("SearchText", "").lower()
    names = [database["Name"] for database in context.catalog.databases()]
    tables = [table for name in names for table in context.catalog.tables(name)]
    found = [table for table in tables if _has(table, text) and all(_meets(table, each) for each in _filters(request))]
    ordered = [((number,), table) for number, table in enumerate(_sorted(found, request))]
    some, token = page(ordered, request, PAGE)
    return {"TableList": shown(context, some), "NextToken": token}


def _filters(request: Request) -> list[Mapping[str, str]]:
    filters: list[Mapping[str, str]] = request.get("Filters", [])
    if not all("Key" in each and "Value" in each for each in filters):
        raise InvalidInputException("Each filter needs Key and Value.")
    return filters


def _has(table: Document, text: str) -> bool:
    return not text or any(text in word.lower() for word in _words(table))


def _words(table: Document) -> Iterator[str]:
    yield from (table["Name"], table["DatabaseName"], table.get("Description", ""), table.get("Owner", ""))
    for column in [*table.get("StorageDescriptor", {}).get("Columns", []), *table.get("PartitionKeys", [])]:
        yield from (column["Name"], column.get("Comment", ""))
    for key, value in table.get("Parameters", {}).items():
        yield from (key, value)


def _meets(table: Document, condition: Mapping[str, str]) -> bool:
    value = _value(table, condition["Key"])
    if value is None:
        return False
    if "Comparator" not in condition and folded(condition["Key"]) in ("name", "databasename"):
        return folded(condition["Value"]) in str(value)
    try:
        expected = type(value)(condition["Value"])
    except ValueError:
        raise InvalidInputException(f"'{condition['Value']}' is no value of {condition['Key']}.") from None
    return COMPARE[condition.get("Comparator", "EQUALS")](value, expected)


def _value(table: Document, key: str) -> str | float | None:
    """A member of the table, in any case, or one of its parameters."""
    for name, value in table.items():
        if folded(name) == folded(key) and isinstance(value, str | float | int):
            return float(value) if not isinstance(value, str) else value
    found: str | None = table.get("Parameters", {}).get(key)
    return found


def _sorted(tables: list[Document], request: Request) -> list[Document]:
    for criterion in request.get("SortCriteria", []):
        field = criterion.get("FieldName", "Name")
        down = criterion.get("Sort") == "DESC"
        tables = sorted(tables, key=lambda table: _comparable(_value(table, field)), reverse=down)
    return tables


def _comparable(value: str | float | None) -> tuple[bool, float, str]:
    if isinstance(value, str):
        return (True, 0.0, value)
    return (value is not None, value or 0.0, "")
