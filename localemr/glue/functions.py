"""User-defined functions, which Hive and Spark find by name, and the state of the import from Athena."""

from __future__ import annotations

from typing import Any

from localemr.glue import texts
from localemr.glue.catalog import Document
from localemr.glue.errors import InvalidInputException
from localemr.glue.lookup import the_database
from localemr.glue.names import folded, new_name
from localemr.glue.paging import page
from localemr.glue.patterns import matcher
from localemr.glue.registry import Context, Request, Response, operation

PAGE = 100
KEPT = ("ClassName", "OwnerName", "OwnerType", "ResourceUris")
REFUSED = ("ArtifactLocation", "GovernanceMode")
REGULAR = "REGULAR_FUNCTION"


@operation("CreateUserDefinedFunction")
def create_user_defined_function(context: Context, request: Request) -> Response:
    """Add a function of a Java class, with the jars, files and archives that it needs.

    Only REGULAR_FUNCTION: Hive's catalog knows one kind.
    """
    database = the_database(context, request["DatabaseName"])["Name"]
    with context.locks.functions(database):
        context.catalog.create_function(_stored(database, request["FunctionInput"]))
    return {}


@operation("GetUserDefinedFunction")
def get_user_defined_function(context: Context, request: Request) -> Response:
    """A function, created by any client."""
    database = the_database(context, request["DatabaseName"])["Name"]
    return {"UserDefinedFunction": _shown(context, _the_function(context, database, request["FunctionName"]))}


@operation("GetUserDefinedFunctions")
def get_user_defined_functions(context: Context, request: Request) -> Response:
    """The functions whose names match Pattern (as GetTables' Expression), of one database or of all."""
    named = request.get("DatabaseName")
    databases = [the_database(context, named)] if named else context.catalog.databases()
    matches = matcher(request["Pattern"])
    found = [
        ((database["Name"], function["FunctionName"]), _shown(context, function))
        for database in databases
        for function in context.catalog.functions(database["Name"])
        if matches(function["FunctionName"]) and request.get("FunctionType", REGULAR) == REGULAR
    ]
    some, token = page(found, request, PAGE)
    return {"UserDefinedFunctions": some, "NextToken": token}


@operation("UpdateUserDefinedFunction")
def update_user_defined_function(context: Context, request: Request) -> Response:
    """Replace all members of a function, including its name."""
    database = the_database(context, request["DatabaseName"])["Name"]
    with context.locks.functions(database):
        there = _the_function(context, database, request["FunctionName"])
        given = {"FunctionName": there["FunctionName"], **request["FunctionInput"]}
        context.catalog.alter_function(there["FunctionName"], _stored(database, given))
    return {}


@operation("DeleteUserDefinedFunction")
def delete_user_defined_function(context: Context, request: Request) -> Response:
    """Delete a function."""
    database = the_database(context, request["DatabaseName"])["Name"]
    with context.locks.functions(database):
        there = _the_function(context, database, request["FunctionName"])
        context.catalog.drop_function(database, there["FunctionName"])
    return {}


@operation("GetCatalogImportStatus")
def get_catalog_import_status(context: Context, request: Request) -> Response:
    """Always reports the import from Athena's old catalog as completed."""
    return {"ImportStatus": {"ImportCompleted": True}}


def _the_function(context: Context, database: str, name: str) -> Document:
    for function in context.catalog.functions(database):
        if function["FunctionName"] == folded(name):
            return function
    raise texts.no_function(name)


def _stored(database: str, given: Request) -> dict[str, Any]:
    for member in ("FunctionName", "ClassName"):
        if member not in given:
            raise InvalidInputException(f"{member} must not be null.")
    for member in REFUSED:
        if member in given:
            raise InvalidInputException(f"LocalEMR's catalog has no {member}.")
    if given.get("FunctionType", REGULAR) != REGULAR:
        raise InvalidInputException(f"LocalEMR's catalog has functions of the type {REGULAR} alone.")
    name = new_name("Function", given["FunctionName"])
    kept = {member: given[member] for member in KEPT if member in given}
    return {"OwnerType": "USER", "ResourceUris": [], **kept, "FunctionName": name, "DatabaseName": database}


def _shown(context: Context, function: Document) -> dict[str, Any]:
    return {**function, "FunctionType": REGULAR, "CatalogId": context.account}
