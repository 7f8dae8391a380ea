"""Databases."""

from __future__ import annotations

from typing import Any

from localemr.glue.catalog import Document
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

    One without LocationUri gets `s3://localemr-catalog/warehouse/<name>.db`, where clusters can write. Tags are not
    kept; links to other databases and federated ones are refused.
    """
    asked = request["DatabaseInput"]
    context.catalog.create_database(_kept(new_name("Database", asked["Name"]), asked))
    return {}


@operation("GetDatabase")
def get_database(context: Context, request: Request) -> Response:
    """A database, whoever made it."""
    return {"Database": _shown(context, the_database(context, request["Name"]))}


@operation("GetDatabases")
def get_databases(context: Context, request: Request) -> Response:
    """All databases by name; `default` is always there, as in every catalog of Hive's.

    `ResourceShareType` FOREIGN and FEDERATED: there are none.
    """
    if request.get("ResourceShareType") in ("FOREIGN", "FEDERATED"):
        return {"DatabaseList": []}
    wanted = request.get("AttributesToGet")
    found = [((each["Name"],), _shown(context, each)) for each in context.catalog.databases()]
    shown, token = page(found, request, PAGE)
    if wanted:
        shown = [{"Name": each["Name"]} for each in shown]
    return {"DatabaseList": shown, "NextToken": token}


@operation("UpdateDatabase")
def update_database(context: Context, request: Request) -> Response:
    """Replace all that was given of a database.

    Its name stays; without a LocationUri its location stays, too.
    """
    there = the_database(context, request["Name"])
    asked = request["DatabaseInput"]
    if folded(asked["Name"]) != there["Name"]:
        raise InvalidInputException("A database cannot be renamed.")
    context.catalog.alter_database({"LocationUri": there["LocationUri"], **_kept(there["Name"], asked)})
    return {}


@operation("DeleteDatabase")
def delete_database(context: Context, request: Request) -> Response:
    """Take a database out, with its tables and functions, at once; files stay.

    `default` cannot be deleted.
    """
    name = the_database(context, request["Name"])["Name"]
    if name == "default":
        raise InvalidInputException("Can not drop default database.")
    tables = [table["Name"] for table in context.catalog.tables(name)]
    context.catalog.drop_database(name)
    for table in tables:
        context.versions.forget(name, table)
    return {}


def _kept(name: str, asked: Request) -> dict[str, Any]:
    for member in REFUSED:
        if member in asked:
            raise InvalidInputException(f"LocalEMR's catalog has no {member}.")
    return {"Name": name} | {member: asked[member] for member in KEPT if member in asked}


def _shown(context: Context, database: Document) -> dict[str, Any]:
    return {"CreateTableDefaultPermissions": EVERYBODY, **database, "CatalogId": context.account}
