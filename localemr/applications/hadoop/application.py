"""Hadoop as EMR sets it up: NameNode and ResourceManager on the master, DataNodes on core instances, NodeManagers on
core and task instances. Defaults that differ from Hadoop's own are EMR's (emr-behaviour §8.2) or serve a quick start.
"""

from __future__ import annotations

from localemr.applications.hadoop.defaults import (
    core_site,
    hadoop_env,
    hdfs_site,
    least_cores,
    mapred_env,
    mapred_site,
    yarn_env,
    yarn_site,
)
from localemr.domain.application import Application, Check, Classification, Daemon, WebUi
from localemr.domain.records import CORE, MASTER, TASK

CONF = "/etc/hadoop/conf"
HDFS_LOGS, YARN_LOGS, MAPRED_LOGS = "/var/log/hadoop-hdfs", "/var/log/hadoop-yarn", "/var/log/hadoop-mapreduce"
NAMENODE_BEAN = "/jmx?qry=Hadoop:service=NameNode,name=NameNodeInfo"
RESOURCEMANAGER_BEAN = "/jmx?qry=Hadoop:service=ResourceManager,name=RMNMInfo"

ON_MASTER, ON_CORE, ON_WORKERS = frozenset({MASTER}), frozenset({CORE}), frozenset({CORE, TASK})

APPLICATION = Application(
    name="Hadoop",
    classifications={
        "core-site": Classification(f"{CONF}/core-site.xml", "hadoop-xml", core_site),
        "hdfs-site": Classification(f"{CONF}/hdfs-site.xml", "hadoop-xml", hdfs_site),
        "yarn-site": Classification(f"{CONF}/yarn-site.xml", "hadoop-xml", yarn_site),
        "mapred-site": Classification(f"{CONF}/mapred-site.xml", "hadoop-xml", mapred_site),
        "hadoop-env": Classification(f"{CONF}/hadoop-env.sh", "env-export", hadoop_env),
        "yarn-env": Classification(f"{CONF}/yarn-env.sh", "env-export", yarn_env),
        "mapred-env": Classification(f"{CONF}/mapred-env.sh", "env-export", mapred_env),
    },
    daemons=(
        Daemon("hadoop-hdfs-namenode", ON_MASTER, ("/usr/lib/localemr/bin/namenode",), "hdfs", HDFS_LOGS),
        Daemon("hadoop-yarn-resourcemanager", ON_MASTER, ("yarn", "resourcemanager"), "yarn", YARN_LOGS),
        Daemon("hadoop-hdfs-datanode", ON_CORE, ("hdfs", "datanode"), "hdfs", HDFS_LOGS),
        Daemon("hadoop-yarn-nodemanager", ON_WORKERS, ("yarn", "nodemanager"), "yarn", YARN_LOGS),
        Daemon(
            "hadoop-mapreduce-historyserver", ON_MASTER, ("mapred", "historyserver"), "mapred", MAPRED_LOGS, late=True
        ),
    ),
    checks=(
        Check("NameNode out of safe mode", 9870, NAMENODE_BEAN, "beans.0.Safemode", equals=""),
        Check("live DataNodes", 9870, NAMENODE_BEAN, "beans.0.LiveNodes", hosts_of=ON_CORE),
        Check("NodeManagers", 8088, RESOURCEMANAGER_BEAN, "beans.0.LiveNodeManagers", hosts_of=ON_WORKERS),
    ),
    least_cores=least_cores,
    web_uis=(
        WebUi("HDFS NameNode", ON_MASTER, 9870),
        WebUi("YARN ResourceManager", ON_MASTER, 8088),
        WebUi("MapReduce JobHistory", ON_MASTER, 19888),
        WebUi("HDFS DataNode", ON_CORE, 9864),
        WebUi("YARN NodeManager", ON_WORKERS, 8042),
    ),
)
