"""A real cluster with every classification set, on cluster and group level: what its daemons and jobs make of them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from tests.cluster.daemons import DATANODE, HISTORY, NAMENODE, NODEMANAGER, RESOURCEMANAGER, conf, page, started_with
from tests.cluster.installation import Installation, cluster_request

PLAIN = {
    "core-site": {"marked.by": "core", "io.file.buffer.size": "131072"},
    "hdfs-site": {"dfs.heartbeat.interval": "2"},
    "yarn-site": {"marked.by": "cluster", "yarn.nm.liveness-monitor.expiry-interval-ms": "25000"},
    "mapred-site": {"mapreduce.jobhistory.max-age-ms": "86400000"},
    "capacity-scheduler": {"yarn.scheduler.capacity.maximum-applications": "77"},
    "hadoop-log4j": {"log4j.appender.RFA.layout.ConversionPattern": "MARKED %p %c: %m%n"},
    "container-log4j": {"log4j.appender.CLA.layout.ConversionPattern": "SEEN %p %c: %m%n"},
    "hadoop-ssl-server": {"ssl.server.keystore.type": "pkcs12"},
    "hadoop-ssl-client": {"ssl.client.truststore.type": "pkcs12"},
    "container-executor": {"min.user.id": "500"},
    "emrfs-site": {"fs.s3.maxConnections": "123"},
    "httpfs-site": {"httpfs.hadoop.authentication.type": "simple"},
    "hadoop-kms-site": {"hadoop.kms.authentication.type": "simple"},
    "hadoop-kms-acls": {"hadoop.kms.acl.CREATE": "nobody"},
    "hadoop-kms-log4j": {"log4j.logger.marked": "INFO"},
    "hadoop-kms-java-home": {"JAVA_HOME": "/usr/lib/jvm/jre-17"},
    "spark": {"maximizeResourceAllocation": "true"},
    "spark-defaults": {"spark.marked.by": "cluster", "spark.ui.showConsoleProgress": "false"},
    "spark-metrics": {
        "*.sink.csv.class": "org.apache.spark.metrics.sink.CsvSink",
        "*.sink.csv.directory": "/tmp",
        "*.sink.csv.period": "1",
    },
    "spark-log4j2": {"appender.console.layout.pattern": "SPARKLING %p %c{1}: %m%n%ex"},
    "spark-hive-site": {"marked.by": "hive"},
}
EXPORTS = {
    "hadoop-env": {"MARKED_HADOOP": "yes", "HADOOP_NAMENODE_HEAPSIZE": "200"},
    "hdfs-env": {"HDFS_DATANODE_OPTS": "-Dmarked=hdfs"},
    "yarn-env": {"YARN_NODEMANAGER_HEAPSIZE": "201"},
    "mapred-env": {"HADOOP_JOB_HISTORYSERVER_HEAPSIZE": "177"},
    "httpfs-env": {"MARKED_HTTPFS": "yes"},
    "hadoop-kms-env": {"MARKED_KMS": "yes"},
    "spark-env": {"MARKED_SPARK": "$SPARK_HOME/here"},
}
CORE_GROUP = [{"Classification": "yarn-site", "Properties": {"marked.by": "group"}}]
MASTER_GROUP = [{"Classification": "spark-defaults", "Properties": {"spark.marked.by": "group"}}]


@pytest.fixture(scope="module")
def configured(installation: Installation) -> Iterator[str]:
    """Id of a cluster of a master and two core instances with all of these configurations."""
    exports = [
        {"Classification": name, "Configurations": [{"Classification": "export", "Properties": variables}]}
        for name, variables in EXPORTS.items()
    ]
    plain = [{"Classification": name, "Properties": properties} for name, properties in PLAIN.items()]
    request = cluster_request("configured", core=2, Configurations=[*plain, *exports])
    master, core = request["Instances"]["InstanceGroups"]
    master["Configurations"], core["Configurations"] = MASTER_GROUP, CORE_GROUP
    with installation.running(request) as cluster_id:
        yield cluster_id


def output(installation: Installation, cluster_id: str, step_id: str, name: str = "stdout") -> str:
    """A log of a step that ended, from the master."""
    installation.wait_step(cluster_id, step_id, "COMPLETED")
    return installation.step_log(cluster_id, step_id, name)


def spark(installation: Installation, cluster_id: str, script: str, **settings: str) -> dict[str, Any]:
    """What a Spark script in client mode prints; `_step` is its id."""
    options = [word for name, value in settings.items() for word in ("--conf", f"{name}={value}")]
    step_id = installation.add_step(cluster_id, "spark-submit", *options, f"s3://data/scripts/{script}")
    lines = [line for line in output(installation, cluster_id, step_id).splitlines() if line.startswith("{")]
    return dict(json.loads(lines[-1])) | {"_step": step_id}


def test_daemons_have_what_was_requested(installation: Installation, configured: str) -> None:
    master = installation.containers(configured, "MASTER")[0]
    core = installation.containers(configured, "CORE")[0]
    assert conf(master, NAMENODE, "io.file.buffer.size") == "131072"
    assert conf(master, NAMENODE, "fs.s3a.connection.maximum") == "123"
    assert conf(master, NAMENODE, "dfs.replication") == "1"
    assert conf(core, DATANODE, "dfs.heartbeat.interval") == "2"
    assert conf(master, RESOURCEMANAGER, "yarn.nm.liveness-monitor.expiry-interval-ms") == "25000"
    assert (conf(master, RESOURCEMANAGER, "marked.by"), conf(core, NODEMANAGER, "marked.by")) == ("cluster", "group")
    assert conf(master, HISTORY, "mapreduce.jobhistory.max-age-ms") == "86400000"
    queues = json.loads(page(master, RESOURCEMANAGER, "/ws/v1/cluster/scheduler"))
    assert queues["scheduler"]["schedulerInfo"]["queues"]["queue"][0]["maxApplications"] == 77


def test_exports_reach_the_processes(installation: Installation, configured: str) -> None:
    master = installation.containers(configured, "MASTER")[0]
    core = installation.containers(configured, "CORE")[0]
    environ, cmdline = started_with(installation, master, "namenode")
    assert environ["MARKED_HADOOP"] == "yes" and "-Xmx200m" in cmdline
    assert "-Dmarked=hdfs" in started_with(installation, core, "datanode")[1]
    assert "-Xmx201m" in started_with(installation, core, "nodemanager")[1]
    assert "-Xmx177m" in started_with(installation, master, "historyserver")[1]


def test_daemons_log_as_requested(installation: Installation, configured: str) -> None:
    master = installation.containers(configured, "MASTER")[0]
    logs = installation.run_in(master, "bash", "-c", "tail -qn 1 /var/log/hadoop-{hdfs,yarn}/hadoop-*.log", user="root")
    assert [line.split()[0] for line in logs.splitlines()] == ["MARKED", "MARKED"]


def test_files_that_no_daemon_reads_are_where_emr_has_them(installation: Installation, configured: str) -> None:
    core = installation.containers(configured, "CORE")[0]
    for path, line in (
        ("/etc/hadoop/conf/ssl-server.xml", "<name>ssl.server.keystore.type</name><value>pkcs12</value>"),
        ("/etc/hadoop/conf/ssl-client.xml", "<name>ssl.client.truststore.type</name><value>pkcs12</value>"),
        ("/etc/hadoop/conf/container-executor.cfg", "min.user.id=500"),
        ("/usr/share/aws/emr/emrfs/conf/emrfs-site.xml", "<name>fs.s3.maxConnections</name><value>123</value>"),
        ("/etc/hadoop-httpfs/conf/httpfs-site.xml", "httpfs.hadoop.authentication.type"),
        ("/etc/hadoop-httpfs/conf/httpfs-env.sh", 'export MARKED_HTTPFS="yes"'),
        ("/etc/hadoop-kms/conf/kms-site.xml", "hadoop.kms.authentication.type"),
        ("/etc/hadoop-kms/conf/kms-acls.xml", "<name>hadoop.kms.acl.CREATE</name><value>nobody</value>"),
        ("/etc/hadoop-kms/conf/kms-env.sh", 'export MARKED_KMS="yes"'),
        ("/etc/hadoop-kms/conf/kms-log4j.properties", "log4j.logger.marked=INFO"),
        ("/etc/hadoop-kms/conf/kms-java-home.sh", 'export JAVA_HOME="/usr/lib/jvm/jre-17"'),
    ):
        assert line in installation.run_in(core, "cat", path), path
    # Hadoop's own reader is content with them.
    assert "valid" in installation.run_in(core, "hadoop", "conftest", "-conffile", "/etc/hadoop/conf/ssl-server.xml")


def test_a_mapreduce_container_logs_as_requested(installation: Installation, configured: str) -> None:
    jar = "/usr/lib/hadoop-mapreduce/hadoop-mapreduce-examples.jar"
    installation.wait_step(configured, installation.add_step(configured, "pi", "1", "1", jar=jar), "COMPLETED")
    script = "cat /var/log/hadoop-yarn/containers/application_*/container_*/syslog"
    lines = [
        line
        for core in installation.containers(configured, "CORE")
        for line in core.exec_run(["bash", "-c", script], user="root").output.decode().splitlines()
    ]
    assert any(line.startswith("SEEN INFO org.apache.hadoop.mapred") for line in lines)


def test_a_spark_job_has_what_was_requested(installation: Installation, configured: str) -> None:
    seen = spark(installation, configured, "print_conf.py")
    assert seen["conf"]["spark.marked.by"] == "group"
    assert (seen["env"], seen["hive"]) == ("/usr/lib/spark/here", "hive")
    maximized = {name: seen["conf"][f"spark.{name}"] for name in (
        "executor.instances", "executor.cores", "executor.memory", "driver.memory", "default.parallelism")}  # fmt: skip
    assert maximized == {
        "executor.instances": "2",
        "executor.cores": "4",
        "executor.memory": "10356M",
        "driver.memory": "11171M",
        "default.parallelism": "16",
    }
    master = installation.containers(configured, "MASTER")[0]
    log = installation.step_log(configured, seen["_step"], "stderr")
    assert "SPARKLING INFO SparkContext: Running Spark version" in log
    assert "driver" in installation.run_in(master, "bash", "-c", "ls /tmp/application_*.csv")


def test_executors_come_and_go_and_their_shuffle_files_stay(installation: Installation, configured: str) -> None:
    settings = {
        "spark.executor.instances": "0",
        "spark.dynamicAllocation.minExecutors": "0",
        "spark.dynamicAllocation.initialExecutors": "0",
        "spark.dynamicAllocation.executorIdleTimeout": "2s",
        "spark.executor.memory": "512m",
        "spark.executor.cores": "1",
    }
    seen = spark(installation, configured, "dynamic_allocation.py", **settings)
    assert (seen["before"], seen["after"]) == (0, 0)
    assert seen["most"] >= 2
    assert (seen["same"], seen["sum"]) == (True, 400)
    # The mapper did not run again: its output was served by the NodeManagers.
    assert seen["mapped"] == [400, 400]
