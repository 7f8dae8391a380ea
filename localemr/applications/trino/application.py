"""Trino with EMR's layout: the coordinator on the master, a worker on each core and task instance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localemr.applications.query_engine import Server, application
from localemr.applications.trino.defaults import ENGINE, EXCHANGE, config, exchange_manager, tables
from localemr.applications.trino.memory import IDLE_MB, NAMES
from localemr.domain.model.application import Application, CatalogReader, Classification, Properties
from localemr.domain.node.shared_catalog import FACTORY, GLUE

ALWAYS = ("tpch", "memory", "jmx")
ON_REQUEST = ("tpcds", "blackhole", "cassandra", "kafka", "mongodb", "mysql", "postgresql", "redis", "redshift")
"""Connectors whose catalogs each cluster has, and those whose classification makes one."""
METASTORE_GLUE = {"hive.metastore": "glue"}
TABLES: Mapping[str, tuple[str, Properties]] = {
    "hive": ("hive", {**METASTORE_GLUE, FACTORY: GLUE}),
    "iceberg": ("iceberg", {"iceberg.catalog.type": "glue", **METASTORE_GLUE}),
    "delta": ("delta_lake", METASTORE_GLUE),
    "hudi": ("hudi", METASTORE_GLUE),
}
"""The catalogs of a metastore's tables, each with Trino's name of its connector and the properties that select Glue."""
EXCHANGE_MANAGER = ENGINE.file("exchange-manager", exchange_manager, on_request=True)


def _tables(name: str, kind: str) -> Classification:
    own = {"hive.non-managed-table-writes-enabled": "true"} if kind == "hive" else {}
    return ENGINE.file(f"catalog/{name}", lambda facts: {**tables(facts, kind), **own}, on_request=kind != "hive")


APPLICATION = application(
    Application(
        ENGINE.name,
        needs=("Hadoop", "Hive"),
        contributes={"core-site": ENGINE.proxy_user},
        catalog_readers=tuple(
            CatalogReader(ENGINE.connector(name), selects=selects, address="hive.metastore.uri")
            for name, (_, selects) in TABLES.items()
        ),
        image=str(Path(__file__).parent / "image"),
    ),
    ENGINE,
    Server(config, "io.trino", NAMES, IDLE_MB, {EXCHANGE: EXCHANGE_MANAGER}),
    {
        **{ENGINE.connector(name): _tables(name, kind) for name, (kind, _) in TABLES.items()},
        **ENGINE.plain_catalogs(ALWAYS, ON_REQUEST),
    },
)
