"""Livy with EMR's layout: a server on the master, the user livy, port 8998.

Apache's server cannot be had whole, so this one is LocalEMR's own (docs/livy.md).
"""

from __future__ import annotations

from pathlib import Path

from localemr.applications.livy.defaults import LOGS, NAME, PORT, conf, env, environment, log4j, proxy_user
from localemr.domain.model.application import Application, Check, Classification, Daemon, Service, WebUi
from localemr.domain.model.records import MASTER

CONF = "/etc/livy/conf"
ON_MASTER = frozenset({MASTER})
UP = Check("Livy", PORT, "/version", "version", contains=())
IDLE_MB = 32

APPLICATION = Application(
    name=NAME,
    needs=("Hadoop", "Spark"),
    classifications={
        "livy-conf": Classification(f"{CONF}/livy.conf", "spark-defaults", conf),
        "livy-env": Classification(f"{CONF}/livy-env.sh", "env-export", env),
        "livy-log4j2": Classification(f"{CONF}/log4j2.properties", "properties", log4j),
    },
    contributes={"core-site": proxy_user},
    daemons=(
        Daemon(
            "livy-server",
            ON_MASTER,
            ("/usr/lib/livy/bin/livy-server", "run"),
            "livy",
            LOGS,
            env=environment,
            reads=frozenset({"livy-conf", "livy-env", "livy-log4j2", "yarn-site"}),
            up=UP,
        ),
    ),
    checks=(UP,),
    web_uis=(WebUi("Livy", ON_MASTER, PORT, "/ui/"),),
    services=(Service("Livy", ON_MASTER, PORT, "http://{host}:{port}"),),
    memory_mb={ON_MASTER: IDLE_MB},
    log_dirs={"livy": LOGS},
    image=str(Path(__file__).parent / "image"),
)
