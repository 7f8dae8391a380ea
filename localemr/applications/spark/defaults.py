"""Defaults of Spark's classifications. Names and values are EMR's (emr-behaviour §8.2, §8.3) but for the sizes."""

from __future__ import annotations

from collections.abc import Mapping

from localemr.applications.archives import archived
from localemr.applications.hive.defaults import metastore_uri
from localemr.applications.spark.sizes import (
    OVERHEAD,
    USUAL_OVERHEAD_MB,
    client_master_mb,
    driver_mb,
    executor_cores,
    executor_mb,
    largest,
    overhead_mb,
)
from localemr.domain.model.application import Facts
from localemr.domain.node.shared_catalog import WAREHOUSE, chosen_for

OWN_WAREHOUSE = "hdfs:///user/spark/warehouse"
MAXIMIZE = "maximizeResourceAllocation"

CLASSPATH = "/usr/lib/spark-classpath.jar"
"""Names all jars of Spark and Hadoop; first in a class path it makes archived class data valid (image/files/build)."""
ARCHIVE = archived("spark")
LATER = (
    "-XX:Tier4InvocationThreshold=50000 -XX:Tier4MinInvocationThreshold=6000 "
    "-XX:Tier4CompileThreshold=150000 -XX:Tier4BackEdgeThreshold=400000"
)
"""Java's second compiler waits for ten times as many calls and turns: for what a computation repeats, not a start."""
SHORT = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""For an application master that only watches (client mode)."""


def _quick_starts() -> dict[str, str]:
    """Settings for administrators, which Spark puts before the user's own options.

    The application master's are a system property of the driver: of client mode, where it is Spark's default, below all
    that the user sets. As a setting they would make Spark warn in cluster mode, which has no such master.
    """
    return {
        "spark.driver.extraClassPath": CLASSPATH,
        "spark.executor.extraClassPath": CLASSPATH,
        "spark.driver.defaultJavaOptions": f'{ARCHIVE} {LATER} -Dspark.yarn.am.extraJavaOptions="{ARCHIVE} {SHORT}"',
        "spark.executor.defaultJavaOptions": f"{ARCHIVE} {LATER}",
    }


def _overheads(facts: Facts) -> dict[str, str]:
    """Spark is told of an overhead that is not its usual one."""
    if overhead_mb(facts) == USUAL_OVERHEAD_MB:
        return {}
    return {f"spark.{who}.memoryOverhead": f"{overhead_mb(facts)}M" for who in ("driver", "executor", "yarn.am")}


def _maximized(facts: Facts) -> Mapping[str, str]:
    """What the classification `spark` adds."""
    return largest(facts) if facts.asked.get("spark", {}).get(MAXIMIZE, "").lower() == "true" else {}


def spark_defaults(facts: Facts) -> dict[str, str]:
    """Spark on YARN, with jars that are already on every node."""
    return {
        "spark.master": "yarn",
        "spark.driver.memory": f"{driver_mb(facts)}M",
        "spark.yarn.am.memory": f"{client_master_mb(facts)}M",
        "spark.executor.memory": f"{executor_mb(facts)}M",
        "spark.executor.cores": str(executor_cores(facts)),
        "spark.emr.default.executor.memory": f"{executor_mb(facts)}M",
        "spark.emr.default.executor.cores": str(executor_cores(facts)),
        "spark.yarn.executor.memoryOverheadFactor": str(OVERHEAD),
        "spark.dynamicAllocation.enabled": "true",
        "spark.shuffle.service.enabled": "true",
        "spark.yarn.jars": "local:/usr/lib/spark/jars/*",
        "spark.yarn.report.interval": "200ms",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": "hdfs:///var/log/spark/apps",
        "spark.history.fs.logDirectory": "hdfs:///var/log/spark/apps",
        "spark.history.ui.port": "18080",
        "spark.yarn.historyServer.address": f"{facts.master_host}:18080",
        # A database that Spark makes has a location in there: in the shared catalog others want to read it, too.
        "spark.sql.warehouse.dir": WAREHOUSE if chosen_for(facts.asked, "spark-hive-site") else OWN_WAREHOUSE,
        "spark.hadoop.yarn.timeline-service.enabled": "false",
        "spark.yarn.appMasterEnv.SPARK_PUBLIC_DNS": "$(hostname -f)",
        "spark.yarn.appMasterEnv.JAVA_HOME": "/usr/lib/jvm/jre-17",
        "spark.executorEnv.JAVA_HOME": "/usr/lib/jvm/jre-17",
        "spark.decommissioning.timeout.threshold": "20",
        "spark.files.fetchFailure.unRegisterOutputOnHost": "true",
        **_quick_starts(),
        **_with_hive(facts),
        **_overheads(facts),
        **_maximized(facts),
    }


def _with_hive(facts: Facts) -> dict[str, str]:
    """Spark SQL's tables are Hive's; Parquet in the form that Hive 3 reads, or it would not know Spark's decimals."""
    if "Hive" not in facts.applications and not chosen_for(facts.asked, "spark-hive-site"):
        return {}
    return {"spark.sql.catalogImplementation": "hive", "spark.sql.parquet.writeLegacyFormat": "true"}


def spark_hive_site(facts: Facts) -> dict[str, str]:
    """Where the metastore is, if there is one."""
    return {"hive.metastore.uris": metastore_uri(facts)} if "Hive" in facts.applications else {}


def spark_env(facts: Facts) -> dict[str, str]:
    """Where things are."""
    return {
        "JAVA_HOME": "/usr/lib/jvm/jre-17",
        "SPARK_HOME": "/usr/lib/spark",
        "SPARK_LOG_DIR": "/var/log/spark",
        "HADOOP_CONF_DIR": "/etc/hadoop/conf",
        "YARN_CONF_DIR": "/etc/hadoop/conf",
        "SPARK_DIST_CLASSPATH": "$(cat /usr/lib/hadoop/libexec/classpath)",
        "HIVE_CONF_DIR": "/etc/hive/conf",
        "PYSPARK_PYTHON": "/usr/bin/python3",
        "SPARK_PUBLIC_DNS": facts.host,
        "SPARK_DAEMON_MEMORY": "192m",
    }
