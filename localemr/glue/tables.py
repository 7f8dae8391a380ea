"""Tables."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from localemr.glue.catalog import Document
from localemr.glue.errors import ConcurrentModificationException, GlueError, InvalidInputException
from localemr.glue.indexes import checked_indexes
from localemr.glue.lookup import the_database, the_table
from localemr.glue.names import folded_columns, new_name, refuse_twice
from localemr.glue.paging import page
from localemr.glue.patterns import matcher
from localemr.glue.registry import Context, Request, Response, operation
from localemr.glue.versions import VERSION, in_version

PAGE = 100
KEPT = ("Description", "Owner", "LastAccessTime", "LastAnalyzedTime", "Retention", "StorageDescriptor",
        "PartitionKeys", "ViewOriginalText", "ViewExpandedText", "TableType", "Parameters")  # fmt: skip
REFUSED = ("TargetTable", "FederatedTable", "ViewDefinition")
INDEXES = "PartitionIndexes"
HIDDEN = {INDEXES, VERSION}
"""Stored members of a table that the API does not show in it."""
STORAGE = {"Columns": [], "Compressed": False, "NumberOfBuckets": 0, "BucketColumns": [], "SortColumns": [],
           "Parameters": {}, "StoredAsSubDirectories": False}  # fmt: skip
ATTRIBUTES = {"NAME": "Name", "TABLE_TYPE": "TableType"}


@operation("CreateTable")
def create_table(context: Context, request: Request) -> Response:
    """Add a table. Spark and Hive can read it at once if they support its StorageDescriptor.

    The default Location is below the database's. The bucket of a Location has to exist. Iceberg's form
    (`OpenTableFormatInput`), links, federated tables and multi-dialect views are refused.
    """
    if "OpenTableFormatInput" in request:
        raise InvalidInputException("LocalEMR's catalog does not make tables of OpenTableFormatInput.")
    database = the_database(context, request["DatabaseName"])["Name"]
    table = stored(database, _input(request))
    if indexes := checked_indexes(table, request.get(INDEXES, [])):
        table[INDEXES] = indexes
    with context.locks.table(database, table["Name"]):
        context.catalog.create_table(table | {"CreatedBy": context.caller})
    return {}


@operation("GetTable")
def get_table(context: Context, request: Request) -> Response:
    """A table, created by any client, with its VersionId.

    QueryAsOfTime and TransactionId have no effect.
    """
    (table,) = shown(context, [the_table(context, request, "Name")])
    return {"Table": attributes(table, request)}


@operation("GetTables")
def get_tables(context: Context, request: Request) -> Response:
    """The tables of a database by name, those whose names match Expression.

    Expression is a regular expression of RE2 for the whole name (no look-arounds, no back-references) in which `*` may
    stand for anything.
    """
    database = the_database(context, request["DatabaseName"])["Name"]
    matches = matcher(request["Expression"]) if request.get("Expression") else None
    found = [((each["Name"],), each) for each in context.catalog.tables(database)
             if matches is None or matches(each["Name"])]  # fmt: skip
    tables, token = page(found, request, PAGE)
    return {"TableList": [attributes(each, request) for each in shown(context, tables)], "NextToken": token}


@operation("UpdateTable")
def update_table(context: Context, request: Request) -> Response:
    """Replace all members of a table; the old version is archived unless SkipArchive.

    VersionId, when given, has to be the current one: of several calls with one VersionId only one succeeds. Partition
    keys cannot be changed. Changes by Spark and Hive make no versions. Iceberg's form and changes of multi-dialect
    views are refused.
    """
    for member in ("UpdateOpenTableFormatInput", "ViewUpdateAction"):
        if member in request:
            raise InvalidInputException(f"LocalEMR's catalog does not know {member}.")
    name = _input(request)["Name"]
    with context.locks.table(request["DatabaseName"], name):
        there = the_table(context, {"DatabaseName": request["DatabaseName"], "Name": name}, "Name")
        version = context.versions.present(there)
        if request.get("VersionId") not in (None, str(version)):
            raise ConcurrentModificationException("Update table failed due to concurrent modifications.")
        table = _replaced(there, _input(request)) | in_version(there, version + 1)
        # In this order: see versions.py for a controller that is killed in between.
        context.versions.archive(there, keep=not request.get("SkipArchive", False))
        context.catalog.alter_table(table)
    return {}


def _replaced(there: Document, given: Request) -> dict[str, Any]:
    """The table after the update; members that the API cannot set stay."""
    table = stored(there["DatabaseName"], given)
    _check_keys(there, table)
    location = there.get("StorageDescriptor", {}).get("Location")
    if "StorageDescriptor" in table and location:
        table["StorageDescriptor"] = {"Location": location, **table["StorageDescriptor"]}
    return table | {member: there[member] for member in (INDEXES, "CreatedBy") if member in there}


@operation("DeleteTable")
def delete_table(context: Context, request: Request) -> Response:
    """Delete a table with its partitions and versions; files stay."""
    _delete(context, request["DatabaseName"], request["Name"])
    return {}


@operation("BatchDeleteTable")
def batch_delete_table(context: Context, request: Request) -> Response:
    """Delete several tables. The response lists those that could not be deleted, with the reason."""
    errors = []
    for name in request["TablesToDelete"]:
        try:
            _delete(context, request["DatabaseName"], name)
        except GlueError as error:
            errors.append({"TableName": name, "ErrorDetail": detail(error)})
    return {"Errors": errors}


def _delete(context: Context, database: str, name: str) -> None:
    with context.locks.table(database, name):
        table = the_table(context, {"DatabaseName": database, "Name": name}, "Name")
        context.catalog.drop_table(table["DatabaseName"], table["Name"])
        context.versions.forget(table["DatabaseName"], table["Name"])


def detail(error: GlueError) -> dict[str, str]:
    """An error in the response of a batch."""
    return {"ErrorCode": type(error).__name__, "ErrorMessage": error.message}


def _input(request: Request) -> Request:
    if "TableInput" not in request:
        raise InvalidInputException("TableInput must not be null.")
    given: Request = request["TableInput"]
    for member in REFUSED:
        if member in given:
            raise InvalidInputException(f"LocalEMR's catalog has no {member}.")
    return given


def stored(database: str, given: Request) -> dict[str, Any]:
    """A TableInput as the catalog stores it."""
    table = {member: given[member] for member in KEPT if member in given}
    table |= {"DatabaseName": database, "Name": new_name("Table", given["Name"])}
    if "StorageDescriptor" in table:
        table["StorageDescriptor"] = stored_storage(table["StorageDescriptor"])
    table["PartitionKeys"] = folded_columns(table.get("PartitionKeys", []))
    columns = table.get("StorageDescriptor", {}).get("Columns", [])
    refuse_twice(column["Name"] for column in [*columns, *table["PartitionKeys"]])
    return table


def stored_storage(storage: Request) -> dict[str, Any]:
    """A StorageDescriptor as the catalog stores it."""
    if "Columns" not in storage:
        return dict(storage)
    return {**storage, "Columns": folded_columns(storage["Columns"])}


def shown_storage(storage: Document) -> dict[str, Any]:
    """A StorageDescriptor as the API shows it, with Glue's defaults for absent members."""
    return {**STORAGE, **storage}


