"""Defaults of Hadoop's classifications, from the facts of a cluster and an instance."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from localemr.applications.hadoop.emrfs import as_s3a
from localemr.applications.tez.defaults import master_mb
from localemr.domain.model.application import Facts, Properties

TMP = "/mnt/var/lib/hadoop/tmp"
CLASSPATH = ("/etc/hadoop/conf", "/usr/lib/hadoop/*", "/usr/lib/hadoop/lib/*", "/usr/lib/hadoop-hdfs/*",
             "/usr/lib/hadoop-yarn/*", "/usr/lib/hadoop-mapreduce/*")  # fmt: skip
PASSED_ON = ("JAVA_HOME", "HADOOP_COMMON_HOME", "HADOOP_HDFS_HOME", "HADOOP_CONF_DIR", "CLASSPATH_PREPEND_DISTCACHE",
             "HADOOP_YARN_HOME", "HADOOP_HOME", "PATH", "LANG", "TZ",
             "AWS_REGION", "AWS_DEFAULT_REGION", "AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_EMR")  # fmt: skip
"""What YARN containers get of a NodeManager's environment: Hadoop's own list, and what makes AWS's SDKs find S3."""
EXCLUDED = {"yarn": "/emr/instance-controller/lib/yarn.nodes.exclude.xml",
            "hdfs": "/emr/instance-controller/lib/dfs.hosts.exclude"}  # fmt: skip
"""Where EMR names the nodes that are being decommissioned."""
S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"


def replication(cores: int) -> int:
    """EMR: 1 below 4 core instances, 2 below 10, else 3; fixed at launch."""
    return 1 if cores < 4 else 2 if cores < 10 else 3


def least_cores(launched: int, asked: Mapping[str, Properties]) -> int:
    """HDFS needs as many DataNodes as it keeps copies of a block."""
    copies = asked.get("hdfs-site", {}).get("dfs.replication", "")
    return max(int(copies) if copies.isdecimal() else replication(launched), 1)


def core_site(facts: Facts) -> dict[str, str]:
    """The file system, S3 (S3A serves s3:// as on EMR from 7.10), and quick retries while a cluster starts."""
    return {
        "fs.defaultFS": f"hdfs://{facts.master_host}:8020",
        "hadoop.tmp.dir": TMP,
        "fs.s3.impl": S3A,
        "fs.s3n.impl": S3A,
        "fs.s3a.impl": S3A,
        "fs.s3a.endpoint": facts.site.s3_endpoint,
        "fs.s3a.endpoint.region": facts.region,
        "fs.s3a.path.style.access": "true",
        "fs.s3a.connection.ssl.enabled": "false",
        "fs.s3a.aws.credentials.provider": "org.apache.hadoop.fs.s3a.SimpleAWSCredentialsProvider",
        "fs.s3a.access.key": facts.site.access_key,
        "fs.s3a.secret.key": facts.site.secret_key,
        "fs.AbstractFileSystem.s3.impl": "org.apache.hadoop.fs.s3a.S3A",
        "fs.s3a.change.detection.mode": "none",
        # One for each user: a step and its YARN containers, which run as others, write to S3 on the same node.
        "fs.s3a.buffer.dir": f"{TMP}/s3a-${{user.name}}",
        "hadoop.proxyuser.hadoop.hosts": "*",
        "hadoop.proxyuser.hadoop.groups": "*",
        **_hive_as_others(facts),
        "hadoop.http.staticuser.user": "hadoop",
        "io.file.buffer.size": "65536",
        "ipc.client.connect.retry.interval": "200",
        "ipc.client.connect.max.retries": "100",
        **as_s3a(facts),
    }


def _hive_as_others(facts: Facts) -> dict[str, str]:
    """HiveServer2 and the metastore act for whoever asks them."""
    prefix = "hadoop.proxyuser.hive"
    return {f"{prefix}.hosts": "*", f"{prefix}.groups": "*"} if "Hive" in facts.applications else {}


