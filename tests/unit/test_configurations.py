"""Configurations: layers merged in EMR's order, files rendered whole."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from localemr.applications.hadoop.defaults import capacity_scheduler, mapred_site
from localemr.applications.spark.defaults import spark_defaults
from localemr.domain.model.application import Classification, Facts, Site
from localemr.domain.model.groups import GroupSpec
from localemr.domain.model.ids import instance_id
from localemr.domain.model.records import ClusterSpec, Instance, InstanceSpec, InstanceStatus, Records
from localemr.domain.node.configurations import changed, merge, overlay, render
from localemr.domain.node.instance_files import instance_files
from localemr.domain.node.sizing import least_count
from localemr.releases import instance_types
from tests.world import CATALOG, M5, make_records

MASTERS_SHARE = "yarn.scheduler.capacity.maximum-am-resource-percent"
NODES = sorted(
    {(kind.yarn_mb, kind.yarn_vcores): name for name, kind in instance_types().items() if kind.yarn_mb >= 5632}.values()
)
"""A type for each size of a node, from c4.xlarge on: the smaller ones of old hold no job at the usual scale."""

MAPREDUCE = ("yarn.app.mapreduce.am.resource.mb", "mapreduce.map.memory.mb", "mapreduce.reduce.memory.mb")


def with_instances(records: Records) -> Records:
    made = []
    for group in records.groups:
        for _ in range(group.spec.count):
            number = len(made) + 1
            spec = InstanceSpec(group.id, group.spec.role, M5.name, number, "i-0", f"ip-10-0-0-{9 + number}")
            made.append(
                Instance(instance_id(records.cluster.id, number), records.cluster.id, 1.0, spec, InstanceStatus())
            )
    return Records(records.cluster, records.groups, tuple(made), records.steps)


def files(
    role: str, *configurations: dict[str, Any], core: int = 1, names: tuple[str, ...] = ("Hadoop", "Spark")
) -> dict[str, str]:
    spec = ClusterSpec("t", "emr-7.13.0", names[1:], configurations=configurations)
    records = with_instances(make_records(core=core, spec=spec))
    instance = next(each for each in records.instances if each.spec.role == role)
    applications = [CATALOG.applications[name] for name in names]
    return dict(instance_files(records, instance, applications, CATALOG))


def xml(text: str) -> dict[str, str]:
    found = ElementTree.fromstring(text).iter("property")
    return {each.findtext("name") or "": each.findtext("value") or "" for each in found}


def test_later_documents_win_by_property() -> None:
    merged = merge(
        [
            {"Classification": "core-site", "Properties": {"a": "1", "b": "1"}},
            {"classification": "core-site", "properties": {"b": "2"}},
        ]
    )
    assert merged == {"core-site": {"a": "1", "b": "2"}}


def facts(yarn_mb: int, workers: int = 1, vcores: int = 4, **requested: dict[str, str]) -> Facts:
    site = Site(access_key="a", secret_key="b")
    return Facts(
        cluster_id="j-1", region="us-east-1", role="MASTER", host="h", master_host="h", site=site, memory_mb=yarn_mb,
        yarn_mb=yarn_mb, yarn_vcores=vcores, cores=workers, workers=workers, release=CATALOG.releases["emr-7.13.0"],
        requested=requested,
    )  # fmt: skip


def test_export_is_nested() -> None:
    export = {"Classification": "export", "Properties": {"X": "1"}}
    document = {"Classification": "spark-env", "Properties": {}, "Configurations": [export]}
    assert 'export X="1"\n' in files("MASTER", document)["/etc/spark/conf/spark-env.sh"]


def test_requested_properties_replace_defaults_and_the_rest_stays() -> None:
    document = {"Classification": "hdfs-site", "Properties": {"dfs.replication": "2", "my.own": "<&>"}}
    site = xml(files("CORE", document)["/etc/hadoop/conf/hdfs-site.xml"])
    assert (site["dfs.replication"], site["my.own"]) == ("2", "<&>")
    assert site["dfs.namenode.rpc-address"] == "ip-10-0-0-10.ec2.internal:8020"


@pytest.mark.parametrize(("core", "replication"), [(1, "1"), (3, "1"), (4, "2"), (9, "2"), (10, "3")])
def test_replication_follows_the_number_of_core_instances(core: int, replication: str) -> None:
    assert xml(files("CORE", core=core)["/etc/hadoop/conf/hdfs-site.xml"])["dfs.replication"] == replication


def test_sizes_are_emrs() -> None:
    """EMR's own figures for an m5.xlarge (emr-behaviour §8.3): of YARN, MapReduce and Spark."""
    yarn = xml(files("CORE", core=2)["/etc/hadoop/conf/yarn-site.xml"])
    assert yarn["yarn.nodemanager.resource.memory-mb"] == "12288"
    made = files("MASTER", core=2, names=("Hadoop", "Tez", "Hive", "Spark"))
    site = xml(files("MASTER", core=2)["/etc/hadoop/conf/mapred-site.xml"])
    assert [site[key] for key in MAPREDUCE] == ["6144", "3072", "6144"]
    assert (site["mapreduce.map.java.opts"], site["mapreduce.reduce.java.opts"]) == ("-Xmx2457m", "-Xmx4915m")
    conf = dict(line.split(" ", 1) for line in made["/etc/spark/conf/spark-defaults.conf"].splitlines())
    assert (conf["spark.driver.memory"], conf["spark.executor.memory"]) == ("2048M", "8537M")
    assert conf["spark.executor.cores"] == "4"
    assert "spark.yarn.am.memory" not in conf, "Spark's own default"
    assert xml(made["/etc/hive/conf/hive-site.xml"])["hive.tez.container.size"] == "3072"


