"""Iceberg, Delta Lake and Hudi on a real cluster that switches all three on: docs/tables.md."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from functools import cache
from typing import Any

import pytest

from tests.cluster.installation import Installation, cluster_request

SCRIPTS = "s3://data/scripts"
GLUE = {
    "hive.metastore.client.factory.class": "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"
}
CONFIGURATIONS = [
    {"Classification": "spark-hive-site", "Properties": GLUE},
    *(
        {"Classification": f"{name}-defaults", "Properties": {f"{name}.enabled": "true"}}
        for name in ("iceberg", "delta", "hudi")
    ),
]
COMMITS = 6
"""Of each of two writers."""

Seen = dict[str, Any]


@pytest.fixture(scope="module")
def tables(installation: Installation) -> Iterator[str]:
    """Id of a cluster with the three formats, of which two steps run at once; its image is built first."""
    request = cluster_request(
        "tables", Applications=[{"Name": "Spark"}], Configurations=CONFIGURATIONS, StepConcurrencyLevel=2
    )
    with installation.running(request) as cluster_id:
        yield cluster_id


@pytest.fixture(scope="module")
def run(installation: Installation, tables: str) -> Callable[[str], Seen]:
    """Has the script of a format run, once, and gives what it saw."""

    @cache
    def seen(name: str) -> Seen:
        place, target = f"s3://data/tables/{name}", f"s3://data/tables/{name}-seen"
        arguments = (f"{SCRIPTS}/tables_{name}.py", place, f"{name}_lake", target)
        step_id = installation.add_step(tables, "spark-submit", *arguments)
        installation.wait_step(tables, step_id, "COMPLETED")
        listed = installation.s3.list_objects_v2(Bucket="data", Prefix=f"tables/{name}-seen/part-")["Contents"]
        bodies = [installation.s3.get_object(Bucket="data", Key=each["Key"])["Body"].read() for each in listed]
        return dict(json.loads(b"".join(bodies)))

    return seen


DAY = "2024-03-01"
FIRST = [["1", "tea", "2.50", DAY], ["2", "jam", "4.00", DAY], ["3", "tea", "1.25", "2024-03-02"]]
"""The rows that each script begins with."""


def test_iceberg(run: Callable[[str], Seen]) -> None:
    seen = run("iceberg")
    doubled = [["1", "tea", "5.00", DAY], ["3", "tea", "2.50", "2024-03-02"]]
    assert (seen["hadoop"], seen["hive"]) == (doubled, doubled)
    rye = ["4", "rye", "3.00", "2024-03-02"]
    assert seen["changed"] == [["1", "tea", "5.00", DAY], ["2", "jam", "4.50", DAY], rye]
    assert seen["at first"] == FIRST
    assert seen["evolved"] == [
        ["1", "tea", "None"],
        ["2", "jam", "None"],
        ["4", "rye", "None"],
        ["5", "oat", "new"],
    ]
    assert (seen["files before"], seen["files after"]) == ("6", "1")
    assert dict(seen["snapshots"])["replace"] == "1"
    assert seen["streamed"] == [["a", "1"], ["b", "2"]]


def test_iceberg_s_tables_are_in_glue_where_its_warehouse_says(
    installation: Installation, run: Callable[[str], Seen]
) -> None:
    run("iceberg")
    table = installation.glue.get_table(DatabaseName="iceberg_lake", Name="orders")["Table"]
    assert table["Parameters"]["table_type"].upper() == "ICEBERG"
    assert table["Parameters"]["metadata_location"].startswith("s3://data/tables/iceberg/glue/iceberg_lake.db/orders/")
    # The Hive catalog is the shared one, which Glue's API shows too.
    hive = installation.glue.get_table(DatabaseName="iceberg_lake_hive", Name="orders")["Table"]
    assert hive["Parameters"]["table_type"].upper() == "ICEBERG"


def test_of_two_writers_at_once_none_loses_a_commit(
    installation: Installation, tables: str, run: Callable[[str], Seen]
) -> None:
    run("iceberg")
    place = "s3://data/tables/iceberg"
    # On YARN the first one would have all executors.
    script = ("spark-submit", "--master", "local[1]", f"{SCRIPTS}/tables_race.py", place, "iceberg_lake.raced")
    raced = [installation.add_step(tables, *script, name, str(COMMITS)) for name in ("left", "right")]
    for step_id in raced:
        installation.wait_step(tables, step_id, "COMPLETED")
    settings = [
        "spark.sql.catalog.glue=org.apache.iceberg.spark.SparkCatalog",
        "spark.sql.catalog.glue.catalog-impl=org.apache.iceberg.aws.glue.GlueCatalog",
        f"spark.sql.catalog.glue.warehouse={place}/glue",
    ]
    table = "glue.iceberg_lake.raced"
    query = f"select writer, count(distinct n), count(*), max(n) from {table} group by writer order by writer; "
    query += f"select count(*) from {table}.snapshots"
    confs = [word for each in settings for word in ("--conf", each)]
    step_id = installation.add_step(tables, "spark-sql", "--master", "local[1]", *confs, "-e", query)
    installation.wait_step(tables, step_id, "COMPLETED")
    shown = installation.step_log(tables, step_id).splitlines()
    each = f"{COMMITS}\t{COMMITS}\t{COMMITS - 1}"
    assert shown[-3:] == [f"left\t{each}", f"right\t{each}", str(2 * COMMITS)]


def test_delta(installation: Installation, run: Callable[[str], Seen]) -> None:
    seen = run("delta")
    assert seen["changed"] == [["1", "tea", "5.00"], ["2", "jam", "4.50"], ["4", "rye", "3.00"]]
    assert seen["at first"] == [row[:3] for row in FIRST]
    assert seen["evolved"] == [
        ["1", "tea", "None"],
        ["2", "jam", "None"],
        ["4", "rye", "None"],
        ["5", "oat", "new"],
    ]
    assert seen["operations"] == ["CREATE TABLE", "WRITE", "MERGE", "UPDATE", "DELETE", "WRITE"]
    # Compacted to one file, and the old ones are gone.
    assert (seen["files"], seen["compacted"]) == (1, [["4", "13.25"]])
    assert seen["streamed"] == [["1"], ["2"], ["4"], ["5"]]
    assert seen["catalog"] == [["0", "0"], ["1", "2"], ["2", "4"]]
    table = installation.glue.get_table(DatabaseName="delta_lake", Name="events")["Table"]
    assert table["Parameters"]["spark.sql.sources.provider"] == "delta"


def test_hudi(installation: Installation, run: Callable[[str], Seen]) -> None:
    seen = run("hudi")
    assert seen["changed"] == [["1", "tea", "5.00", "3"], ["2", "jam", "4.50", "2"], ["4", "rye", "3.00", "2"]]
    assert seen["at first"] == [[*row[:3], "1"] for row in FIRST]
    assert seen["evolved"] == [
        ["1", "tea", "None"],
        ["2", "jam", "None"],
        ["4", "rye", "None"],
        ["5", "oat", "new"],
    ]
    assert [row[-1] for row in seen["compactions"]] == ["COMPLETED"]
    assert seen["merged"] == [["1", "tea", "9.00", "2"], ["2", "jam", "4.00", "1"], ["3", "tea", "1.25", "1"]]
    assert seen["streamed"] == [[1, "a"], [2, "b"]]
    assert installation.glue.get_table(DatabaseName="hudi_lake", Name="orders")["Table"]["Name"] == "orders"


def test_the_jars_are_at_emrs_paths(installation: Installation, tables: str) -> None:
    for container in installation.containers(tables):
        installation.run_in(
            container,
            "ls",
            "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
            "/usr/share/aws/delta/lib/delta-spark.jar",
            "/usr/share/aws/delta/lib/delta-storage.jar",
            "/usr/lib/hudi/hudi-spark-bundle.jar",
        )


def test_archived_class_data_are_valid_with_the_formats(installation: Installation, tables: str) -> None:
    """A driver's class path begins with what the archive was made from: Java takes it, or says why not."""
    shown = "-Xshare:on -XX:SharedArchiveFile=/usr/lib/localemr/cds/spark.jsa -version"
    jars = "/usr/lib/spark-classpath.jar:/usr/share/aws/delta/lib/*:/usr/lib/hudi/hudi-spark-bundle.jar"
    master = installation.containers(tables, "MASTER")[0]
    said = installation.run_in(master, "bash", "-c", f"/usr/lib/jvm/jre/bin/java -cp '{jars}' {shown} 2>&1")
    assert "sharing" in said