def _check_keys(old: Document, new: Document) -> None:
    before, after = ([key["Name"] for key in each.get("PartitionKeys", [])] for each in (old, new))
    if before != after:
        raise InvalidInputException(f"Partition keys cannot be changed: they are {before}, not {after}.")


def shown(context: Context, tables: Sequence[Document]) -> list[dict[str, Any]]:
    """Tables as the API shows them, in their current versions."""
    versions = context.versions.all_present(tables)
    return [as_shown(context, table, version) for table, version in zip(tables, versions, strict=True)]


def as_shown(context: Context, table: Document, version: int) -> dict[str, Any]:
    """A table in a version as the API shows it."""
    own = {"CatalogId": context.account, "VersionId": str(version), "IsRegisteredWithLakeFormation": False}
    own["StorageDescriptor"] = shown_storage(table.get("StorageDescriptor", {}))
    first = {"Retention": 0, "PartitionKeys": [], "Parameters": {}}
    return first | {member: value for member, value in table.items() if member not in HIDDEN} | own


def attributes(table: Document, request: Request) -> Document:
    """The table, or only the members that AttributesToGet names."""
    requested = request.get("AttributesToGet")
    if not requested or "DEFAULT" in requested:
        return table
    return {
        member: table[member]
        for member in ["Name", *(ATTRIBUTES[each] for each in requested if each in ATTRIBUTES)]
        if member in table
    }
