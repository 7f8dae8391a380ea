"""Defaults of Spark's classifications. Names and values are EMR's (emr-behaviour §8.2, §8.3) but for the sizes."""

from __future__ import annotations

import math

from localemr.domain.application import Facts

OVERHEAD = 0.1875
USUAL_OVERHEAD_MB = 384
"""What Spark adds to a JVM's heap: a share, but at least this."""
LEAST_HEAP_MB = 472
"""Spark insists on 471 for drivers and executors."""
LEAST_OVERHEAD_MB = 56
CLIENT_MASTER_MB = 512
"""Heap of the application master of a job whose driver runs outside YARN: Spark's own default."""


def overhead_mb(facts: Facts) -> int:
    """What is added to a heap at least: less than usual where a node could else not hold two containers."""
    return min(USUAL_OVERHEAD_MB, max(facts.yarn_mb // 2 - LEAST_HEAP_MB, LEAST_OVERHEAD_MB))


def driver_mb(facts: Facts) -> int:
    """EMR gives a driver 2,048 MiB; on a scaled-down node at most what leaves an executor its place beside it."""
    return max(min(2048, facts.yarn_mb * 3 // 8 - overhead_mb(facts)), LEAST_HEAP_MB)


def client_master_mb(facts: Facts) -> int:
    """The application master of client mode takes no more than the driver would in cluster mode."""
    return min(CLIENT_MASTER_MB, driver_mb(facts))


def executor_mb(facts: Facts) -> int:
    """EMR 7's rule, 0.9 × (node × 11/12) / 1.1875, as far as a node also holds the application master."""
    by_rule = math.ceil(0.9 * math.ceil(facts.yarn_mb * 11 / 12 / (1 + OVERHEAD)))
    left = facts.yarn_mb - driver_mb(facts) - overhead_mb(facts)
    beside_master = min(left - overhead_mb(facts), math.floor(left / (1 + OVERHEAD)))
    return max(min(by_rule, beside_master), LEAST_HEAP_MB)


def _overheads(facts: Facts) -> dict[str, str]:
    """Spark is told of an overhead that is not its usual one."""
    if overhead_mb(facts) == USUAL_OVERHEAD_MB:
        return {}
    return {f"spark.{who}.memoryOverhead": f"{overhead_mb(facts)}M" for who in ("driver", "executor", "yarn.am")}


def spark_defaults(facts: Facts) -> dict[str, str]:
    """Spark on YARN, with jars that are already on every node."""
    return {
        "spark.master": "yarn",
        "spark.driver.memory": f"{driver_mb(facts)}M",
        "spark.yarn.am.memory": f"{client_master_mb(facts)}M",
        "spark.executor.memory": f"{executor_mb(facts)}M",
        "spark.executor.cores": str(min(facts.yarn_vcores, 4)),
        "spark.emr.default.executor.memory": f"{executor_mb(facts)}M",
        "spark.emr.default.executor.cores": str(min(facts.yarn_vcores, 4)),
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
        "spark.sql.warehouse.dir": "hdfs:///user/spark/warehouse",
        "spark.hadoop.yarn.timeline-service.enabled": "false",
        "spark.yarn.appMasterEnv.SPARK_PUBLIC_DNS": "$(hostname -f)",
        "spark.yarn.appMasterEnv.JAVA_HOME": "/usr/lib/jvm/jre-17",
        "spark.executorEnv.JAVA_HOME": "/usr/lib/jvm/jre-17",
        "spark.decommissioning.timeout.threshold": "20",
        "spark.files.fetchFailure.unRegisterOutputOnHost": "true",
        **_overheads(facts),
    }


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
