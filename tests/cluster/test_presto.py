"""Presto on a real cluster: its answers, its tables and other engines', its steps, its workers as they come and go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from tests import tpch
from tests.cluster import presto
from tests.cluster.daemons import pid
from tests.cluster.groups import group, wait_running
from tests.cluster.installation import Installation, cluster_request, wait_for

DATA, SCHEMA = "s3://data/presto", "tpch"
LONG = "select max(comment), sum(extendedprice * discount) from tpch.sf1000.lineitem"
ORDERS = "select count(*) from tpch.tiny.orders"
SETTINGS = {"query.max-history": "77"}


@pytest.fixture(scope="module")
def cluster(installation: Installation) -> Iterator[str]:
    """Id of a cluster of a master and a core instance; the metastore comes with Presto."""
    configurations = [
        {"Classification": "presto-config", "Properties": SETTINGS},
        {"Classification": "presto-connector-tpcds", "Properties": {}},
    ]
    applications = [{"Name": name} for name in ("Hadoop", "Spark", "Presto")]
    request = cluster_request("presto", Applications=applications, Configurations=configurations)
    with installation.running(request) as cluster_id:
        yield cluster_id


@pytest.fixture(scope="module")
def expected(
    installation: Installation, cluster: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tpch.Row]]:
    """What DuckDB answers. Spark has made the tables, in Parquet on S3."""
    files = tpch.generate(tmp_path_factory.mktemp("presto"))
    for table, file in files.items():
        installation.s3.upload_file(str(file), "data", f"presto/{table}/{file.name}")
    tables = [
        f"{table}:{','.join(f'{name} {kind}' for name, kind in columns.items())}"
        for table, columns in tpch.TABLES.items()
    ]
    step = ("spark-submit", "s3://data/scripts/presto_tables.py", DATA, SCHEMA, *tables)
    installation.wait_step(cluster, installation.add_step(cluster, *step), "COMPLETED")
    return tpch.expected(files)


def test_it_answers_as_duckdb(installation: Installation, cluster: str, expected: dict[str, list[tpch.Row]]) -> None:
    found = presto.answers(installation, cluster, SCHEMA)
    wrong = [
        f"{name}: {found.get(name, [])[:3]} and not {rows[:3]}"
        for name, rows in expected.items()
        if not tpch.same(found.get(name, []), rows)
    ]
    assert len(expected) >= 8 and wrong == []


def test_spark_reads_what_presto_writes(installation: Installation, cluster: str) -> None:
    statements = (
        "create schema hive.made with (location = 's3://data/presto/made/')",
        "create table hive.made.orders with (format = 'ORC', partitioned_by = array['priority']) as select "
        "orderkey, cast(totalprice as decimal(15,2)) price, orderdate, orderpriority priority from tpch.tiny.orders",
        "insert into hive.made.orders values (0, decimal '1.50', date '2024-02-29', 'none')",
        "create table hive.default.on_hdfs with (format = 'PARQUET') as select * from tpch.tiny.nation",
    )
    for statement in statements:
        presto.query(installation, cluster, statement)
    sql = "select count(*), sum(price), max(orderdate), count(distinct priority) from {}.orders"
    rows = presto.query(installation, cluster, sql.format("hive.made"))
    assert rows[0][0] == "15001" and rows[0][2:] == ("2024-02-29", "6")
    both = f"{sql.format('made')}; select count(*), max(name) from default.on_hdfs"
    step_id = installation.add_step(cluster, "spark-sql", "-e", both)
    installation.wait_step(cluster, step_id, "COMPLETED")
    read = tpch.from_text(installation.step_log(cluster, step_id), "\t")
    assert tpch.same(read, [*rows, ("25", "VIETNAM")])
    # As the user of the session.
    (master,) = installation.containers(cluster, "MASTER")
    assert " hadoop " in installation.run_in(master, "hdfs", "dfs", "-ls", "/user/hive/warehouse/on_hdfs")


def test_steps_call_presto_cli(installation: Installation, cluster: str) -> None:
    def step(sql: str) -> str:
        return installation.add_step(cluster, "presto-cli", "--catalog", "tpch", "--schema", "tiny", "--execute", sql)

    good, bad = step("select count(*) from nation"), step("select count(*) from nowhere")
    installation.wait_step(cluster, good, "COMPLETED")
    assert installation.step_log(cluster, good).strip() == '"25"'
    failure = installation.wait_step(cluster, bad, "FAILED")["FailureDetails"]
    assert failure["Message"].startswith("failed: ") and "tpch.tiny.nowhere does not exist" in failure["Message"]


def test_configurations_are_what_it_runs_with(installation: Installation, cluster: str) -> None:
    catalogs = {row[0] for row in presto.query(installation, cluster, "show catalogs")}
    assert catalogs == {"system", "hive", "tpch", "memory", "jmx", "tpcds"}
    for container in installation.containers(cluster):
        written = installation.run_in(container, "cat", "/etc/presto/conf/config.properties").splitlines()
        assert "query.max-history=77" in written
    (master,) = installation.containers(cluster, "MASTER")
    served = presto.info(master)
    assert served["coordinator"] is True and served["starting"] is False
    assert served["nodeVersion"]["version"].startswith("0.287")


def test_its_logs_are_sent(installation: Installation, cluster: str) -> None:
    for role in ("MASTER", "CORE"):
        listed = installation.emr.list_instances(ClusterId=cluster, InstanceGroupTypes=[role])["Instances"]
        key = f"{cluster}/node/{listed[0]['Ec2InstanceId']}/applications/presto/server.log.gz"
        installation.wait_log(key, "SERVER STARTED")


def test_a_query_fails_with_its_worker_and_the_next_one_works(installation: Installation, cluster: str) -> None:
    (worker,) = installation.containers(cluster, "CORE")
    step_id = installation.add_step(cluster, "presto-cli", "--execute", LONG)
    busy = (
        "select count(*) from system.runtime.tasks t join system.runtime.nodes n on t.node_id = n.node_id "
        "where not n.coordinator and t.state = 'RUNNING' and t.running_splits > 0"
    )
    wait_for("work on the worker", lambda: presto.query(installation, cluster, busy) != [("0",)])
    before = pid(worker, "presto-server")
    installation.run_in(worker, "kill", "-9", before, user="root")
    status = installation.wait_step(cluster, step_id, "FAILED")
    assert status["FailureDetails"]["Message"].startswith("failed: ")
    wait_for("another worker", lambda: pid(worker, "presto-server") != before)
    wait_for("its work", lambda: presto.works(installation, cluster, ORDERS))
    assert presto.query(installation, cluster, ORDERS) == [("15000",)]


def test_workers_come_and_go_with_instances(installation: Installation, cluster: str) -> None:
    task = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1, "Name": "more"}
    added = installation.emr.add_instance_groups(JobFlowId=cluster, InstanceGroups=[task])
    group_id = added["InstanceGroupIds"][0]
    wait_running(installation, cluster, group_id, 1)
    wait_for("its worker", lambda: presto.workers(installation, cluster) == 2)
    smaller = [{"InstanceGroupId": group_id, "InstanceCount": 0}]
    installation.emr.modify_instance_groups(ClusterId=cluster, InstanceGroups=smaller)
    wait_running(installation, cluster, group_id, 0)
    wait_for("its end", lambda: presto.workers(installation, cluster) == 1)
    assert presto.query(installation, cluster, ORDERS) == [("15000",)]


def test_a_wrong_property_is_reported_in_prestos_words(installation: Installation, cluster: str) -> None:
    listed = installation.emr.list_instance_groups(ClusterId=cluster)["InstanceGroups"]
    core = next(each for each in listed if each["InstanceGroupType"] == "CORE")
    wrong = {"Classification": "presto-connector-hive", "Properties": {"hive.nowhere": "1"}}
    change: dict[str, Any] = {"InstanceGroupId": core["Id"], "ReconfigurationType": "MERGE", "Configurations": [wrong]}
    installation.emr.modify_instance_groups(ClusterId=cluster, InstanceGroups=[change])

    def rolled_back() -> str:
        seen = group(installation, cluster, core["Id"])["Status"]
        message = str(seen["StateChangeReason"].get("Message", ""))
        return message if seen["State"] == "RUNNING" and "rolled back" in message else ""

    message = wait_for("the former configurations", rolled_back)
    assert "presto-server on i-" in message and "Configuration property 'hive.nowhere' was not used" in message
    wait_for("the worker", lambda: presto.workers(installation, cluster))
