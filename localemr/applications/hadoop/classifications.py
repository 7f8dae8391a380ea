"""Hadoop's classifications: their files and defaults (emr-behaviour §8.1).

HttpFS and the KMS do not run on LocalEMR. EMR accepts their classifications for every cluster, so their files are
written.
"""

from __future__ import annotations

from pathlib import Path

from localemr.applications.hadoop.defaults import (
    capacity_scheduler,
    core_site,
    hadoop_env,
    hdfs_site,
    mapred_env,
    mapred_site,
    yarn_env,
    yarn_site,
)
from localemr.applications.image_conf import same_file
from localemr.domain.model.application import Classification

CONF, HTTPFS, KMS = "/etc/hadoop/conf", "/etc/hadoop-httpfs/conf", "/etc/hadoop-kms/conf"
EMRFS = "/usr/share/aws/emr/emrfs/conf"
IMAGE = Path(__file__).parent / "image" / "conf"


CLASSIFICATIONS = {
    "core-site": Classification(f"{CONF}/core-site.xml", "hadoop-xml", core_site),
    "hdfs-site": Classification(f"{CONF}/hdfs-site.xml", "hadoop-xml", hdfs_site),
    "yarn-site": Classification(f"{CONF}/yarn-site.xml", "hadoop-xml", yarn_site),
    "mapred-site": Classification(f"{CONF}/mapred-site.xml", "hadoop-xml", mapred_site),
    "capacity-scheduler": Classification(f"{CONF}/capacity-scheduler.xml", "hadoop-xml", capacity_scheduler),
    "hadoop-env": Classification(f"{CONF}/hadoop-env.sh", "env-export", hadoop_env),
    "hdfs-env": Classification(f"{CONF}/hdfs-env.sh", "env-export"),
    "yarn-env": Classification(f"{CONF}/yarn-env.sh", "env-export", yarn_env),
    "mapred-env": Classification(f"{CONF}/mapred-env.sh", "env-export", mapred_env),
    "hadoop-log4j": same_file(CONF, IMAGE / "log4j.properties"),
    "container-log4j": same_file(CONF, IMAGE / "container-log4j.properties"),
    "hadoop-ssl-server": Classification(f"{CONF}/ssl-server.xml", "hadoop-xml"),
    "hadoop-ssl-client": Classification(f"{CONF}/ssl-client.xml", "hadoop-xml"),
    "container-executor": Classification(f"{CONF}/container-executor.cfg", "properties"),
    "emrfs-site": Classification(f"{EMRFS}/emrfs-site.xml", "hadoop-xml"),
    "httpfs-env": Classification(f"{HTTPFS}/httpfs-env.sh", "env-export"),
    "httpfs-site": Classification(f"{HTTPFS}/httpfs-site.xml", "hadoop-xml"),
    "hadoop-kms-acls": Classification(f"{KMS}/kms-acls.xml", "hadoop-xml"),
    "hadoop-kms-env": Classification(f"{KMS}/kms-env.sh", "env-export"),
    "hadoop-kms-java-home": Classification(f"{KMS}/kms-java-home.sh", "env-export"),
    "hadoop-kms-log4j": Classification(f"{KMS}/kms-log4j.properties", "properties"),
    "hadoop-kms-site": Classification(f"{KMS}/kms-site.xml", "hadoop-xml"),
}

COMMON = frozenset({"core-site", "emrfs-site", "hadoop-env", "hadoop-log4j"})
HDFS_READS = COMMON | {"hdfs-site", "hdfs-env"}
NODEMANAGER_READS = COMMON | {"yarn-site", "yarn-env"}
RESOURCEMANAGER_READS = NODEMANAGER_READS | {"capacity-scheduler"}
HISTORY_SERVER_READS = COMMON | {"yarn-site", "mapred-site", "mapred-env"}