@pytest.mark.parametrize(
    ("yarn_mb", "spark", "executor"),
    [(12288, "3.4.1", "9486M"), (6144, "3.3.2", "4743M"), (24576, "3.4.1", "18971M"), (6144, "3.5.6", "4269M")],
)
def test_an_executor_has_what_was_seen_on_emr(yarn_mb: int, spark: str, executor: str) -> None:
    at = replace(facts(yarn_mb, workers=2), versions={"Spark": spark})
    assert spark_defaults(at)["spark.executor.memory"] == executor


def spark_container(conf: Mapping[str, str], who: str) -> float:
    """MiB that Spark requests of YARN."""
    heap = int(conf.get(f"spark.{who}.memory", "512M").rstrip("M"))
    share = float(conf["spark.executor.memoryOverheadFactor"]) * heap if who == "executor" else 0.1 * heap
    stated = conf.get(f"spark.{who}.memoryOverhead")
    return heap + (int(stated.rstrip("M")) if stated else max(384, math.floor(share)))


@pytest.mark.parametrize("scale", [0.1875, 1.0])
@pytest.mark.parametrize("name", NODES)
def test_one_node_of_any_type_holds_a_job(name: str, scale: float) -> None:
    """A driver, or the application master of client mode, and one executor: more a small cluster may not have."""
    room = round(instance_types()[name].yarn_mb * scale)
    conf = spark_defaults(facts(room))
    for master in ("driver", "yarn.am"):
        assert spark_container(conf, master) + spark_container(conf, "executor") <= room
    assert min(int(conf[f"spark.{who}.memory"].rstrip("M")) for who in ("driver", "executor")) >= 471


