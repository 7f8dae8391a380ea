"""Defaults of HBase's configuration, with EMR's values where they differ from HBase's."""

from __future__ import annotations

from localemr.applications.java import home, java_home
from localemr.domain.model.application import Facts, Properties

NAME = "HBase"
LOGS = "/var/log/hbase"
MASTER_UI, REGIONSERVER_UI, REST, THRIFT = 16010, 16030, 8070, 9090
ROOT = "/user/hbase"
"""The root in HDFS, as on EMR."""
WAL = "/user/hbase/WAL"
"""The folder in HDFS of the logs of tables on S3: a log is appended to, which S3 cannot."""
STORAGE_MODE, S3 = "hbase.emr.storageMode", "s3"
MASTER_MB, GATEWAY_MB, REGIONSERVER_MB = 256, 128, 512
"""Heaps in MiB: of the master, of the servers for Thrift and REST, and the least of a region server."""
IDLE_MASTER_MB, IDLE_REGIONSERVER_MB = 640, 320
"""Memory in MiB that the three servers on the master take, and a region server."""
HEAP_SHARE = 1 / 16
"""The heap of a region server as a share of its instance: 1,024 MiB of an m5.xlarge. YARN has its share beside it."""


def heap_mb(facts: Facts) -> int:
    """The heap of a region server."""
    return max(REGIONSERVER_MB, round(facts.memory_mb * HEAP_SHARE))


def is_on_s3(facts: Facts) -> bool:
    """Whether tables are on S3: `hbase.emr.storageMode` of the classification `hbase`."""
    return facts.requested.get("hbase", {}).get(STORAGE_MODE, "").strip().lower() == S3


def site(facts: Facts) -> Properties:
    """hbase-site.xml. On S3 files are written in their places, since its folders cannot be renamed at once."""
    hdfs = f"hdfs://{facts.master_host}:8020"
    on_s3 = {"hbase.wal.dir": f"{hdfs}{WAL}", "hbase.store.file-tracker.impl": "FILE"}
    return {
        "hbase.rootdir": f"{hdfs}{ROOT}",
        "hbase.cluster.distributed": "true",
        "hbase.zookeeper.quorum": facts.master_host,
        "hbase.rest.port": str(REST),
        # A lost region server is noticed after this time, in milliseconds (HBase's default: 90,000).
        "zookeeper.session.timeout": "40000",
        # HBase's defaults are 30 threads a server and more.
        "hbase.regionserver.handler.count": "10",
        # In milliseconds (HBase's default: an hour). A core instance that leaves has to wait for the end of the logs in
        # HDFS that other servers have a replica of on it.
        "hbase.regionserver.logroll.period": "300000",
        "hbase.master.wait.on.regionservers.mintostart": "1",
        # A region server has its instance's host name, whatever a reverse lookup by the master finds: Docker's own DNS
        # answers with names of containers.
        "hbase.unsafe.regionserver.hostname.disable.master.reversedns": "true",
        **(on_s3 if is_on_s3(facts) else {}),
    }


def env(facts: Facts) -> Properties:
    """Heaps in HBase's own variables; Java's where it is not the instance's own."""
    own = java_home(facts, NAME)
    return {
        **({"JAVA_HOME": own} if own != home(facts.release.default_java) else {}),
        "HBASE_MASTER_OPTS": f"-Xmx{MASTER_MB}m",
        "HBASE_REGIONSERVER_OPTS": f"-Xmx{heap_mb(facts)}m",
        "HBASE_THRIFT_OPTS": f"-Xmx{GATEWAY_MB}m",
        "HBASE_REST_OPTS": f"-Xmx{GATEWAY_MB}m",
    }
