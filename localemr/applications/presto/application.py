"""Presto with EMR's layout: the coordinator on the master, a worker on each core and task instance."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.presto.defaults import (
    ENGINE,
    NAME,
    config,
    connector,
    env,
    hive,
    node,
)
from localemr.applications.presto.memory import IDLE_MB
from localemr.applications.query_failures import FAILURES
from localemr.applications.query_server import PORT, leave, password_authenticator
from localemr.domain.model.application import (
    EVERYWHERE,
    Application,
    CatalogReader,
    Check,
    Classification,
    Contribution,
    Daemon,
    Facts,
    Service,
    WebUi,
)
from localemr.domain.model.records import MASTER
from localemr.domain.node.shared_catalog import FACTORY, GLUE

CONF, LOGS = "/etc/presto/conf", "/var/log/presto"
ON_MASTER = frozenset({MASTER})
INFO = "/v1/info"
UP = Check("Presto", PORT, INFO, "starting", equals=False)
ANSWERS = Check("Presto's first query", PORT, "/v1/cluster", "totalInputRows", least=1)
"""The launcher's own (image/files/first-query): the coordinator knows a worker that announced itself only seconds
later, and refuses queries until then."""
HIVE = "presto-connector-hive"
READS = frozenset({"presto-config", "presto-env", "presto-log", "presto-node", "presto-password-authenticator"})
"""Of connectors EMR restarts Presto for that of Hive alone; here for each of them, as a catalog that is added has no
other effect."""

ALWAYS = ("tpch", "memory", "jmx")
ON_REQUEST = ("tpcds", "blackhole", "localfile", "mysql", "postgresql")
"""Connectors whose catalogs each cluster has, and those whose classification makes one."""


def catalog(name: str) -> str:
    """The file of a catalog."""
    return f"{CONF}/catalog/{name}.properties"


def catalogs() -> dict[str, Classification]:
    """The classifications of the connectors besides Hive's."""
    return {
        f"presto-connector-{name}": Classification(
            catalog(name), "properties", connector(name), on_request=name in ON_REQUEST
        )
        for name in (*ALWAYS, *ON_REQUEST)
    }


CONNECTORS = {HIVE: Classification(catalog("hive"), "properties", hive), **catalogs()}


def proxy_user(facts: Facts) -> Contribution:
    """Of core-site: the server reads and writes HDFS as the user of a session."""
    return {"hadoop.proxyuser.presto.hosts": "*", "hadoop.proxyuser.presto.groups": "*"}


APPLICATION = Application(
    name=NAME,
    needs=("Hadoop", "Hive"),
    classifications={
        "presto-config": Classification(f"{CONF}/config.properties", "properties", config),
        "presto-env": Classification(f"{CONF}/presto-env.sh", "env-export", env),
        "presto-log": Classification(
            f"{CONF}/log.properties", "properties", lambda facts: {"com.facebook.presto": "INFO"}
        ),
        "presto-node": Classification(f"{CONF}/node.properties", "properties", node),
        "presto-password-authenticator": Classification(
            f"{CONF}/password-authenticator.properties", "properties", password_authenticator, on_request=True
        ),
        **CONNECTORS,
    },
    contributes={"core-site": proxy_user},
    daemons=(
        Daemon(
            "presto-server",
            EVERYWHERE,
            ("/usr/lib/presto/bin/launcher", "run"),
            "presto",
            LOGS,
            reads=READS | CONNECTORS.keys(),
            up=UP,
            leave=leave(ENGINE),
        ),
    ),
    checks=(UP, ANSWERS),
    web_uis=(WebUi("Presto", ON_MASTER, PORT, "/ui/"),),
    services=(Service("Presto", ON_MASTER, PORT, "jdbc:presto://{host}:{port}/hive"),),
    memory_mb={EVERYWHERE: IDLE_MB},
    catalog_readers=(
        CatalogReader(
            HIVE,
            selects={"hive.metastore": "glue", "hive.metastore.glue.datacatalog.enabled": "true", FACTORY: GLUE},
            address="hive.metastore.uri",
        ),
    ),
    log_dirs={"presto": LOGS},
    failures=FAILURES,
    image=str(Path(__file__).parent / "image"),
)
