"""Versions of tables: the current one, and those that UpdateTable archived."""

from __future__ import annotations

from typing import Any

from localemr.glue.catalog import Document
from localemr.glue.errors import EntityNotFoundException, GlueError, InvalidInputException
from localemr.glue.lookup import the_table
from localemr.glue.paging import page
from localemr.glue.registry import Context, Request, Response, operation
from localemr.glue.tables import as_shown, detail

PAGE = 100


@operation("GetTableVersion")
def get_table_version(context: Context, request: Request) -> Response:
    """A table in a version; by default the current one."""
    found = _all(context, the_table(context, request))
    number = _number(request.get("VersionId", found[0]["VersionId"]))
    for version in found:
        if version["VersionId"] == str(number):
            return {"TableVersion": version}
    raise _unknown(number)


@operation("GetTableVersions")
def get_table_versions(context: Context, request: Request) -> Response:
    """All stored versions of a table, newest first."""
    found = _all(context, the_table(context, request))
    shown, token = page([((-int(each["VersionId"]),), each) for each in found], request, PAGE)
    return {"TableVersions": shown, "NextToken": token}


@operation("DeleteTableVersion")
def delete_table_version(context: Context, request: Request) -> Response:
    """Delete an old version.

    The current one cannot be deleted.
    """
    with context.locks.table(request["DatabaseName"], request["TableName"]):
        _delete(context, the_table(context, request), request["VersionId"])
    return {}


@operation("BatchDeleteTableVersion")
def batch_delete_table_version(context: Context, request: Request) -> Response:
    """Delete several old versions. The response lists those that could not be deleted, with the reason."""
    errors = []
    with context.locks.table(request["DatabaseName"], request["TableName"]):
        table = the_table(context, request)
        for version in request["VersionIds"]:
            try:
                _delete(context, table, version)
            except GlueError as error:
                failed = {"TableName": request["TableName"], "VersionId": version, "ErrorDetail": detail(error)}
                errors.append(failed)
    return {"Errors": errors}


def _all(context: Context, table: Document) -> list[dict[str, Any]]:
    versions = [(context.versions.present(table), table), *context.versions.archived(table)]
    return [{"Table": as_shown(context, each, number), "VersionId": str(number)} for number, each in versions]


def _delete(context: Context, table: Document, version: str) -> None:
    number = _number(version)
    if number == context.versions.present(table):
        raise InvalidInputException(f"Version {version} is the table's present one and cannot be deleted.")
    if not context.versions.delete(table, number):
        raise _unknown(number)


def _number(version: str) -> int:
    if not version.isascii() or not version.isdigit() or len(version) > 18:
        raise InvalidInputException(f"Version ID '{version}' is not a number.")
    return int(version)


def _unknown(number: int) -> EntityNotFoundException:
    return EntityNotFoundException(f"Version {number} not found.")
