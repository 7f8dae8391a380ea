"""Finds the object that a request names; EntityNotFoundException when it does not exist."""

from __future__ import annotations

from localemr.aws.lookup import known
from localemr.glue import texts
from localemr.glue.catalog import Document
from localemr.glue.names import folded
from localemr.glue.registry import Context, Request


def the_database(context: Context, name: str) -> Document:
    """A database by its name in any case."""
    return known(context.catalog.database(folded(name)), texts.no_database(name))


def the_table(context: Context, request: Request, member: str = "TableName") -> Document:
    """The table that DatabaseName and `member` name."""
    database, name = folded(request["DatabaseName"]), folded(request[member])
    found = context.catalog.table(database, name)
    if found is None:
        the_database(context, request["DatabaseName"])
    return known(found, texts.no_table(request[member]))
