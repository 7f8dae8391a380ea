"""Databases."""

from __future__ import annotations

from typing import Any

from localemr.domain.node.shared_catalog import WAREHOUSE
from localemr.glue.catalog import UNSET, Document
from localemr.glue.errors import InvalidInputException
from localemr.glue.lookup import the_database
from localemr.glue.names import folded, new_name
from localemr.glue.paging import page
from localemr.glue.registry import Context, Request, Response, operation

PAGE = 100
KEPT = ("Description", "LocationUri", "Parameters", "CreateTableDefaultPermissions")
REFUSED = ("TargetDatabase", "FederatedDatabase")
EVERYBODY = [{"Principal": {"DataLakePrincipalIdentifier": "IAM_ALLOWED_PRINCIPALS"}, "Permissions": ["ALL"]}]


@operation("CreateDatabase")
def create_database(context: Context, request: Request) -> Response:
    """Add a database.

    One without LocationUri shows none. Clusters then write to `s3://localemr-catalog/warehouse/<name>.db`. Tags are not
    stored. Links to other databases and federated ones are refused.
    """
    given = request["DatabaseInput"]
    name = new_name("Database", given["Name"])
    database = _kept(name, given, f"{WAREHOUSE}/{name}.db")
    with context.locks.database(database["Name"]):
        context.catalog.create_database(database)
    return {}


@operation("GetDatabase")
def get_database(context: Context, request: Request) -> Response:
    """A database, created by any client."""
    return {"Database": _shown(context, the_database(context, request["Name"]))}


@operation("GetDatabases")
def get_databases(context: Context, request: Request) -> Response:
    """All databases by name; `default` always exists, as in every Hive catalog.

    `ResourceShareType` FOREIGN and FEDERATED: there are none.
    """
    if request.get("ResourceShareType") in ("FOREIGN", "FEDERATED"):
        return {"DatabaseList": []}
    requested = request.get("AttributesToGet")
    found = [((each["Name"],), _shown(context, each)) for each in context.catalog.databases()]
    shown, token = page(found, request, PAGE)
    if requested:
        shown = [{"Name": each["Name"]} for each in shown]
    return {"DatabaseList": shown, "NextToken": token}


@operation("UpdateDatabase")
def update_database(context: Context, request: Request) -> Response:
    """Replace all members of a database.

    The name stays; without a LocationUri none is shown any more, and clusters write where they did.
    """
    given = request["DatabaseInput"]
    with context.locks.database(request["Name"]):
        there = the_database(context, request["Name"])
        if folded(given["Name"]) != there["Name"]:
            raise InvalidInputException("A database cannot be renamed.")
        context.catalog.alter_database(_kept(there["Name"], given, there["LocationUri"]))
    return {}


@operation("DeleteDatabase")
def delete_database(context: Context, request: Request) -> Response:
    """Delete a database with its tables and functions, at once; files stay.

    `default` cannot be deleted.
    """
    with context.locks.database(request["Name"]):
        name = the_database(context, request["Name"])["Name"]
        if name == "default":
            raise InvalidInputException("Can not drop default database.")
        context.catalog.drop_database(name)
        context.versions.forget_all(name)
    return {}


def _kept(name: str, given: Request, location: str) -> dict[str, Any]:
    """The database as the catalog has it. Hive needs a location: without one in the request it is this one."""
    for member in REFUSED:
        if member in given:
            raise InvalidInputException(f"LocalEMR's catalog has no {member}.")
    chosen = {} if "LocationUri" in given else {"LocationUri": location, UNSET: location}
    return {"Name": name} | {member: given[member] for member in KEPT if member in given} | chosen


def _shown(context: Context, database: Document) -> dict[str, Any]:
    set_since = database.get(UNSET) != database.get("LocationUri")
    hidden = (UNSET,) if set_since else (UNSET, "LocationUri")
    found = {member: value for member, value in database.items() if member not in hidden}
    return {"CreateTableDefaultPermissions": EVERYBODY, **found, "CatalogId": context.account}
