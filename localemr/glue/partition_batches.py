"""Several partitions in one call. The response lists those that failed, with the reason."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from localemr.glue import texts
from localemr.glue.catalog import Document, Values
from localemr.glue.errors import GlueError
from localemr.glue.lookup import the_table
from localemr.glue.partitions import change, checked_values, locked_table, place, shown, stored_partition
from localemr.glue.registry import Context, Request, Response, operation
from localemr.glue.tables import detail

Failed = list[tuple[Sequence[str], GlueError]]


@operation("BatchCreatePartition")
def batch_create_partition(context: Context, request: Request) -> Response:
    """Add up to 100 partitions; the response lists those that exist already."""
    failed: Failed = []
    with locked_table(context, request) as table:
        new = _new(table, request["PartitionInputList"], failed)
        for there in context.catalog.partitions(*place(table), list(new)):
            del new[tuple(there["Values"])]
            failed.append((there["Values"], texts.exists("Partition")))
        if new:
            context.catalog.add_partitions(*place(table), list(new.values()))
    return {"Errors": _errors(failed)}


def _new(table: Document, inputs: Sequence[Request], failed: Failed) -> dict[Values, Document]:
    """The partitions by their values; invalid and duplicate ones are added to `failed`."""
    found: dict[Values, Document] = {}
    for given in inputs:
        values = given.get("Values", [])
        try:
            partition = stored_partition(table, given)
            if tuple(values) in found:
                raise texts.exists("Partition")
            found[tuple(values)] = partition
        except GlueError as error:
            failed.append((values, error))
    return found


@operation("BatchGetPartition")
def batch_get_partition(context: Context, request: Request) -> Response:
    """The partitions with these values; missing ones are left out."""
    table = the_table(context, request)
    requested = [checked_values(table, each["Values"]) for each in request["PartitionsToGet"]]
    found = context.catalog.partitions(*place(table), list(dict.fromkeys(requested)))
    return {"Partitions": [shown(context, table, each) for each in found], "UnprocessedKeys": []}


@operation("BatchUpdatePartition")
def batch_update_partition(context: Context, request: Request) -> Response:
    """Replace all members of several partitions."""
    errors = []
    with locked_table(context, request) as table:
        for entry in request["Entries"]:
            values = entry["PartitionValueList"]
            try:
                change(context, table, values, entry["PartitionInput"])
            except GlueError as error:
                errors.append({"PartitionValueList": values, "ErrorDetail": detail(error)})
    return {"Errors": errors}


@operation("BatchDeletePartition")
def batch_delete_partition(context: Context, request: Request) -> Response:
    """Delete up to 25 partitions; files stay."""
    failed: Failed = []
    with locked_table(context, request) as table:
        for each in request["PartitionsToDelete"]:
            try:
                context.catalog.drop_partition(*place(table), checked_values(table, each["Values"]))
            except GlueError as error:
                failed.append((each["Values"], error))
    return {"Errors": _errors(failed)}


def _errors(failed: Iterable[tuple[Sequence[str], GlueError]]) -> list[dict[str, Any]]:
    return [{"PartitionValues": list(values), "ErrorDetail": detail(error)} for values, error in failed]
