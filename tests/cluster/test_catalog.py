"""The shared catalog on real clusters: Glue's API, Spark and Hive on the same tables, and what outlives what."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import awswrangler as wr
import boto3
import pandas as pd
import pytest

from tests.cluster.installation import Installation, cluster_request

# Warnings of awswrangler's about its use of pandas are none of ours.
pytestmark = pytest.mark.filterwarnings("ignore::pandas.errors.Pandas4Warning", "ignore::DeprecationWarning")
GLUE = "com.amazonaws.glue.catalog.metastore.AWSGlueDataCatalogHiveClientFactory"
CHOICE = {"hive.metastore.client.factory.class": GLUE}
DB = "catalog_test"


def choosing(name: str, *applications: str) -> dict[str, Any]:
    """A RunJobFlow request: one node whose Hive and Spark use Glue."""
    request = cluster_request(name, core=0)
    request["Applications"] = [{"Name": each} for each in applications]
    hive = [{"Classification": "hive-site", "Properties": CHOICE}] if "Hive" in applications else []
    request["Configurations"] = [{"Classification": "spark-hive-site", "Properties": CHOICE}, *hive]
    return request


def tables(installation: Installation, database: str = DB) -> list[str]:
    return [each["Name"] for each in installation.glue.get_tables(DatabaseName=database)["TableList"]]


@pytest.fixture(scope="module")
def session(installation: Installation) -> Iterator[boto3.Session]:
    """awswrangler led here."""
    wr.config.s3_endpoint_url = installation.s3.meta.endpoint_url
    wr.config.glue_endpoint_url = installation.glue.meta.endpoint_url
    wr.config.sts_endpoint_url = installation.glue.meta.endpoint_url
    yield boto3.Session("localemr", "localemr-secret", region_name="us-east-1")
    wr.config.reset()


@pytest.fixture(scope="module")
def seen(installation: Installation, session: boto3.Session) -> dict[str, Any]:
    """What Spark saw on a cluster that has ended since, after a table was made and filled from outside."""
    wr.catalog.create_database(DB, boto3_session=session)
    days = ["2024-01-01", "2024-01-01", "2024-01-02"]
    frame = pd.DataFrame({"id": [1, 2, 3], "word": ["one", "zwei", "drei ü"], "day": days})
    wr.s3.to_parquet(
        frame, "s3://data/catalog/from_glue/", dataset=True, partition_cols=["day"], database=DB, table="from_glue",
        boto3_session=session,
    )  # fmt: skip
    with installation.running(choosing("first", "Spark")) as cluster_id:
        script = ("s3://data/scripts/with_catalog.py", DB, "s3://data/catalog/seen")
        step = installation.add_step(cluster_id, "spark-submit", *script)
        installation.wait_step(cluster_id, step, "COMPLETED")
    found = installation.s3.list_objects_v2(Bucket="data", Prefix="catalog/seen/part-")["Contents"]
    text = installation.s3.get_object(Bucket="data", Key=found[0]["Key"])["Body"].read()
    return dict(json.loads(text))


def test_spark_reads_what_was_made_through_glue(seen: dict[str, Any]) -> None:
    assert seen["from_glue"] == [
        [1, "one", "2024-01-01"], [2, "zwei", "2024-01-01"], [3, "drei ü", "2024-01-02"],
    ]  # fmt: skip
    assert {"default", DB} <= set(seen["databases"])


def test_partitions_are_chosen_by_keys_of_every_type(installation: Installation, seen: dict[str, Any]) -> None:
    """By PostgreSQL: a comparison with a date failed, and Spark's query with it."""
    assert seen["typed"] == {
        "s = 'k2'": [2], "s like 'k%' and s <> 'k3'": [1, 2], "i = 10": [2], "i between 5 and 10": [1, 2],
        "b < 15": [1, 2], "b in (5, 10)": [1, 2], "d = date'2024-01-02'": [2], "d = '2024-01-02'": [2],
        "d < '2024-01-03'": [1, 2],
        "d between date'2024-01-02' and date'2024-01-03'": [2, 3], "d in (date'2024-01-01', date'2024-01-03')": [1, 3],
        "d > '2024-01-01' and i < 15": [2], "d = '2024-01-01' or s = 'k3'": [1, 3],
        "t > timestamp'2024-01-01 12:00:00'": [2, 3], "p >= 2.50": [2, 3], "c = 'c1'": [1], "v = 'v3'": [3], "f": [2],
    }  # fmt: skip
    name = f"localemr-{installation.name}-catalog"
    log = installation.docker.containers.get(name).logs().decode(errors="replace")
    assert [line for line in log.splitlines() if " ERROR:  operator does not exist" in line] == []


