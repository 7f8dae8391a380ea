"""Trino with EMR's layout: the coordinator on the master, a worker on each core and task instance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localemr.applications.query_failures import FAILURES
from localemr.applications.query_server import PORT, leave, password_authenticator
from localemr.applications.trino.defaults import (
    ENGINE,
    EXCHANGE,
    NAME,
    config,
    env,
    exchange_manager,
    node,
    tables,
)
from localemr.applications.trino.memory import IDLE_MB
from localemr.domain.model.application import (
    EVERYWHERE,
    Application,
    CatalogReader,
    Check,
    Classification,
    Contribution,
    Daemon,
    Facts,
    Properties,
    Service,
    WebUi,
)
from localemr.domain.model.records import MASTER
from localemr.domain.node.shared_catalog import FACTORY, GLUE

CONF, LOGS = "/etc/trino/conf", "/var/log/trino"
ON_MASTER = frozenset({MASTER})
UP = Check("Trino", PORT, "/v1/info", "starting", equals=False)
"""A coordinator accepts queries from then on, and holds them until it knows a worker."""
READS = frozenset({"trino-config", "trino-env", "trino-log", "trino-node", "trino-password-authenticator", EXCHANGE})
"""Of connectors EMR restarts Trino for those of tables alone; here for each of them, as a catalog that is added has no
other effect."""

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


def catalog(name: str) -> str:
    """The file of a catalog."""
    return f"{CONF}/catalog/{name}.properties"


def connector(name: str) -> str:
    """The classification of a catalog."""
    return f"trino-connector-{name}"


def _tables(name: str, kind: str) -> Classification:
    own = {"hive.non-managed-table-writes-enabled": "true"} if kind == "hive" else {}
    return Classification(
        catalog(name), "properties", lambda facts: {**tables(facts, kind), **own}, on_request=kind != "hive"
    )


def _other(name: str) -> Classification:
    return Classification(
        catalog(name), "properties", lambda facts: {"connector.name": name}, on_request=name in ON_REQUEST
    )


CONNECTORS = {
    **{connector(name): _tables(name, kind) for name, (kind, _) in TABLES.items()},
    **{connector(name): _other(name) for name in (*ALWAYS, *ON_REQUEST)},
}


def proxy_user(facts: Facts) -> Contribution:
    """Of core-site: the server reads and writes HDFS as the user of a session."""
    return {"hadoop.proxyuser.trino.hosts": "*", "hadoop.proxyuser.trino.groups": "*"}


APPLICATION = Application(
    name=NAME,
    needs=("Hadoop", "Hive"),
    classifications={
        "trino-config": Classification(f"{CONF}/config.properties", "properties", config),
        "trino-env": Classification(f"{CONF}/trino-env.sh", "env-export", env),
        "trino-log": Classification(f"{CONF}/log.properties", "properties", lambda facts: {"io.trino": "INFO"}),
        "trino-node": Classification(f"{CONF}/node.properties", "properties", node),
        "trino-password-authenticator": Classification(
            f"{CONF}/password-authenticator.properties", "properties", password_authenticator, on_request=True
        ),
        EXCHANGE: Classification(
            f"{CONF}/exchange-manager.properties", "properties", exchange_manager, on_request=True
        ),
        **CONNECTORS,
    },
    contributes={"core-site": proxy_user},
    daemons=(
        Daemon(
            "trino-server",
            EVERYWHERE,
            ("/usr/lib/trino/bin/launcher", "run"),
            "trino",
            LOGS,
            reads=READS | CONNECTORS.keys(),
            up=UP,
            leave=leave(ENGINE),
        ),
    ),
    checks=(UP,),
    web_uis=(WebUi("Trino", ON_MASTER, PORT, "/ui/"),),
    services=(Service("Trino", ON_MASTER, PORT, "jdbc:trino://{host}:{port}/hive"),),
    memory_mb={EVERYWHERE: IDLE_MB},
    catalog_readers=tuple(
        CatalogReader(connector(name), selects=selects, address="hive.metastore.uri")
        for name, (_, selects) in TABLES.items()
    ),
    log_dirs={"trino": LOGS},
    failures=FAILURES,
    image=str(Path(__file__).parent / "image"),
)
