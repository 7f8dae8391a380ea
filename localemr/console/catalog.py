"""The Glue Data Catalog: databases, tables, columns, partitions."""

from __future__ import annotations

from starlette.responses import Response

from localemr.console.visits import Visit

PARTITIONS_SHOWN = 100


async def databases(visit: Visit) -> Response:
    """All databases, a page of them."""
    found = await visit.api.glue("GetDatabases", NextToken=visit.query.text("marker") or None)
    return visit.page("databases.html", databases=found["DatabaseList"], marker=found.get("NextToken", ""))


async def tables(visit: Visit) -> Response:
    """The tables of a database, a page of them."""
    name = visit.path("database")
    database = (await visit.api.glue("GetDatabase", Name=name))["Database"]
    found = await visit.api.glue("GetTables", DatabaseName=name, NextToken=visit.query.text("marker") or None)
    return visit.page("tables.html", database=database, tables=found["TableList"], marker=found.get("NextToken", ""))


async def table(visit: Visit) -> Response:
    """A table with its columns and the first partitions."""
    database, name = visit.path("database"), visit.path("table")
    found = (await visit.api.glue("GetTable", DatabaseName=database, Name=name))["Table"]
    partitions = []
    if found.get("PartitionKeys"):
        listed = await visit.api.glue(
            "GetPartitions", DatabaseName=database, TableName=name, MaxResults=PARTITIONS_SHOWN
        )
        partitions = listed["Partitions"]
    return visit.page("table.html", database=database, table=found, partitions=partitions, most=PARTITIONS_SHOWN)
