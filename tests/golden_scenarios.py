"""The clusters of which tests/unit/golden shows what their instances are given."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LABEL = "emr-7.13.0"
GLUE = "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"

Documents = tuple[Mapping[str, Any], ...]


@dataclass(frozen=True)
class Scenario:
    """A cluster; `groups` are the configurations of its groups by role."""

    applications: tuple[str, ...]
    core: int = 1
    task: int = 0
    instance_type: str = "m5.xlarge"
    configurations: Documents = ()
    groups: Mapping[str, Documents] = field(default_factory=dict)
    label: str = LABEL
    masters: int = 1

    def group(self, role: str) -> Documents:
        """The configurations of the role's group."""
        return self.groups.get(role, ())


def document(classification: str, **properties: str) -> dict[str, Any]:
    """A configuration; `__` in a name stands for a dot, `_` for a hyphen."""
    named = {name.replace("__", ".").replace("_", "-"): value for name, value in properties.items()}
    return {"Classification": classification, "Properties": named}


def export(classification: str, **variables: str) -> dict[str, Any]:
    """An `…-env` configuration."""
    return {
        "Classification": classification,
        "Properties": {},
        "Configurations": [{"Classification": "export", "Properties": variables}],
    }


FACTORY = {"hive.metastore.client.factory.class": GLUE}
HIVE_GLUE = {"Classification": "hive-site", "Properties": FACTORY}
SPARK_GLUE = {"Classification": "spark-hive-site", "Properties": FACTORY}
JDBC = {
    "Classification": "hive-site",
    "Properties": {
        "javax.jdo.option.ConnectionURL": "jdbc:mysql://db:3306/hive?createDatabaseIfNotExist=true&useSSL=false",
        "javax.jdo.option.ConnectionUserName": "hive",
        "javax.jdo.option.ConnectionPassword": "a<b>&c",
    },
}
MAXIMIZE = {"Classification": "spark", "Properties": {"maximizeResourceAllocation": "true"}}
OWN = (
    document("core-site", fs__s3a__connection__maximum="7", my__own="<&>"),
    document("yarn-site", yarn__nodemanager__aux_services="mapreduce_shuffle,spark_shuffle,own"),
    document("emrfs-site", fs__s3__maxConnections="9", fs__s3__maxRetries="3"),
    document("spark-defaults", spark__executor__memory="1g", spark__own="a b"),
    document("spark-log4j2", rootLogger__level="warn"),
    export("hadoop-env", HADOOP_NAMENODE_HEAPSIZE="300", OWN='$HOME/"x"'),
)
GROUP_OWN = {
    "CORE": (document("hdfs-site", dfs__replication="1"), document("yarn-site", yarn__own="core")),
    "TASK": (document("yarn-site", yarn__own="task"),),
}

TABLES = tuple(
    {"Classification": f"{name}-defaults", "Properties": {f"{name}.enabled": "true"}}
    for name in ("iceberg", "delta", "hudi")
)

JUPYTER_SETTINGS = {"session_configs": '{"executorMemory": "1g"}', "heartbeat_refresh_seconds": "20"}
JUPYTER_OWN = ({"Classification": "jupyter-sparkmagic-conf", "Properties": JUPYTER_SETTINGS},)

JUPYTERHUB_OWN = (
    {"Classification": "jupyter-hub-conf", "Properties": {"c.JupyterHub.admin_access": "true"}},
    document("jupyter-s3-conf", s3__persistence__enabled="true", s3__persistence__bucket="notebooks"),
)

PRESTO_OWN = (
    document("presto-config", query__max_memory_per_node="2GB", experimental__spill_enabled="true"),
    document("presto-connector-mysql", connection_url="jdbc:mysql://db:3306"),
    {"Classification": "presto-connector-hive", "Properties": {"hive.metastore": "glue"}},
)

LIVY_OWN = (
    document("livy-conf", livy__spark__deploy_mode="client", livy__impersonation__enabled="true"),
    export("livy-env", OWN="1"),
    document("livy-log4j2", rootLogger__level="warn"),
)

FLINK_OWN = (
    document("flink-conf", taskmanager__memory__process__size="2g", state__checkpoints__dir="s3://bucket/checkpoints"),
    document("flink-log4j-cli", rootLogger__level="warn"),
)

HBASE_OWN = (
    document("hbase", hbase__emr__storageMode="s3"),
    document("hbase-site", hbase__rootdir="s3://bucket/hbase/", hbase__regionserver__handler__count="30"),
    export("hbase-env", HBASE_OPTS="-Down=1"),
    document("zookeeper-config", maxClientCnxns="60"),
)

