"""Defaults of Hadoop's classifications, from the facts of a cluster and an instance."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from localemr.applications.hadoop import primaries
from localemr.applications.hadoop.emrfs import as_s3a
from localemr.applications.image_conf import as_in
from localemr.applications.java import JOB, for_older, java_home, java_options, opened
from localemr.applications.memory import FRUGAL, mapreduce_job, masters_share
from localemr.domain.model.application import Facts, Properties
from localemr.domain.node.aws_tools import PASSED_ON

TMP = "/mnt/var/lib/hadoop/tmp"
CLASSPATH = ("/etc/hadoop/conf", "/usr/lib/hadoop/*", "/usr/lib/hadoop/lib/*", "/usr/lib/hadoop-hdfs/*",
             "/usr/lib/hadoop-yarn/*", "/usr/lib/hadoop-mapreduce/*", "/usr/share/aws/emr/emrfs/lib/*")  # fmt: skip
INHERITED = ("JAVA_HOME", "HADOOP_COMMON_HOME", "HADOOP_HDFS_HOME", "HADOOP_CONF_DIR", "CLASSPATH_PREPEND_DISTCACHE",
             "HADOOP_YARN_HOME", "HADOOP_HOME", "PATH", "LANG", "TZ", *PASSED_ON)  # fmt: skip
"""Variables that YARN containers inherit from the NodeManager: Hadoop's own list, and those that configure AWS SDKs."""
EXCLUDED = {"yarn": "/emr/instance-controller/lib/yarn.nodes.exclude.xml",
            "hdfs": "/emr/instance-controller/lib/dfs.hosts.exclude"}  # fmt: skip
"""EMR's file of decommissioning nodes."""
_V1, _V2 = "com.amazonaws.auth", "software.amazon.awssdk.auth.credentials"
PROVIDERS = {
    f"{_V1}.DefaultAWSCredentialsProviderChain": f"{_V2}.DefaultCredentialsProvider",
    f"{_V1}.AWSCredentialsProviderChain": f"{_V2}.DefaultCredentialsProvider",
    f"{_V1}.SystemPropertiesCredentialsProvider": f"{_V2}.SystemPropertyCredentialsProvider",
    f"{_V1}.ContainerCredentialsProvider": f"{_V2}.ContainerCredentialsProvider",
    f"{_V1}.WebIdentityTokenCredentialsProvider": f"{_V2}.WebIdentityTokenFileCredentialsProvider",
}
"""Names of AWS's SDK 1 for providers of keys, which S3A on SDK 2 does not map by itself. S3A on SDK 1 ignores this."""
S3A = "org.apache.hadoop.fs.s3a.S3AFileSystem"
SCHEDULER = as_in(Path(__file__).parent / "image" / "conf" / "capacity-scheduler.xml")


def replication(cores: int) -> int:
    """EMR: 1 below 4 core instances, 2 below 10, else 3; fixed at launch."""
    return 1 if cores < 4 else 2 if cores < 10 else 3


def min_core_instances(launched: int, requested: Mapping[str, Properties]) -> int:
    """The minimum of core instances: HDFS needs as many DataNodes as replicas of a block."""
    copies = requested.get("hdfs-site", {}).get("dfs.replication", "")
    return max(int(copies) if copies.isdecimal() else replication(launched), 1)


def offers_mb(requested: Mapping[str, Properties]) -> int:
    """The memory in MiB that NodeManagers offer by these properties. 0: by their instance's type."""
    own = requested.get("yarn-site", {}).get("yarn.nodemanager.resource.memory-mb", "")
    return int(own) if own.isdecimal() else 0


