"""Defaults of Spark's classifications. Names and values are EMR's (emr-behaviour §8.2) except for sizes."""

from __future__ import annotations

from collections.abc import Mapping

from localemr.applications.java import archived, for_older, java_home
from localemr.applications.memory import FIRST_HEAP, FRUGAL
from localemr.applications.spark.sizes import (
    CLIENT_MASTER_MB,
    OVERHEAD,
    USUAL_OVERHEAD_MB,
    client_master_mb,
    driver_mb,
    executor_cores,
    executor_mb,
    largest,
    overhead_mb,
)
from localemr.domain.model.application import Appended, Contribution, Facts
from localemr.domain.node.shared_catalog import URIS, WAREHOUSE, chosen_for

NAME = "Spark"
CATALOG = "spark-hive-site"
"""The classification that selects Spark's metastore."""
OWN_WAREHOUSE = "hdfs:///user/spark/warehouse"
MAXIMIZE = "maximizeResourceAllocation"

CLASSPATH = "/usr/lib/spark-classpath.jar"
"""A jar whose manifest lists all jars of Spark and Hadoop. As the first entry of a class path it makes archived class
data valid (image/files/build)."""
SHORT = "-XX:+UseSerialGC -XX:TieredStopAtLevel=1"
"""For an application master in client mode, which only monitors."""


def _quick_starts(facts: Facts) -> dict[str, str]:
    """Administrators' settings, which Spark puts before the user's own options.

    Options of client mode's application master are a system property of the driver: a default that users' settings
    override. As a setting they would cause a warning in cluster mode, which has no such master.
    """
    archive = archived(facts.release.java_of(NAME), "spark")
    # Containers have it by a variable.
    older = for_older(facts.release, NAME)
    options = ((archive, FRUGAL, older), (archive, FRUGAL), (archive, FIRST_HEAP, SHORT))
    driver, executor, master = (" ".join(filter(None, each)) for each in options)
    return {
        "spark.driver.extraClassPath": CLASSPATH,
        "spark.executor.extraClassPath": CLASSPATH,
        "spark.driver.defaultJavaOptions": f'{driver} -Dspark.yarn.am.extraJavaOptions="{master}"',
        "spark.executor.defaultJavaOptions": executor,
    }


def _small_nodes(facts: Facts) -> dict[str, str]:
    """What a node smaller than any of EMR's needs: other settings than Spark's defaults."""
    if client_master_mb(facts) == CLIENT_MASTER_MB and overhead_mb(facts) == USUAL_OVERHEAD_MB:
        return {}
    overheads = {f"spark.{who}.memoryOverhead": f"{overhead_mb(facts)}M" for who in ("driver", "executor", "yarn.am")}
    return {
        "spark.yarn.am.memory": f"{client_master_mb(facts)}M",
        **(overheads if overhead_mb(facts) < USUAL_OVERHEAD_MB else {}),
    }


def _maximized(facts: Facts) -> Mapping[str, str]:
    """Settings that the classification `spark` adds."""
    return largest(facts) if facts.requested.get("spark", {}).get(MAXIMIZE, "").lower() == "true" else {}


def spark_defaults(facts: Facts) -> dict[str, str]:
    """Spark on YARN, with jars that are installed on every node."""
    return {
        "spark.master": "yarn",
        "spark.driver.memory": f"{driver_mb(facts)}M",
        "spark.executor.memory": f"{executor_mb(facts)}M",
        "spark.executor.cores": str(executor_cores(facts)),
        "spark.emr.default.executor.memory": f"{executor_mb(facts)}M",
        "spark.emr.default.executor.cores": str(executor_cores(facts)),
        # EMR's own name of it, and Spark's.
        "spark.yarn.executor.memoryOverheadFactor": str(OVERHEAD),
        "spark.executor.memoryOverheadFactor": str(OVERHEAD),
        "spark.dynamicAllocation.enabled": "true",
        "spark.shuffle.service.enabled": "true",
        "spark.yarn.jars": "local:/usr/lib/spark/jars/*",
        "spark.yarn.report.interval": "200ms",
        "spark.eventLog.enabled": "true",
        "spark.eventLog.dir": "hdfs:///var/log/spark/apps",
        "spark.history.fs.logDirectory": "hdfs:///var/log/spark/apps",
        "spark.history.ui.port": "18080",
        "spark.yarn.historyServer.address": f"{facts.master_host}:18080",
        # The default location of databases: those in the shared catalog are also read by other clusters.
        "spark.sql.warehouse.dir": WAREHOUSE if chosen_for(facts.requested, CATALOG) else OWN_WAREHOUSE,
        "spark.hadoop.yarn.timeline-service.enabled": "false",
        "spark.yarn.appMasterEnv.SPARK_PUBLIC_DNS": "$(hostname -f)",
        "spark.yarn.appMasterEnv.JAVA_HOME": java_home(facts, NAME),
        "spark.executorEnv.JAVA_HOME": java_home(facts, NAME),
        # Of EMR's own Spark: programs read them, Apache's Spark does not.
        "spark.blacklist.decommissioning.enabled": "true",
        "spark.blacklist.decommissioning.timeout": "1h",
        "spark.resourceManager.cleanupExpiredHost": "true",
        "spark.stage.attempt.ignoreOnDecommissionFetchFailure": "true",
        "spark.decommissioning.timeout.threshold": "20",
        "spark.files.fetchFailure.unRegisterOutputOnHost": "true",
        **_quick_starts(facts),
        **_with_metastore(facts),
        **_small_nodes(facts),
        **_maximized(facts),
    }


def _with_metastore(facts: Facts) -> dict[str, str]:
    """Spark SQL uses Hive's tables. Parquet is written in the format of Hive 3, which cannot read Spark's decimals
    otherwise."""
    if not facts.metastore and not chosen_for(facts.requested, CATALOG):
        return {}
    return {"spark.sql.catalogImplementation": "hive", "spark.sql.parquet.writeLegacyFormat": "true"}


def spark_hive_site(facts: Facts) -> dict[str, str]:
    """The metastore's address, if there is one."""
    return {URIS: facts.metastore} if facts.metastore else {}


def spark_env(facts: Facts) -> dict[str, str]:
    """Paths."""
    return {
        "JAVA_HOME": java_home(facts, NAME),
        "SPARK_HOME": "/usr/lib/spark",
        "SPARK_LOG_DIR": "/var/log/spark",
        "HADOOP_CONF_DIR": "/etc/hadoop/conf",
        "YARN_CONF_DIR": "/etc/hadoop/conf",
        "SPARK_DIST_CLASSPATH": "$(cat /usr/lib/hadoop/libexec/classpath)",
        "HIVE_CONF_DIR": "/etc/hive/conf",
        "PYSPARK_PYTHON": "/usr/bin/python3",
        "SPARK_PUBLIC_DNS": facts.host,
        "SPARK_DAEMON_MEMORY": "192m",
        "SPARK_DAEMON_JAVA_OPTS": FRUGAL,
    }


def shuffle_service(facts: Facts) -> Contribution:
    """Of yarn-site: the service in each NodeManager that keeps shuffle files after an executor's end."""
    services = "yarn.nodemanager.aux-services"
    return {
        services: Appended("spark_shuffle"),
        f"{services}.spark_shuffle.class": "org.apache.spark.network.yarn.YarnShuffleService",
        f"{services}.spark_shuffle.classpath": "/usr/lib/spark/yarn/*",
    }