TRINO_OWN = (
    document("trino-config", query__max_memory_per_node="2GB", retry_policy="TASK"),
    {"Classification": "trino-exchange-manager", "Properties": {}},
    {"Classification": "trino-connector-iceberg", "Properties": {"iceberg.catalog.type": "glue"}},
    {"Classification": "trino-connector-delta", "Properties": {"hive.metastore.uri": "thrift://localhost:9083"}},
    document("trino-connector-postgresql", connection_url="jdbc:postgresql://db:5432/sales"),
)

PIG_OWN = (
    document("pig-properties", exectype="mapreduce", pig__tmpfilecompression="true"),
    export("pig-env", PIG_HEAPSIZE="1024"),
    document("pig-log4j", log4j__rootLogger="WARN, console"),
)

EVERYTHING = ("Hadoop", "Spark", "Hive", "Tez")

SCENARIOS: Mapping[str, Scenario] = {
    "hadoop": Scenario(("Hadoop",)),
    "hadoop-alone": Scenario(("Hadoop",), core=0),
    "hadoop-three": Scenario(("Hadoop",), core=2, task=1, masters=3),
    "spark-three": Scenario(("Spark",), masters=3),
    "hadoop-r5": Scenario(("Hadoop",), core=4, task=1, instance_type="r5.xlarge"),
    "spark": Scenario(("Hadoop", "Spark"), task=1),
    "spark-alone": Scenario(("Spark",), core=0),
    "spark-large": Scenario(("Spark",), core=2, instance_type="m5.4xlarge"),
    "spark-maximized": Scenario(("Spark",), core=2, instance_type="r5.xlarge", configurations=(MAXIMIZE,)),
    "spark-glue": Scenario(("Spark",), configurations=(SPARK_GLUE,)),
    "spark-tables": Scenario(("Spark",), configurations=TABLES),
    "spark-own": Scenario(("Spark",), task=1, configurations=OWN, groups=GROUP_OWN),
    "hive": Scenario(("Hive",)),
    "hive-alone": Scenario(("Hive",), core=0),
    "hive-jdbc": Scenario(("Hive",), instance_type="m5.4xlarge", configurations=(JDBC,)),
    "hive-glue": Scenario(("Hive",), configurations=(HIVE_GLUE,)),
    "hive-spark": Scenario(("Hive", "Spark"), core=1),
    "hive-spark-glue": Scenario(("Hive", "Spark"), core=1, configurations=(HIVE_GLUE, SPARK_GLUE)),
    "hive-spark-one-glue": Scenario(("Spark", "Hive"), core=1, configurations=(SPARK_GLUE,)),
    "everything": Scenario(EVERYTHING, core=1, task=1),
    "everything-alone": Scenario(EVERYTHING, core=0, instance_type="m5.4xlarge"),
    "presto": Scenario(("Presto",), task=1),
    "presto-alone": Scenario(("Presto",), core=0),
    "presto-own": Scenario(("Hadoop", "Hive", "Presto"), configurations=PRESTO_OWN),
    "livy": Scenario(("Spark", "Livy")),
    "jupyter": Scenario(("JupyterEnterpriseGateway",), configurations=JUPYTER_OWN),
    "jupyterhub": Scenario(("JupyterHub",), configurations=JUPYTERHUB_OWN),
    "livy-own": Scenario(("Livy",), core=0, configurations=LIVY_OWN),
    "flink": Scenario(("Flink",)),
    "flink-own": Scenario(("Flink",), core=0, configurations=FLINK_OWN),
    "zookeeper": Scenario(("ZooKeeper",), core=0),
    "hbase": Scenario(("HBase",), task=1),
    "hbase-own": Scenario(("HBase",), configurations=HBASE_OWN),
    "hbase-hive": Scenario(("HBase", "Hive")),
    "pig": Scenario(("Pig",)),
    "pig-own": Scenario(("Pig", "HCatalog"), core=0, configurations=PIG_OWN),
    "trino": Scenario(("Trino",), task=1),
    "trino-alone": Scenario(("Trino",), core=0),
    "trino-own": Scenario(("Trino",), configurations=TRINO_OWN),
    # A release of each line of Hadoop and Spark.
    "emr-6.8.0": Scenario(EVERYTHING, label="emr-6.8.0"),
    "emr-6.15.0": Scenario(EVERYTHING, label="emr-6.15.0"),
    "emr-7.0.0": Scenario(EVERYTHING, label="emr-7.0.0"),
}