def core_site(facts: Facts) -> dict[str, str]:
    """The file system, S3 (S3A serves s3:// as on EMR from 7.10), and short retry intervals for the cluster's start."""
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
        "fs.s3a.aws.credentials.provider.mapping": ",".join(f"{old}={new}" for old, new in PROVIDERS.items()),
        "fs.s3a.access.key": facts.site.access_key,
        "fs.s3a.secret.key": facts.site.secret_key,
        "fs.AbstractFileSystem.s3.impl": "org.apache.hadoop.fs.s3a.S3A",
        "fs.s3a.change.detection.mode": "none",
        # One folder per user: a step and its YARN containers write to S3 on the same node as different users.
        "fs.s3a.buffer.dir": f"{TMP}/s3a-${{user.name}}",
        "hadoop.proxyuser.hadoop.hosts": "*",
        "hadoop.proxyuser.hadoop.groups": "*",
        "hadoop.http.staticuser.user": "hadoop",
        "io.file.buffer.size": "65536",
        "ipc.client.connect.retry.interval": "200",
        "ipc.client.connect.max.retries": "100",
        **as_s3a(facts),
        **primaries.core(facts),
    }


def hdfs_site(facts: Facts) -> dict[str, str]:
    """HDFS on /mnt; the NameNode leaves safe mode as soon as its blocks are reported."""
    return {
        "dfs.replication": str(replication(facts.cores)),
        "dfs.blocksize": "134217728",
        "dfs.namenode.name.dir": "file:///mnt/namenode",
        "dfs.datanode.data.dir": "file:///mnt/hdfs",
        **primaries.hdfs(facts),
        "dfs.namenode.datanode.registration.ip-hostname-check": "false",
        "dfs.namenode.safemode.extension": "0",
        "dfs.namenode.handler.count": "10",
        "dfs.permissions.superusergroup": "hdfsadmingroup",
        "dfs.webhdfs.enabled": "true",
        "dfs.hosts.exclude": EXCLUDED["hdfs"],
        # Seconds (default 30): a node without blocks is decommissioned at once.
        "dfs.namenode.decommission.interval": "1",
    }


def yarn_site(facts: Facts) -> dict[str, str]:
    """YARN's memory from the instance type; the scheduler counts memory only, as EMR's default does."""
    return {
        # Services of the NodeManager; applications add others.
        "yarn.nodemanager.aux-services": "mapreduce_shuffle",
        "yarn.nodemanager.aux-services.mapreduce_shuffle.class": "org.apache.hadoop.mapred.ShuffleHandler",
        **primaries.yarn(facts),
        "yarn.resourcemanager.bind-host": "0.0.0.0",
        "yarn.nodemanager.address": "0.0.0.0:8041",
        "yarn.nodemanager.hostname": facts.host,
        "yarn.nodemanager.resource.memory-mb": str(facts.yarn_mb),
        "yarn.nodemanager.resource.cpu-vcores": str(facts.yarn_vcores),
        "yarn.scheduler.minimum-allocation-mb": "1",
        "yarn.scheduler.maximum-allocation-mb": str(facts.yarn_mb),
        "yarn.nodemanager.vmem-check-enabled": "false",
        "yarn.nodemanager.local-dirs": "/mnt/yarn",
        "yarn.nodemanager.env-whitelist": ",".join(INHERITED),
        "yarn.nodemanager.log-dirs": "/var/log/hadoop-yarn/containers",
        # Logs stay on the instance after aggregation: they have to be uploaded to LogUri.
        "yarn.log-aggregation.enable-local-cleanup": "false",
        "yarn.nodemanager.disk-health-checker.max-disk-utilization-per-disk-percentage": "99",
        "yarn.application.classpath": ",".join(CLASSPATH),
        "yarn.log-aggregation-enable": "true",
        "yarn.nodemanager.remote-app-log-dir": "/var/log/hadoop-yarn/apps",
        "yarn.log.server.url": f"http://{facts.master_host}:19888/jobhistory/logs",
        "yarn.resourcemanager.nodes.exclude-path": EXCLUDED["yarn"],
        "yarn.resourcemanager.nodemanager-graceful-decommission-timeout-secs": "3600",
        # Default 20: a node without work is decommissioned at once.
        "yarn.resourcemanager.decommissioning-nodes-watcher.poll-interval-secs": "1",
        "yarn.nm.liveness-monitor.expiry-interval-ms": "30000",
        "yarn.nodemanager.resourcemanager.connect.retry-interval.ms": "200",
        "yarn.resourcemanager.connect.retry-interval.ms": "200",
        "yarn.resourcemanager.nodemanagers.heartbeat-interval-ms": "250",
        **_containers_java(facts),
    }


