"""Partition indexes: stored with the table and shown. LocalEMR does not use them to find partitions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localemr.glue.catalog import Document
from localemr.glue.errors import (
    AlreadyExistsException,
    EntityNotFoundException,
    InvalidInputException,
    ResourceNumberLimitExceededException,
)
from localemr.glue.lookup import the_table
from localemr.glue.names import folded
from localemr.glue.registry import Context, Request, Response, operation

INDEXES = "PartitionIndexes"
MOST = 3


@operation("CreatePartitionIndex")
def create_partition_index(context: Context, request: Request) -> Response:
    """Store an index of a table; it is ACTIVE at once.

    No effect on speed. At most 3.
    """
    with context.locks.table(request["DatabaseName"], request["TableName"]):
        table = the_table(context, request)
        indexes = [*table.get(INDEXES, []), request["PartitionIndex"]]
        context.catalog.alter_table({**table, INDEXES: checked_indexes(table, indexes)})
    return {}


@operation("GetPartitionIndexes")
def get_partition_indexes(context: Context, request: Request) -> Response:
    """The indexes of a table."""
    table = the_table(context, request)
    types = {key["Name"]: key.get("Type", "string") for key in table.get("PartitionKeys", [])}
    return {
        "PartitionIndexDescriptorList": [
            {
                "IndexName": index["IndexName"],
                "Keys": [{"Name": key, "Type": types[key]} for key in index["Keys"]],
                "IndexStatus": "ACTIVE",
            }
            for index in table.get(INDEXES, [])
        ]
    }


@operation("DeletePartitionIndex")
def delete_partition_index(context: Context, request: Request) -> Response:
    """Delete an index of a table."""
    with context.locks.table(request["DatabaseName"], request["TableName"]):
        table = the_table(context, request)
        left = [index for index in table.get(INDEXES, []) if index["IndexName"] != request["IndexName"]]
        if len(left) == len(table.get(INDEXES, [])):
            raise EntityNotFoundException(f"Index with the given indexName : {request['IndexName']} does not exist")
        context.catalog.alter_table({**table, INDEXES: left})
    return {}


def checked_indexes(table: Document, indexes: Sequence[Request]) -> list[dict[str, Any]]:
    """The indexes as stored with the table. Raises Glue's errors for too many, for duplicates, and for keys that are
    not partition keys of the table."""
    if len(indexes) > MOST:
        raise ResourceNumberLimitExceededException(f"A table has at most {MOST} partition indexes.")
    if len({index["IndexName"] for index in indexes}) < len(indexes):
        raise AlreadyExistsException("Index already exists.")
    keys = {key["Name"] for key in table.get("PartitionKeys", [])}
    kept = [{"IndexName": index["IndexName"], "Keys": [folded(key) for key in index["Keys"]]} for index in indexes]
    for key in (key for index in kept for key in index["Keys"]):
        if key not in keys:
            raise InvalidInputException(f"Partition key {key} of the index is none of the table's.")
    return kept
