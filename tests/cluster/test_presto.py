"""Presto on a real cluster: its answers, its tables and other engines', its steps, its workers as they come and go."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from prestodb import dbapi as client

from tests import tpch
from tests.cluster import presto
from tests.cluster.groups import group, wait_running
from tests.cluster.installation import Installation, cluster_request, wait_for
from tests.cluster.queries import ORDERS, Queries, make_tables

SETTINGS = {"query.max-history": "77", "graceful-shutdown-timeout": "20m", "shutdown.grace-period": "6s"}


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
def engine(installation: Installation, cluster: str) -> Queries:
    """The cluster's Presto."""
    return Queries(installation, cluster, "presto-cli")


@pytest.fixture(scope="module")
def expected(
    installation: Installation, cluster: str, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, list[tpch.Row]]:
    """What DuckDB answers over the tables that Spark has made."""
    return make_tables(installation, cluster, "presto", tmp_path_factory.mktemp("presto"))


def test_it_answers_as_duckdb(engine: Queries, expected: dict[str, list[tpch.Row]]) -> None:
    engine.check_answers(expected)


def test_a_python_client_on_the_host(engine: Queries, expected: dict[str, list[tpch.Row]]) -> None:
    engine.check_client(client.connect, expected)


def test_spark_reads_what_presto_writes(engine: Queries) -> None:
    engine.check_spark_reads()


def test_steps_call_presto_cli(installation: Installation, cluster: str) -> None:
    def step(sql: str) -> str:
        return installation.add_step(cluster, "presto-cli", "--catalog", "tpch", "--schema", "tiny", "--execute", sql)

    good, bad = step("select count(*) from nation"), step("select count(*) from nowhere")
    installation.wait_step(cluster, good, "COMPLETED")
    assert installation.step_log(cluster, good).strip() == '"25"'
    failure = installation.wait_step(cluster, bad, "FAILED")["FailureDetails"]
    assert failure["Message"].startswith("failed: ") and "tpch.tiny.nowhere does not exist" in failure["Message"]


def test_configurations_are_what_it_runs_with(installation: Installation, cluster: str, engine: Queries) -> None:
    catalogs = {row[0] for row in engine.rows("show catalogs")}
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


def test_a_query_fails_with_its_worker_and_the_next_one_works(engine: Queries) -> None:
    engine.check_lost_worker("presto-server")


def test_workers_come_and_go_with_instances(installation: Installation, cluster: str, engine: Queries) -> None:
    task = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1, "Name": "more"}
    added = installation.emr.add_instance_groups(JobFlowId=cluster, InstanceGroups=[task])
    group_id = added["InstanceGroupIds"][0]
    wait_running(installation, cluster, group_id, 1)
    wait_for("its worker", lambda: presto.workers(installation, cluster) == 2)
    (worker,) = installation.emr.list_instances(ClusterId=cluster, InstanceGroupId=group_id)["Instances"]
    smaller = [{"InstanceGroupId": group_id, "InstanceCount": 0}]
    engine.check_leaving_worker(
        worker["PrivateDnsName"],
        lambda: installation.emr.modify_instance_groups(ClusterId=cluster, InstanceGroups=smaller),
    )
    wait_running(installation, cluster, group_id, 0)
    wait_for("its end", lambda: presto.workers(installation, cluster) == 1)
    log = f"{cluster}/node/{worker['Ec2InstanceId']}/applications/presto/server.log.gz"
    installation.wait_log(log, "Waiting for all tasks to finish")
    assert engine.rows(ORDERS) == [("15000",)]


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