def hdfs_site(facts: Facts) -> dict[str, str]:
    """HDFS on /mnt; a NameNode that leaves safe mode as soon as its blocks are there."""
    return {
        "dfs.replication": str(replication(facts.cores)),
        "dfs.blocksize": "134217728",
        "dfs.namenode.name.dir": "file:///mnt/namenode",
        "dfs.datanode.data.dir": "file:///mnt/hdfs",
        "dfs.namenode.rpc-address": f"{facts.master_host}:8020",
        "dfs.namenode.http-address": "0.0.0.0:9870",
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        "dfs.namenode.safemode.extension": "0",
        "dfs.namenode.handler.count": "10",
        "dfs.permissions.superusergroup": "hdfsadmingroup",
        "dfs.webhdfs.enabled": "true",
        "dfs.hosts.exclude": EXCLUDED["hdfs"],
        # Seconds; 30 by default: a node without blocks leaves at once.
        "dfs.namenode.decommission.interval": "1",
    }


def yarn_site(facts: Facts) -> dict[str, str]:
    """YARN's memory from the instance type; the scheduler counts memory only, as EMR's default does."""
    return _shuffle_services(facts) | {
        "yarn.resourcemanager.hostname": facts.master_host,
        # Application masters elsewhere take their proxy's address from this: 0.0.0.0 would be themselves.
        "yarn.resourcemanager.webapp.address": f"{facts.master_host}:8088",
        "yarn.resourcemanager.bind-host": "0.0.0.0",
        "yarn.nodemanager.address": "0.0.0.0:8041",
        "yarn.nodemanager.hostname": facts.host,
        "yarn.nodemanager.resource.memory-mb": str(facts.yarn_mb),
        "yarn.nodemanager.resource.cpu-vcores": str(facts.yarn_vcores),
        "yarn.scheduler.minimum-allocation-mb": "1",
        "yarn.scheduler.maximum-allocation-mb": str(facts.yarn_mb),
        "yarn.nodemanager.vmem-check-enabled": "false",
        "yarn.nodemanager.local-dirs": "/mnt/yarn",
        "yarn.nodemanager.env-whitelist": ",".join(PASSED_ON),
        "yarn.nodemanager.log-dirs": "/var/log/hadoop-yarn/containers",
        # Logs stay on the instance after aggregation: they still have to go to LogUri.
        "yarn.log-aggregation.enable-local-cleanup": "false",
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "99",
        "yarn.application.classpath": ",".join(CLASSPATH),
        "yarn.log-aggregation-enable": "true",
        "yarn.nodemanager.remote-app-log-dir": "/var/log/hadoop-yarn/apps",
        "yarn.log.server.url": f"http://{facts.master_host}:19888/jobhistory/logs",
        "yarn.resourcemanager.nodes.exclude-path": EXCLUDED["yarn"],
        "yarn.resourcemanager.nodemanager-graceful-decommission-timeout-secs": "3600",
        # 20 by default: a node without work leaves at once.
        "yarn.resourcemanager.decommissioning-nodes-watcher.poll-interval-secs": "1",
        "yarn.nm.liveness-monitor.expiry-interval-ms": "30000",
        "yarn.nodemanager.resourcemanager.connect.retry-interval.ms": "200",
        "yarn.resourcemanager.connect.retry-interval.ms": "200",
        "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": "250",
        "yarn.resourcemanager.recovery.enabled": "false",
    }


def _shuffle_services(facts: Facts) -> dict[str, str]:
    """The services that serve map outputs and, with Spark, its shuffle files after an executor's end."""
    prefix = "yarn.nodemanager.aux-services"
    services = {f"{prefix}.mapreduce_shuffle.class": "org.apache.hadoop.mapred.ShuffleHandler"}
    names = ["mapreduce_shuffle"]
    if "Spark" in facts.applications:
        names.append("spark_shuffle")
        services[f"{prefix}.spark_shuffle.class"] = "org.apache.spark.network.yarn.YarnShuffleService"
        services[f"{prefix}.spark_shuffle.classpath"] = "/usr/lib/spark/yarn/*"
    return {prefix: ",".join(names)} | services


