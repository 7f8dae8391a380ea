"""ZooKeeper with EMR's layout: a server on the master, its command line on each instance."""

from __future__ import annotations

from pathlib import Path

from localemr.domain.model.application import Application, Check, Classification, Daemon, Facts, Properties, Service
from localemr.domain.model.records import MASTER

NAME, PORT = "ZooKeeper", 2181
CONF, LOGS = "/etc/zookeeper/conf", "/var/log/zookeeper"
ON_MASTER = frozenset({MASTER})
UP = Check("ZooKeeper", PORT)
IDLE_MB = 96
"""Memory in MiB that the server takes."""


def config(facts: Facts) -> Properties:
    """zoo.cfg: ZooKeeper's sample, on the disk that has an instance's data, and without the web server for commands,
    which this image lacks."""
    return {
        "tickTime": "2000",
        "initLimit": "10",
        "syncLimit": "5",
        "dataDir": "/mnt/var/lib/zookeeper",
        "clientPort": str(PORT),
        "maxClientCnxns": "300",
        "admin.enableServer": "false",
    }


APPLICATION = Application(
    name=NAME,
    needs=("Hadoop",),
    classifications={
        "zookeeper-config": Classification(f"{CONF}/zoo.cfg", "properties", config),
        "zookeeper-logback": Classification(f"{CONF}/logback.properties", "properties"),
    },
    daemons=(
        Daemon(
            "zookeeper-server",
            ON_MASTER,
            ("/usr/lib/zookeeper/bin/zkServer.sh", "start-foreground"),
            "zookeeper",
            LOGS,
            reads=frozenset({"zookeeper-config", "zookeeper-logback"}),
            up=UP,
        ),
    ),
    checks=(UP,),
    services=(Service("ZooKeeper", ON_MASTER, PORT, "{host}:{port}"),),
    memory_mb={ON_MASTER: IDLE_MB},
    log_dirs={"zookeeper": LOGS},
    image=str(Path(__file__).parent / "image"),
)
