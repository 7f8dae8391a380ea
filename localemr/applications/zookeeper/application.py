"""ZooKeeper with EMR's layout: a server on each master, its command line on each instance."""

from __future__ import annotations

from pathlib import Path

from localemr.domain.model.application import (
    Application,
    Check,
    Classification,
    Command,
    Daemon,
    Facts,
    Properties,
    Service,
)
from localemr.domain.model.primaries import On
from localemr.domain.model.records import MASTER

NAME, PORT = "ZooKeeper", 2181
CONF, LOGS, DATA = "/etc/zookeeper/conf", "/var/log/zookeeper", "/mnt/var/lib/zookeeper"
ON_MASTER = frozenset({MASTER})
UP = Check("ZooKeeper", PORT, on=On.EACH)
IDLE_MB = 96
"""Memory in MiB that the server takes."""


def config(facts: Facts) -> Properties:
    """zoo.cfg: ZooKeeper's sample, on the disk that has an instance's data, and without the web server for commands,
    which this image lacks. On three primaries the servers are one ensemble."""
    servers = {f"server.{number}": f"{host}:2888:3888" for number, host in enumerate(facts.primaries, 1)}
    return {
        "tickTime": "2000",
        "initLimit": "10",
        "syncLimit": "5",
        "dataDir": DATA,
        "clientPort": str(PORT),
        "maxClientCnxns": "300",
        "admin.enableServer": "false",
        **({**servers, "quorumListenOnAllIPs": "true"} if servers else {}),
    }


def command(facts: Facts) -> Command:
    """The server. One of an ensemble has its number in a file."""
    start = ("/usr/lib/zookeeper/bin/zkServer.sh", "start-foreground")
    if not facts.primaries:
        return start
    number = facts.primaries.index(facts.host) + 1
    return ("bash", "-c", f'echo {number} > {DATA}/myid && exec "$@"', "zookeeper-server", *start)


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
            command,
            "zookeeper",
            LOGS,
            reads=frozenset({"zookeeper-config", "zookeeper-logback"}),
            up=UP,
            on=On.EACH,
        ),
    ),
    checks=(UP,),
    services=(Service("ZooKeeper", ON_MASTER, PORT, "{host}:{port}", On.EACH),),
    memory_mb={ON_MASTER: IDLE_MB},
    log_dirs={"zookeeper": LOGS},
    with_three_primaries=True,
    needed_by_three=True,
    image=str(Path(__file__).parent / "image"),
)