@pytest.mark.parametrize("workers", [1, 2, 3, 10])
@pytest.mark.parametrize("name", NODES)
def test_jobs_that_start_at_once_do_not_wait_for_each_other_for_ever(name: str, workers: int) -> None:
    """However many drivers the share of application masters admits, on a single node sessions too, and wherever they
    are: an executor has room on some node. A driver fits beside a session."""
    kind = instance_types()[name]
    at = facts(kind.yarn_mb, workers=workers, vcores=kind.yarn_vcores)
    conf, share = spark_defaults(at), float(capacity_scheduler(at)[MASTERS_SHARE])
    driver, executor = (spark_container(conf, who) for who in ("driver", "executor"))
    masters = share * workers * kind.yarn_mb
    assert driver + 1024 <= masters
    blocked = 0
    for size in (driver, 1024.0, 896.0) if workers == 1 else (driver,):
        beside = math.floor((kind.yarn_mb - executor) / size) + 1  # so many on a node leave no room for an executor
        blocked = max(blocked, math.floor(masters / (beside * size)))
    assert blocked < workers


def test_what_makes_spark_start_quickly_leaves_the_users_settings_free() -> None:
    conf = spark_defaults(facts(2304))
    assert not [name for name in conf if name.endswith("extraJavaOptions")]
    driver, executor = (conf[f"spark.{who}.defaultJavaOptions"] for who in ("driver", "executor"))
    # Not for computations: the quick compiler is the application master's alone. Spark refuses -Dspark for executors.
    master = driver.partition(" -Dspark.yarn.am.extraJavaOptions=")[2]
    assert "TieredStopAtLevel=1" in master
    assert "TieredStopAtLevel=1" not in driver.removesuffix(master) + executor
    # No collector by name: one of the user's own beside it would end the JVM.
    assert "GC" not in driver.removesuffix(master) + executor and "NeverActAsServerClassMachine" in executor
    assert "-Dspark" not in executor


@pytest.mark.parametrize("scale", [0.1875, 1.0])
@pytest.mark.parametrize("name", NODES)
def test_one_node_of_any_type_holds_a_mapreduce_job(name: str, scale: float) -> None:
    kind = instance_types()[name]
    room = round(kind.yarn_mb * scale)
    site = mapred_site(facts(room, vcores=kind.yarn_vcores))
    master, mapper, reducer = (int(site[key]) for key in MAPREDUCE)
    assert master + max(mapper, reducer) <= room
    assert mapper >= 352 and reducer >= mapper
    for key, size in (("map.java.opts", mapper), ("reduce.java.opts", reducer)):
        assert site[f"mapreduce.{key}"] == f"-Xmx{size * 8 // 10}m"


def test_a_single_instance_keeps_room_for_its_daemons_and_holds_a_mapreduce_job() -> None:
    made = files("MASTER", core=0)
    room = int(xml(made["/etc/hadoop/conf/yarn-site.xml"])["yarn.nodemanager.resource.memory-mb"])
    assert room == 12288, "EMR's own, since the type leaves more than that"
    site = xml(made["/etc/hadoop/conf/mapred-site.xml"])
    assert [int(site[key]) for key in MAPREDUCE] == [2432, 3072, 6144]


@pytest.mark.parametrize("core", [0, 1, 2, 5])
def test_a_mapreduce_job_of_hive_fits_beside_its_session_on_tez(core: int) -> None:
    made = files("MASTER", core=core, names=("Hadoop", "Tez", "Hive"))
    worker = files("CORE" if core else "MASTER", core=core, names=("Hadoop", "Tez", "Hive"))
    room = int(xml(worker["/etc/hadoop/conf/yarn-site.xml"])["yarn.nodemanager.resource.memory-mb"])
    master, mapper, reducer = (int(xml(made["/etc/hadoop/conf/mapred-site.xml"])[key]) for key in MAPREDUCE)
    session = int(xml(made["/etc/tez/conf/tez-site.xml"])["tez.am.resource.memory.mb"])
    share = xml(made["/etc/hadoop/conf/capacity-scheduler.xml"])[MASTERS_SHARE]
    if core < 2:
        assert session + master + max(mapper, reducer) <= room
    assert session + master <= room * float(share) * max(core, 1)
    assert min(mapper, reducer) >= 400


