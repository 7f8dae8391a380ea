"""HBase with EMR's layout: the master and the servers for Thrift and REST on the master, region servers on core
instances."""

from __future__ import annotations

from pathlib import Path

from localemr.applications.hbase.contributions import CONTRIBUTIONS
from localemr.applications.hbase.defaults import (
    IDLE_MASTER_MB,
    IDLE_REGIONSERVER_MB,
    LOGS,
    MASTER_UI,
    NAME,
    REGIONSERVER_UI,
    REST,
    THRIFT,
    env,
    site,
)
from localemr.applications.image_conf import same_file
from localemr.domain.model.application import (
    Application,
    Check,
    Classification,
    Command,
    Daemon,
    Facts,
    Leave,
    Service,
    WebUi,
)
from localemr.domain.model.failures import FailureLine, Failures
from localemr.domain.model.records import CORE, MASTER

CONF = "/etc/hbase/conf"
IMAGE = Path(__file__).parent / "image"
ON_MASTER, ON_CORE = frozenset({MASTER}), frozenset({CORE})
SERVER = "/jmx?qry=Hadoop:service=HBase,name={},sub=Server"
UP = Check("HBase's master", MASTER_UI, SERVER.format("Master"), "beans.0.numRegionServers", least=1)
HBASE = "/usr/lib/hbase/bin/hbase"
MOVERS, UNLOADED_WITHIN = 4, 600.0
"""Regions that are moved at once, and the seconds after which a region server is stopped with those that it has."""
READS = frozenset({"core-site", "hdfs-site", "hbase-site", "hbase-env", "hbase-log4j2", "hbase-metrics"})


def _daemon(
    command: str, roles: frozenset[str], *, late: bool = False, up: Check | None = None, leave: Leave | None = None
) -> Daemon:
    """A server that the command line of HBase starts."""
    argv = (HBASE, command, "start")
    return Daemon(f"hbase-{command}", roles, argv, "hbase", LOGS, late=late, reads=READS, up=up, leave=leave)


def unload(facts: Facts) -> Command:
    """Moves the regions of the instance's server to others, as HBase's graceful_stop.sh does."""
    mover = ("org.apache.hadoop.hbase.util.RegionMover", "-m", str(MOVERS), "-o", "unload", "-r", facts.host)
    return ("env", "HBASE_OPTS=-Dhbase.log.level=INFO", HBASE, *mover)


APPLICATION = Application(
    name=NAME,
    needs=("Hadoop", "ZooKeeper"),
    joins=("Hive",),
    classifications={
        "hbase": Classification(None, "none"),
        "hbase-site": Classification(f"{CONF}/hbase-site.xml", "hadoop-xml", site),
        "hbase-env": Classification(f"{CONF}/hbase-env.sh", "env-export", env),
        "hbase-log4j2": same_file(CONF, IMAGE / "conf" / "log4j2.properties"),
        "hbase-metrics": same_file(CONF, IMAGE / "conf" / "hadoop-metrics2-hbase.properties"),
        "hbase-policy": same_file(CONF, IMAGE / "conf" / "hbase-policy.xml"),
    },
    contributes=CONTRIBUTIONS,
    daemons=(
        _daemon("master", ON_MASTER, up=UP),
        _daemon(
            "regionserver",
            ON_CORE,
            up=Check("region server", REGIONSERVER_UI, SERVER.format("RegionServer"), "beans.0.regionCount", least=0),
            leave=Leave(unload, lambda facts: UNLOADED_WITHIN),
        ),
        _daemon("thrift", ON_MASTER, late=True, up=Check("HBase's Thrift", THRIFT)),
        _daemon("rest", ON_MASTER, late=True, up=Check("HBase's REST", REST)),
    ),
    checks=(UP,),
    web_uis=(
        WebUi("HBase master", ON_MASTER, MASTER_UI, "/master-status"),
        WebUi("HBase region server", ON_CORE, REGIONSERVER_UI, "/rs-status"),
    ),
    services=(
        Service("HBase Thrift", ON_MASTER, THRIFT, "{host}:{port}"),
        Service("HBase REST", ON_MASTER, REST, "http://{host}:{port}"),
    ),
    memory_mb={ON_MASTER: IDLE_MASTER_MB, ON_CORE: IDLE_REGIONSERVER_MB},
    log_dirs={"hbase": LOGS},
    # The shell's words for a command that failed, behind those of its time.
    failures=Failures(lines=(FailureLine(r"^(?:Took [\d.]+ seconds)?ERROR(?: \w+)?: (.+)$", certain=True),)),
    image=str(IMAGE),
)