def test_glue_shows_what_spark_made(installation: Installation, seen: dict[str, Any]) -> None:
    glue = installation.glue
    made = glue.get_table(DatabaseName=DB, Name="from_spark")["Table"]
    assert {each["Name"]: each["Type"] for each in made["StorageDescriptor"]["Columns"]} == {
        "id": "bigint", "price": "decimal(10,2)", "at": "timestamp",
    }  # fmt: skip
    assert made["PartitionKeys"] == [{"Name": "day", "Type": "date"}]
    assert made["Parameters"]["spark.sql.sources.provider"] == "parquet"
    days = glue.get_partitions(DatabaseName=DB, TableName="from_spark", Expression="day > '2024-01-01'")["Partitions"]
    assert [each["Values"] for each in days] == [["2024-01-02"], ["2024-01-03"]]
    added = glue.get_partition(DatabaseName=DB, TableName="from_glue", PartitionValues=["2024-01-03"])["Partition"]
    assert added["StorageDescriptor"]["Location"] == "s3://data/catalog/from_glue/day=2024-01-03"
    assert tables(installation, "of_spark") == ["plain"]
    assert seen["place"].startswith("s3://localemr-catalog/warehouse/of_spark.db")


def test_awswrangler_reads_what_spark_wrote(session: boto3.Session, seen: dict[str, Any]) -> None:
    types = wr.catalog.get_table_types(DB, "from_spark", boto3_session=session)
    assert types == {"id": "bigint", "price": "decimal(10,2)", "at": "timestamp", "day": "date"}
    frame = wr.s3.read_parquet_table("from_spark", DB, boto3_session=session)
    assert sorted(frame["id"]) == list(range(9))
    assert sum(frame["price"]) == Decimal("9.00")
    assert set(frame["at"]) == {pd.Timestamp("2024-05-06 07:08:09")}
    both = wr.s3.read_parquet_table("from_glue", DB, boto3_session=session)
    assert sorted(both["word"]) == ["by Spark", "drei ü", "one", "zwei"]
    parts = wr.catalog.get_parquet_partitions(DB, "from_spark", boto3_session=session)
    assert len(parts) == 3
    (found,) = wr.catalog.get_tables(database=DB, name_suffix="_spark", boto3_session=session)
    assert found["Name"] == "from_spark"


def test_a_second_cluster_finds_all_of_it(installation: Installation, seen: dict[str, Any]) -> None:
    """Hive and Spark this time, after the cluster that made the tables is gone."""
    installation.glue.batch_create_partition(
        DatabaseName=DB, TableName="from_spark", PartitionInputList=[{"Values": ["2024-02-01"]}]
    )
    with installation.running(choosing("second", "Hive", "Spark")) as cluster_id:
        (master,) = installation.containers(cluster_id)
        hive = installation.run_in(
            master, "hive", "-S", "-e", f"select word, count(*) from {DB}.from_glue group by word order by word; "
            f"show partitions {DB}.from_spark; select word from of_spark.plain; "
            f"select concat('typed', id) from {DB}.typed where d > '2024-01-01' and d <= '2024-01-02' and b < 15; "
            f"create table {DB}.from_hive stored as orc as select id * 2 as twice from {DB}.from_glue",
        )  # fmt: skip
        words = ("day=", "grün", "typed")
        lines = [line for line in hive.splitlines() if "\t" in line or line.startswith(words)]
        assert lines == ["by Spark\t1", "drei ü\t1", "one\t1", "zwei\t1", "day=2024-01-01", "day=2024-01-02",
                         "day=2024-01-03", "day=2024-02-01", "grün", "typed2"]  # fmt: skip
        spark = installation.run_in(
            master, "spark-sql", "--master", "local[1]", "-e",
            f"select sum(twice) from {DB}.from_hive; select count(*), sum(price) from {DB}.from_spark",
        )  # fmt: skip
        assert [line for line in spark.splitlines() if line in ("72", "9\t9.00")] == ["72", "9\t9.00"]
        bare = {"Columns": [{"Name": "id", "Type": "int"}], "Location": "s3://data/catalog/bare/"}
        installation.glue.create_table(
            DatabaseName=DB, TableInput={"Name": "bare", "TableType": "EXTERNAL_TABLE", "StorageDescriptor": bare}
        )
        words = (
            "Unable to fetch table bare. StorageDescriptor#InputFormat cannot be null for table: bare (Service: null; "
            "Status Code: 0; Error Code: null; Request ID: null; Proxy: null)"
        )
        for command in (("hive", "-e"), ("spark-sql", "--master", "local[1]", "-e")):
            code, output = master.exec_run([*command, f"select * from {DB}.bare"], user="hadoop")
            assert (code != 0, words in output.decode()) == (True, True), output.decode()
    assert "from_hive" in tables(installation)