def test_info_files_tell_the_role() -> None:
    for role, master in (("MASTER", True), ("CORE", False)):
        made = files(role)
        assert json.loads(made["/mnt/var/lib/info/instance.json"])["isMaster"] is master
        job_flow = json.loads(made["/mnt/var/lib/info/job-flow.json"])
        assert [group["instanceRole"] for group in job_flow["instanceGroups"]] == ["Master", "Core"]


def test_values_keep_to_one_line() -> None:
    assert render(Classification("/x", "properties"), {"a": "b\nc"}) == "a=b\\nc\n"


@pytest.mark.parametrize(
    ("launched", "asked", "least"),
    [(1, None, 1), (5, None, 2), (12, None, 3), (2, "3", 3), (5, "1", 1), (5, "0", 1), (5, "many", 2)],
)
def test_a_core_group_keeps_an_instance_for_every_copy_of_a_block(launched: int, asked: str | None, least: int) -> None:
    properties = {} if asked is None else {"dfs.replication": asked}
    cluster = ClusterSpec("n", "emr-7.13.0", ("Spark",))
    configurations = ({"Classification": "hdfs-site", "Properties": properties},)
    core = GroupSpec("CORE", "m5.xlarge", 20, at_launch=launched)
    assert least_count(replace(cluster, configurations=configurations), core, CATALOG) == least
    assert least_count(cluster, replace(core, configurations=configurations), CATALOG) == least
    assert least_count(cluster, replace(core, role="TASK"), CATALOG) == 0


MAXIMIZE = {"spark": {"maximizeResourceAllocation": "true"}}


def test_maximize_resource_allocation_gives_what_emr_gives() -> None:
    """EMR's own figures for two core nodes of 16 GiB (emr-behaviour §8.3)."""
    conf = spark_defaults(facts(11712, workers=2, **MAXIMIZE))
    assert {name.removeprefix("spark."): conf[name] for name in (
        "spark.emr.maximizeResourceAllocation", "spark.executor.instances", "spark.executor.cores",
        "spark.driver.memory", "spark.executor.memory", "spark.default.parallelism",
    )} == {
        "emr.maximizeResourceAllocation": "true", "executor.instances": "2", "executor.cores": "4",
        "driver.memory": "10647M", "executor.memory": "9833M", "default.parallelism": "16",
    }  # fmt: skip


def test_maximizing_leaves_the_number_of_executors_to_requested_dynamic_allocation() -> None:
    asked = {"spark-defaults": {"spark.dynamicAllocation.enabled": "true"}}
    assert "spark.executor.instances" not in spark_defaults(facts(11712, workers=2, **MAXIMIZE, **asked))
    assert "spark.executor.instances" not in spark_defaults(facts(11712, workers=2))


@pytest.mark.parametrize("yarn_mb", [1056, 2304, 4608, 12288])
@pytest.mark.parametrize("workers", [1, 2])
def test_what_is_maximized_fits(yarn_mb: int, workers: int) -> None:
    """In client mode always; in cluster mode on one node too, where the driver has nowhere else to go."""
    conf = spark_defaults(facts(yarn_mb, workers=workers, **MAXIMIZE))

    executor = spark_container(conf, "executor")
    assert spark_container(conf, "yarn.am") + executor <= yarn_mb
    assert spark_container(conf, "driver") + (executor if workers == 1 else 0) <= yarn_mb


def test_a_large_node_is_divided_among_executors_of_4_cores() -> None:
    whole, divided = (spark_defaults(facts(57344, workers=2, vcores=vcores)) for vcores in (4, 16))
    assert (whole["spark.executor.memory"], divided["spark.executor.memory"]) == ("39839M", "9960M")
    assert divided["spark.executor.cores"] == "4"


def test_log_settings_change_what_the_image_has() -> None:
    pattern = {"appender.console.layout.pattern": "%m%n", "logger.mine.level": "warn"}
    lines = files("MASTER", {"Classification": "spark-log4j2", "Properties": pattern})[
        "/etc/spark/conf/log4j2.properties"
    ].splitlines()
    assert "rootLogger.level=info" in lines
    assert [line for line in lines if line.startswith("appender.console.layout.pattern")] == [
        "appender.console.layout.pattern=%m%n"
    ]
    assert lines[-1] == "logger.mine.level=warn"


