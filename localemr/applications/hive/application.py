"""Hive with EMR's layout: the metastore and HiveServer2 on the master, Tez as its engine."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.hive.contributions import CONTRIBUTIONS
from localemr.applications.hive.defaults import (
    METASTORE_PORT,
    NAME,
    SERVER_HTTP_PORT,
    SERVER_PORT,
    SERVER_UI_PORT,
    hive_env,
    hive_site,
)
from localemr.applications.image_conf import same_file
from localemr.domain.model.application import (
    Application,
    CatalogReader,
    Check,
    Classification,
    Daemon,
    Metastore,
    Service,
    WebUi,
)
from localemr.domain.model.failures import FailureLine, Failures
from localemr.domain.model.records import MASTER

CONF, CATALOG, WEBHCAT = "/etc/hive/conf", "/etc/hive-hcatalog/conf", "/etc/hive-webhcat/conf"
IMAGE = Path(__file__).parent / "image" / "conf"
ON_MASTER = frozenset({MASTER})
READS = frozenset({"core-site", "hdfs-site", "emrfs-site", "hive-site", "hive-env"})
SERVER_BEAN = "/jmx?qry=java.lang:type=Runtime"

METASTORE = "hive-hcatalog-server"
METASTORE_UP = Check("Hive metastore", METASTORE_PORT)
SERVER_UP = Check("HiveServer2", SERVER_UI_PORT, SERVER_BEAN, "beans.0.name", contains=())


FAILURES = Failures(
    lines=(
        # Output of the Hive CLI and beeline for a failed statement. A job's has a vertex's diagnostics, then the
        # stack trace of a task.
        FailureLine(
            r"^(?:Error: .*)?(FAILED: (?:Execution Error|Hive Internal Error|\w+(?:Exception|Error))\b.*)$",
            certain=True,
            job=r"^(FAILED: Execution Error, return code -?\d+ from [\w.$]+)\b.*\b(?:Vertex|DAG|Task) .*failed",
        ),
        # On MapReduce the client shows the diagnostics of a task.
        FailureLine(r"^Diagnostic Messages for this Task:$", certain=True, heading=True),
    ),
    # Without words of its own: they are in Hive's log, which is the step's syslog, or in that of a task.
    elsewhere=(r"^FAILED: Execution Error, return code -?\d+ from [\w.$]+\.?\s*$",),
)

APPLICATION = Application(
    name=NAME,
    needs=("Hadoop", "Tez"),
    classifications={
        "hive": Classification(None, "none"),
        "hive-site": Classification(f"{CONF}/hive-site.xml", "hadoop-xml", hive_site),
        "hiveserver2-site": Classification(f"{CONF}/hiveserver2-site.xml", "hadoop-xml"),
        "hive-env": Classification(f"{CONF}/hive-env.sh", "env-export", hive_env),
        "hive-log4j2": same_file(CONF, IMAGE / "hive-log4j2.properties"),
        "hive-exec-log4j2": same_file(CONF, IMAGE / "hive-exec-log4j2.properties"),
        "hive-beeline-log4j2": same_file(CONF, IMAGE / "beeline-log4j2.properties"),
        "hive-parquet-logging": same_file(CONF, IMAGE / "parquet-logging.properties"),
        "hive-llap-daemon-log4j2": Classification(f"{CONF}/llap-daemon-log4j2.properties", "properties"),
        "hcatalog-env": Classification(f"{CATALOG}/hcat-env.sh", "env-export"),
        "hcatalog-server-jndi": Classification(f"{CATALOG}/jndi.properties", "properties"),
        "hcatalog-server-proto-hive-site": Classification(f"{CATALOG}/proto-hive-site.xml", "hadoop-xml"),
        "hcatalog-webhcat-env": Classification(f"{WEBHCAT}/webhcat-env.sh", "env-export"),
        "hcatalog-webhcat-log4j2": Classification(f"{WEBHCAT}/webhcat-log4j2.properties", "properties"),
        "hcatalog-webhcat-site": Classification(f"{WEBHCAT}/webhcat-site.xml", "hadoop-xml"),
    },
    contributes=CONTRIBUTIONS,
    daemons=(
        Daemon(
            METASTORE,
            ON_MASTER,
            ("/usr/lib/localemr/bin/hive-metastore",),
            "hive",
            "/var/log/hive",
            reads=READS,
            up=METASTORE_UP,
        ),
        Daemon(
            "hive-server2",
            ON_MASTER,
            ("hiveserver2",),
            "hive",
            "/var/log/hive",
            reads=READS | {"tez-site"},
            up=SERVER_UP,
        ),
    ),
    checks=(METASTORE_UP, SERVER_UP),
    web_uis=(WebUi("HiveServer2", ON_MASTER, SERVER_UI_PORT),),
    services=(
        Service("HiveServer2", ON_MASTER, SERVER_PORT, "jdbc:hive2://{host}:{port}/"),
        Service(
            "HiveServer2 in HTTP mode",
            ON_MASTER,
            SERVER_HTTP_PORT,
            "jdbc:hive2://{host}:{port}/;transportMode=http;httpPath=cliservice",
        ),
    ),
    memory_mb={ON_MASTER: 560},
    metastore=Metastore(METASTORE, METASTORE_PORT),
    # HiveServer2 is not an administrator of the catalog, which therefore refuses it notifications.
    catalog_readers=(CatalogReader("hive-site", {"hive.metastore.event.db.notification.api.auth": "false"}),),
    log_dirs={"hive": "/var/log/hive"},
    failures=FAILURES,
    image=str(IMAGE.parent),
    # Others need the metastore and the client.
    when_requested=frozenset({"hive-server2", "HiveServer2", "HiveServer2 in HTTP mode"}),
)