def mapred_site(facts: Facts) -> dict[str, str]:
    """MapReduce on YARN; memory from the node's share (emr-behaviour §8.3)."""
    sizes = _sizes(facts)
    return {
        "mapreduce.framework.name": "yarn",
        "mapreduce.jobhistory.address": f"{facts.master_host}:10020",
        "mapreduce.jobhistory.webapp.address": f"{facts.master_host}:19888",
        "mapreduce.jobhistory.bind-host": "0.0.0.0",
        "mapreduce.jobhistory.intermediate-done-dir": "/tmp/hadoop-yarn/staging/history/done_intermediate",
        "mapreduce.jobhistory.done-dir": "/tmp/hadoop-yarn/staging/history/done",
        "yarn.app.mapreduce.am.staging-dir": "/tmp/hadoop-yarn/staging",
        "mapreduce.map.memory.mb": str(sizes.mapper),
        "mapreduce.reduce.memory.mb": str(sizes.reducer),
        "yarn.app.mapreduce.am.resource.mb": str(sizes.master),
        "mapreduce.map.java.opts": f"-Xmx{sizes.mapper * 8 // 10}m",
        "mapreduce.reduce.java.opts": f"-Xmx{sizes.reducer * 8 // 10}m",
        "yarn.app.mapreduce.am.command-opts": f"-Xmx{sizes.master * 8 // 10}m",
        "mapreduce.job.jvm.numtasks": "20",
        # The step that submits it: what is left of a cancelled step is found by this.
        "mapreduce.job.tags": "${env.LOCALEMR_RUN:-}",
        # YARN's own class path, above, holds MapReduce's jars too.
        "mapreduce.application.classpath": "",
    }


class _Sizes(NamedTuple):
    """MiB of a MapReduce job's containers."""

    master: int
    mapper: int
    reducer: int


def _sizes(facts: Facts) -> _Sizes:
    """As on EMR a reduce task or an application master has twice as much as a map task, unless those two would not fit
    on a node together, where a job on a single one would wait for ever.

    A script of Hive may have a session on Tez beside its job: two application masters and a task must fit on a node.
    """
    mapper = max(facts.yarn_mb // max(facts.yarn_vcores, 1), min(512, facts.yarn_mb // 3))
    double = min(2 * mapper, facts.yarn_mb // 2)
    if "Hive" not in facts.applications:
        return _Sizes(double, mapper, double)
    room = facts.yarn_mb - 2 * master_mb(facts)
    return _Sizes(master_mb(facts), min(mapper, room), min(double, room))


def hadoop_env(facts: Facts) -> dict[str, str]:
    """Heaps of the HDFS daemons in MB, by EMR's names: small, since the containers are."""
    return {
        "JAVA_HOME": "/usr/lib/jvm/jre-17",
        "HADOOP_LOG_DIR": "/var/log/hadoop-hdfs",
        "HADOOP_NAMENODE_HEAPSIZE": "256",
        "HADOOP_DATANODE_HEAPSIZE": "192",
    }


def yarn_env(facts: Facts) -> dict[str, str]:
    """Heaps of the YARN daemons in MB."""
    return {
        "HADOOP_LOG_DIR": "/var/log/hadoop-yarn",
        "YARN_RESOURCEMANAGER_HEAPSIZE": "256",
        "YARN_NODEMANAGER_HEAPSIZE": "192",
    }


def mapred_env(facts: Facts) -> dict[str, str]:
    """Heap of the history server in MB."""
    return {"HADOOP_LOG_DIR": "/var/log/hadoop-mapreduce", "HADOOP_JOB_HISTORYSERVER_HEAPSIZE": "160"}