def test_without_a_request_the_image_is_unchanged() -> None:
    scheduler = xml(files("MASTER")["/etc/hadoop/conf/capacity-scheduler.xml"])
    assert scheduler["yarn.scheduler.capacity.root.queues"] == "default"
    lines = files("MASTER")["/etc/hadoop/conf/log4j.properties"].splitlines()
    assert "log4j.rootLogger=${hadoop.root.logger}" in lines
    assert not any(line.startswith("#") for line in lines)


def test_emrfs_settings_become_those_of_s3a() -> None:
    emrfs = {"Classification": "emrfs-site", "Properties": {"fs.s3.maxConnections": "7", "fs.s3.consistent": "true"}}
    site = xml(files("CORE", emrfs)["/etc/hadoop/conf/core-site.xml"])
    assert site["fs.s3a.connection.maximum"] == "7"
    assert "fs.s3.consistent" not in site
    own = {"Classification": "core-site", "Properties": {"fs.s3a.connection.maximum": "8"}}
    assert xml(files("CORE", emrfs, own)["/etc/hadoop/conf/core-site.xml"])["fs.s3a.connection.maximum"] == "8"
    assert xml(files("CORE", emrfs)["/usr/share/aws/emr/emrfs/conf/emrfs-site.xml"])["fs.s3.consistent"] == "true"


def test_every_classification_makes_one_file_with_what_was_requested() -> None:
    applications = [CATALOG.applications["Hadoop"], CATALOG.applications["Spark"]]
    known = {name: each for application in applications for name, each in application.classifications.items()}
    paths = [each.path for each in known.values() if each.path]
    assert len(paths) == len(set(paths))
    for name, classification in known.items():
        if classification.path:
            text = files("MASTER", {"Classification": name, "Properties": {"my.own": "value"}})[classification.path]
            assert "my.own" in text and "value" in text, name


def test_daemons_read_classifications_that_exist() -> None:
    known = {name for application in CATALOG.applications.values() for name in application.classifications}
    for application in CATALOG.applications.values():
        for daemon in application.daemons:
            assert daemon.reads and daemon.reads <= known, daemon.name


def test_a_group_has_its_own_configurations_on_top() -> None:
    cluster = {"Classification": "yarn-site", "Properties": {"a": "cluster", "b": "cluster"}}
    group = {"Classification": "yarn-site", "Properties": {"b": "group"}}
    spec = ClusterSpec("t", "emr-7.13.0", ("Spark",), configurations=(cluster,))
    records = with_instances(make_records(core=1, spec=spec))
    core = replace(records.groups[1], spec=replace(records.groups[1].spec, configurations=(group,)))
    records = replace(records, groups=(records.groups[0], core))
    seen = []
    for instance in records.instances:
        made = instance_files(records, instance, [CATALOG.applications["Hadoop"]], CATALOG)
        site = xml(made["/etc/hadoop/conf/yarn-site.xml"])
        seen.append((site["a"], site["b"]))
    assert seen == [("cluster", "cluster"), ("cluster", "group")]


def test_layers_are_laid_over_each_other_nested_ones_too() -> None:
    def env(**variables: str) -> dict[str, Any]:
        return {"Classification": "yarn-env", "Configurations": [{"Classification": "export", "Properties": variables}]}

    below = [{"Classification": "yarn-site", "Properties": {"a": "1"}}, env(X="1", Y="1")]
    assert merge(overlay(below, [env(Y="2")])) == {"yarn-site": {"a": "1"}, "yarn-env": {"X": "1", "Y": "2"}}
    assert changed(below, overlay(below, [env(Y="2")])) == ("yarn-env",)
    assert changed(below, below[:1]) == ("yarn-env",)
    assert changed(below, [*below, {"Classification": "core-site", "Properties": {}}]) == ()
