"""Configurations: layers merged in EMR's order, files rendered whole."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from typing import Any
from xml.etree import ElementTree

import pytest

from localemr.applications.spark.defaults import spark_defaults
from localemr.domain.accept_resize import least_count
from localemr.domain.application import Classification, Facts, Site
from localemr.domain.configurations import merge, render
from localemr.domain.ids import instance_id
from localemr.domain.instance_files import instance_files
from localemr.domain.records import ClusterSpec, GroupSpec, Instance, InstanceSpec, InstanceStatus, Records
from localemr.releases import instance_types
from tests.world import CATALOG, M5, make_records


def with_instances(records: Records) -> Records:
    made = []
    for group in records.groups:
        for _ in range(group.spec.count):
            number = len(made) + 1
            spec = InstanceSpec(group.id, group.spec.role, M5.name, number, "i-0", f"10.0.0.{9 + number}")
            made.append(
                Instance(instance_id(records.cluster.id, number), records.cluster.id, 1.0, spec, InstanceStatus())
            )
    return Records(records.cluster, records.groups, tuple(made), records.steps)


def files(role: str, *configurations: dict[str, Any], core: int = 1) -> dict[str, str]:
    spec = ClusterSpec("t", "emr-7.13.0", ("Spark",), configurations=configurations)
    records = with_instances(make_records(core=core, spec=spec))
    instance = next(each for each in records.instances if each.spec.role == role)
    applications = [CATALOG.applications["Hadoop"], CATALOG.applications["Spark"]]
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


def facts(yarn_mb: int) -> Facts:
    site = Site(access_key="a", secret_key="b")
    return Facts(
        cluster_id="j-1", region="us-east-1", role="MASTER", host="h", master_host="h", site=site, memory_mb=yarn_mb,
        yarn_mb=yarn_mb, yarn_vcores=4, cores=1, workers=1, applications=frozenset({"Spark"}),
    )  # fmt: skip


def test_export_is_nested() -> None:
    export = {"Classification": "export", "Properties": {"X": "1"}}
    document = {"Classification": "spark-env", "Properties": {}, "Configurations": [export]}
    assert 'export X="1"\n' in files("MASTER", document)["/etc/spark/conf/spark-env.sh"]


def test_asked_properties_beat_defaults_and_the_rest_stays() -> None:
    document = {"Classification": "hdfs-site", "Properties": {"dfs.replication": "2", "my.own": "<&>"}}
    site = xml(files("CORE", document)["/etc/hadoop/conf/hdfs-site.xml"])
    assert (site["dfs.replication"], site["my.own"]) == ("2", "<&>")
    assert site["dfs.namenode.rpc-address"] == "ip-10-0-0-10.ec2.internal:8020"


@pytest.mark.parametrize(("core", "replication"), [(1, "1"), (3, "1"), (4, "2"), (9, "2"), (10, "3")])
def test_replication_follows_the_number_of_core_instances(core: int, replication: str) -> None:
    assert xml(files("CORE", core=core)["/etc/hadoop/conf/hdfs-site.xml"])["dfs.replication"] == replication


def test_yarn_gets_the_scaled_share_of_the_type_and_jobs_fit_in_it() -> None:
    site = xml(files("CORE")["/etc/hadoop/conf/yarn-site.xml"])
    assert site["yarn.nodemanager.resource.memory-mb"] == "2304"
    lines = files("MASTER")["/etc/spark/conf/spark-defaults.conf"].splitlines()
    conf = dict(line.split(" ", 1) for line in lines)
    assert (conf["spark.driver.memory"], conf["spark.executor.memory"]) == ("480M", "1056M")


@pytest.mark.parametrize("scale", [0.1875, 1.0])
@pytest.mark.parametrize("name", sorted(instance_types()))
def test_one_node_of_any_type_holds_a_job(name: str, scale: float) -> None:
    """A driver, or the application master of client mode, and one executor: more a small cluster may not have."""
    room = round(instance_types()[name].yarn_mb * scale)
    conf = spark_defaults(facts(room))

    def container(who: str) -> float:
        heap = int(conf[f"spark.{who}.memory"].rstrip("M"))
        share = 0.1875 * heap if who == "executor" else 0.1 * heap
        stated = conf.get(f"spark.{who}.memoryOverhead")
        return heap + (int(stated.rstrip("M")) if stated else max(384, math.floor(share)))

    for master in ("driver", "yarn.am"):
        assert container(master) + container("executor") <= room
    assert min(int(conf[f"spark.{who}.memory"].rstrip("M")) for who in ("driver", "executor")) >= 471


def test_a_single_instance_keeps_room_for_its_daemons() -> None:
    site = xml(files("MASTER", core=0)["/etc/hadoop/conf/yarn-site.xml"])
    assert int(site["yarn.nodemanager.resource.memory-mb"]) == 3072 - 1280


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
