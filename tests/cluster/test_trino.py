"""Trino on a real cluster: its answers, its tables and other engines', its steps, a worker that ends."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from trino import dbapi as client

from localemr.applications.query_server import SHUT_DOWN
from tests import tpch
from tests.cluster.daemons import pid
from tests.cluster.installation import Installation, cluster_request, wait_for
from tests.cluster.queries import ORDERS, Queries, make_tables, spark_sql

SETTINGS = {"query.max-history": "77", "graceful-shutdown-timeout": "20m", "shutdown.grace-period": "3s"}
SPARK_CATALOG = (
    "--conf", "spark.sql.extensions=org.apache.iceberg.spark.extensions.IcebergSparkSessionExtensions",
    "--conf", "spark.sql.catalog.lake=org.apache.iceberg.spark.SparkCatalog",
    "--conf", "spark.sql.catalog.lake.type=hive",
)  # fmt: skip
SPARK_DELTA = (
    "--conf", "spark.sql.extensions=io.delta.sql.DeltaSparkSessionExtension",
    "--conf", "spark.sql.catalog.spark_catalog=org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "--conf", "spark.sql.shuffle.partitions=2",
    "--conf", "spark.databricks.delta.snapshotPartitions=2",
)  # fmt: skip


@pytest.fixture(scope="module")
def cluster(installation: Installation) -> Iterator[str]:
    """Id of a cluster of a master and a core instance; the metastore comes with Trino."""
    configurations = [
        {"Classification": "trino-config", "Properties": SETTINGS},
        *({"Classification": f"trino-connector-{name}", "Properties": {}} for name in ("iceberg", "delta", "tpcds")),
        *(
            {"Classification": f"{name}-defaults", "Properties": {f"{name}.enabled": "true"}}
            for name in ("iceberg", "delta")
        ),
    ]
    applications = [{"Name": name} for name in ("Hadoop", "Spark", "Trino")]
    request = cluster_request("trino", Applications=applications, Configurations=configurations)
    with installation.running(request) as cluster_id:
        yield cluster_id


@pytest.fixture(scope="module")
def trino(installation: Installation, cluster: str) -> Queries:
    """The cluster's Trino."""
    return Queries(installation, cluster, "trino-cli")


@pytest.fixture(scope="module")
def expected(
    installation: Installation, cluster: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tpch.Row]]:
    """What DuckDB answers over the tables that Spark has made."""
    return make_tables(installation, cluster, "trino", tmp_path_factory.mktemp("trino"))


def test_it_answers_as_duckdb(trino: Queries, expected: dict[str, list[tpch.Row]]) -> None:
    trino.check_answers(expected)


def test_a_python_client_on_the_host(trino: Queries, expected: dict[str, list[tpch.Row]]) -> None:
    trino.check_client(client.connect, expected)


def test_spark_reads_what_trino_writes(trino: Queries) -> None:
    trino.check_spark_reads()


def test_spark_reads_an_iceberg_table_that_trino_updated(
    installation: Installation, cluster: str, trino: Queries
) -> None:
    for statement in (
        "create schema iceberg.ice with (location = 's3://data/trino/ice/')",
        "create table iceberg.ice.nations as select nationkey, name, regionkey from tpch.tiny.nation",
        "update iceberg.ice.nations set name = upper(name || '!') where regionkey = 1",
        "delete from iceberg.ice.nations where regionkey = 2",
    ):
        trino.run("--execute", statement)
    snapshots = trino.rows('select count(*) from iceberg.ice."nations$snapshots"')
    assert int(snapshots[0][0]) >= 3
    sql = "select count(*), count_if(name like '%!') from lake.ice.nations"
    assert spark_sql(installation, cluster, *SPARK_CATALOG, "-e", sql) == [("20", "5")]


def test_it_reads_a_delta_table_of_sparks(installation: Installation, cluster: str, trino: Queries) -> None:
    statements = (
        "create database delta_made location 's3://data/trino/delta/'; "
        "create table delta_made.lines (id int, name string) using delta; "
        "insert into delta_made.lines values (1, 'one'), (2, 'two'); "
        "update delta_made.lines set name = 'TWO' where id = 2"
    )
    spark_sql(installation, cluster, *SPARK_DELTA, "-e", statements)
    assert trino.rows("select id, name from delta.delta_made.lines order by id") == [("1", "one"), ("2", "TWO")]


def test_steps_call_trino_cli(installation: Installation, cluster: str) -> None:
    def step(sql: str) -> str:
        return installation.add_step(cluster, "trino-cli", "--catalog", "tpch", "--schema", "tiny", "--execute", sql)

    good, bad = step("select count(*) from nation"), step("select count(*) from nowhere")
    installation.wait_step(cluster, good, "COMPLETED")
    assert installation.step_log(cluster, good).strip() == '"25"'
    failure = installation.wait_step(cluster, bad, "FAILED")["FailureDetails"]
    assert failure["Message"].startswith("failed: ") and "tpch.tiny.nowhere' does not exist" in failure["Message"]


def test_configurations_are_what_it_runs_with(installation: Installation, cluster: str, trino: Queries) -> None:
    catalogs = {row[0] for row in trino.rows("show catalogs")}
    assert catalogs == {"system", "hive", "iceberg", "delta", "tpch", "memory", "jmx", "tpcds"}
    for container in installation.containers(cluster):
        written = installation.run_in(container, "cat", "/etc/trino/conf/config.properties").splitlines()
        assert "query.max-history=77" in written
    versions = trino.rows("select distinct node_version from system.runtime.nodes")
    assert versions == [("476",)]
    for role in ("MASTER", "CORE"):
        listed = installation.emr.list_instances(ClusterId=cluster, InstanceGroupTypes=[role])["Instances"]
        (container,) = installation.containers(cluster, role)
        name = installation.run_in(container, "readlink", "/var/log/trino/server.log").strip()
        key = f"{cluster}/node/{listed[0]['Ec2InstanceId']}/applications/trino/{name}.gz"
        installation.wait_log(key, "SERVER STARTED")


def test_a_query_fails_with_its_worker_and_the_next_one_works(trino: Queries) -> None:
    trino.check_lost_worker("trino-server")


def test_a_worker_shuts_down_gracefully(installation: Installation, cluster: str, trino: Queries) -> None:
    (worker,) = installation.containers(cluster, "CORE")
    before = pid(worker, "trino-server")
    # What its instance does before it leaves by a resize.
    installation.run_in(worker, "bash", "-c", SHUT_DOWN, "leave", "Trino", "trino", user="trino")
    assert "Shutdown requested" in installation.run_in(worker, "cat", "/var/log/trino/server.log")
    wait_for("another worker", lambda: pid(worker, "trino-server") != before)
    wait_for("its work", lambda: trino.works(ORDERS))
