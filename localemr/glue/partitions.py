"""Partitions, one at a time and by expression."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from localemr.glue import texts
from localemr.glue.catalog import Document, Values
from localemr.glue.errors import InvalidInputException
from localemr.glue.expressions import predicate
from localemr.glue.lookup import the_table
from localemr.glue.paging import page
from localemr.glue.registry import Context, Request, Response, operation
from localemr.glue.tables import shown_storage, stored_storage

PAGE = 1000
KEPT = ("LastAccessTime", "StorageDescriptor", "Parameters", "LastAnalyzedTime")


@operation("CreatePartition")
def create_partition(context: Context, request: Request) -> Response:
    """Add a partition.

    The default Location is below the table's, as Hive names it (`key=value`).
    """
    with locked_table(context, request) as table:
        context.catalog.add_partitions(*place(table), [stored_partition(table, request["PartitionInput"])])
    return {}


@operation("GetPartition")
def get_partition(context: Context, request: Request) -> Response:
    """A partition by its values."""
    table = the_table(context, request)
    return {"Partition": shown(context, table, the_partition(context, table, request["PartitionValues"]))}


@operation("GetPartitions")
def get_partitions(context: Context, request: Request) -> Response:
    """The partitions of a table for which Expression holds, in pages, by segment.

    Expression is Glue's: `=`, `<>`, `<`, `>`, `<=`, `>=`, AND, OR, NOT, IN, BETWEEN, LIKE, IS NULL over the partition
    keys, compared by their types: string, char, varchar, date, timestamp, tinyint to bigint, decimal. QueryAsOfTime and
    TransactionId have no effect.
    """
    table = the_table(context, request)
    holds = predicate(request.get("Expression", ""), table.get("PartitionKeys", []))
    values = _segment(context.catalog.values(*place(table)), request.get("Segment"))
    some, token = page([(each, each) for each in values if holds(each)], request, PAGE)
    found = context.catalog.partitions(*place(table), some)
    bare = request.get("ExcludeColumnSchema", False)
    return {"Partitions": [shown(context, table, each, bare) for each in found], "NextToken": token}


@operation("UpdatePartition")
def update_partition(context: Context, request: Request) -> Response:
    """Replace all members of a partition, including its values."""
    with locked_table(context, request) as table:
        change(context, table, request["PartitionValueList"], request["PartitionInput"])
    return {}


@operation("DeletePartition")
def delete_partition(context: Context, request: Request) -> Response:
    """Delete a partition; files stay."""
    with locked_table(context, request) as table:
        context.catalog.drop_partition(*place(table), checked_values(table, request["PartitionValues"]))
    return {}


@contextmanager
def locked_table(context: Context, request: Request) -> Iterator[Document]:
    """The table that DatabaseName and TableName name, with its lock. Raises EntityNotFoundException."""
    with context.locks.table(request["DatabaseName"], request["TableName"]):
        yield the_table(context, request)


def place(table: Document) -> tuple[str, str]:
    """Database and name of a table."""
    return table["DatabaseName"], table["Name"]


def checked_values(table: Document, values: Sequence[str]) -> Values:
    """The values. Raises InvalidInputException when their number is not that of the table's partition keys."""
    if len(values) != len(table.get("PartitionKeys", [])):
        raise InvalidInputException("The number of partition keys do not match the number of partition values")
    return tuple(values)


def the_partition(context: Context, table: Document, values: Sequence[str]) -> Document:
    """A partition by its values. Raises EntityNotFoundException."""
    found = context.catalog.partitions(*place(table), [checked_values(table, values)])
    if not found:
        raise texts.no_partition()
    return found[0]


def stored_partition(table: Document, given: Request) -> dict[str, Any]:
    """A PartitionInput as the catalog stores it."""
    partition = {member: given[member] for member in KEPT if member in given}
    partition["Values"] = list(checked_values(table, given.get("Values", [])))
    if "StorageDescriptor" in partition:
        partition["StorageDescriptor"] = stored_storage(partition["StorageDescriptor"])
    return partition


def change(context: Context, table: Document, values: Sequence[str], given: Request) -> None:
    """Replace a partition. With other values the old partition is removed and a new one added."""
    there = the_partition(context, table, values)
    partition = stored_partition(table, {"Values": values, **given})
    if partition["Values"] == there["Values"]:
        context.catalog.alter_partitions(*place(table), [partition])
        return
    context.catalog.add_partitions(*place(table), [partition])
    context.catalog.drop_partition(*place(table), tuple(there["Values"]))


def shown(context: Context, table: Document, partition: Document, bare: bool = False) -> dict[str, Any]:
    """A partition as the API shows it; `bare`: without its columns."""
    database, name = place(table)
    own = {"DatabaseName": database, "TableName": name, "CatalogId": context.account}
    storage = shown_storage(partition.get("StorageDescriptor", {}))
    if bare:
        storage.pop("Columns", None)
    return {"Parameters": {}, **partition, "StorageDescriptor": storage} | own


def _segment(values: Iterable[Values], segment: Request | None) -> list[Values]:
    """The partitions of the segment. A partition is always in the same one segment."""
    if segment is None:
        return list(values)
    number, total = segment["SegmentNumber"], segment["TotalSegments"]
    if number >= total:
        raise InvalidInputException(f"SegmentNumber {number} is not below TotalSegments {total}.")
    return [each for each in values if zlib.crc32("\0".join(each).encode()) % total == number]