def capacity_scheduler(facts: Facts) -> dict[str, str]:
    """The image's, with the share of application masters for this cluster."""
    return {**SCHEDULER(facts), "yarn.scheduler.capacity.maximum-am-resource-percent": masters_share(facts)}


def _containers_java(facts: Facts) -> dict[str, str]:
    """The variable by which all JVMs in containers take a stand-in's options, beside the one that Hadoop sets."""
    older = for_older(facts.release, "Hadoop")
    variables = f"MALLOC_ARENA_MAX=$MALLOC_ARENA_MAX,JDK_JAVA_OPTIONS={older}"
    return {"yarn.nodemanager.admin-env": variables} if older else {}


def mapred_site(facts: Facts) -> dict[str, str]:
    """MapReduce on YARN; memory from the node's share, by EMR's rule."""
    master = opened(facts.release.java_of("Hadoop"), "java.base/java.lang")
    return {
        "mapreduce.framework.name": "yarn",
        "mapreduce.jobhistory.address": f"{facts.master_host}:10020",
        "mapreduce.jobhistory.webapp.address": f"{facts.master_host}:19888",
        "mapreduce.jobhistory.bind-host": "0.0.0.0",
        "mapreduce.jobhistory.intermediate-done-dir": "/tmp/hadoop-yarn/staging/history/done_intermediate",
        "mapreduce.jobhistory.done-dir": "/tmp/hadoop-yarn/staging/history/done",
        "yarn.app.mapreduce.am.staging-dir": "/tmp/hadoop-yarn/staging",
        **mapreduce_job(facts).properties(),
        # Before the users' own options. The packages are for masters' web pages (also in the image, libexec/opens).
        "yarn.app.mapreduce.am.admin-command-opts": f"{FRUGAL} {master}".rstrip(),
        "mapreduce.admin.map.child.java.opts": f"{JOB} {FRUGAL}",
        "mapreduce.admin.reduce.child.java.opts": f"{JOB} {FRUGAL}",
        "mapreduce.job.jvm.numtasks": "20",
        # A tag with the submitting step, by which the applications of a cancelled step are found.
        "mapreduce.job.tags": "${env.LOCALEMR_RUN:-}",
        # YARN's own class path, above, holds MapReduce's jars too.
        "mapreduce.application.classpath": "",
    }


def hadoop_env(facts: Facts) -> dict[str, str]:
    """Heaps of the HDFS daemons in MB, by EMR's names: small, since clusters share this host with each other."""
    return {
        "JAVA_HOME": java_home(facts, "Hadoop"),
        "HADOOP_LOG_DIR": "/var/log/hadoop-hdfs",
        "HADOOP_NAMENODE_HEAPSIZE": "256",
        "HADOOP_DATANODE_HEAPSIZE": "192",
        **primaries.heaps(facts),
        **java_options(facts, "Hadoop"),
    }


def yarn_env(facts: Facts) -> dict[str, str]:
    """Heaps of the YARN daemons in MB."""
    return {
        "HADOOP_LOG_DIR": "/var/log/hadoop-yarn",
        "YARN_RESOURCEMANAGER_HEAPSIZE": "256",
        "YARN_NODEMANAGER_HEAPSIZE": "192",
        # Where memory runs out, the kernel ends what runs in containers before daemons (images/node/layout.sh).
        "BASH_ENV": "/usr/lib/localemr/work",
    }


def mapred_env(facts: Facts) -> dict[str, str]:
    """Heap of the history server in MB."""
    return {"HADOOP_LOG_DIR": "/var/log/hadoop-mapreduce", "HADOOP_JOB_HISTORYSERVER_HEAPSIZE": "160"}
