"""DynamoDB on a real cluster: Hive's tables, Spark's and MapReduce's formats, and its container when it ends
(docs/dynamodb.md)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest
from botocore.config import Config

from tests.cluster.installation import Installation, cluster_request

SCRIPTS, PLACE = "s3://data/scripts", "dynamodb"
COUNT = 20_000
"""Items: several pages of a scan, and many batches. With 100,000 it takes four minutes more (docs/performance.md)."""
JAR = "/usr/share/aws/emr/ddb/lib/emr-ddb-hadoop.jar"
STREAMING = "/usr/lib/hadoop-mapreduce/hadoop-streaming.jar"
ROWS = [f"{number},customer {number % 10},{number / 8}" for number in range(COUNT)]


@pytest.fixture(scope="module")
def dynamodb(installation: Installation) -> Any:
    """A client with the tables: `orders` and `copies` on demand, `provisioned` with a throughput."""
    keys = {"aws_access_key_id": "localemr", "aws_secret_access_key": "localemr-secret", "region_name": "us-east-1"}
    endpoint = f"http://127.0.0.1:{installation.environ['LOCALEMR_PORT']}"
    # The first call has its image built: calls are repeated meanwhile.
    config = Config(retries={"total_max_attempts": 60, "mode": "standard"})
    client = boto3.client("dynamodb", endpoint_url=endpoint, config=config, **keys)
    units = {"ReadCapacityUnits": 100, "WriteCapacityUnits": 1}
    for name, billing in {
        "orders": {"BillingMode": "PAY_PER_REQUEST"},
        "copies": {"BillingMode": "PAY_PER_REQUEST"},
        "provisioned": {"ProvisionedThroughput": units},
    }.items():
        client.create_table(
            TableName=name,
            AttributeDefinitions=[{"AttributeName": "id", "AttributeType": "N"}],
            KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
            **billing,
        )
        client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    return client


@pytest.fixture(scope="module")
def cluster(installation: Installation, dynamodb: Any) -> Iterator[str]:
    """Id of a cluster with Hive and Spark, after Hive's script has run."""
    customers = "\n".join(f"customer {number},city {number % 2}" for number in range(5))
    installation.s3.put_object(Bucket="data", Key=f"{PLACE}/source/rows.csv", Body="\n".join(ROWS).encode())
    installation.s3.put_object(Bucket="data", Key=f"{PLACE}/customers/rows.csv", Body=customers.encode())
    request = cluster_request("dynamodb", Applications=[{"Name": "Hive"}, {"Name": "Spark"}])
    with installation.running(request) as cluster_id:
        step = installation.add_step(
            cluster_id, "hive-script", "--run-hive-script", "--args", "-f", f"{SCRIPTS}/dynamodb.q"
        )
        installation.wait_step(cluster_id, step, "COMPLETED")
        yield cluster_id


def written(installation: Installation, name: str) -> list[str]:
    """The lines of all files in a folder of the bucket, sorted."""
    listed = installation.s3.get_paginator("list_objects_v2").paginate(Bucket="data", Prefix=f"{PLACE}/{name}/")
    found = [each["Key"] for page in listed for each in page.get("Contents", [])]
    bodies = [installation.s3.get_object(Bucket="data", Key=key)["Body"].read().decode() for key in found]
    return sorted(line for body in bodies for line in body.splitlines())


def ids(dynamodb: Any, table: str) -> list[int]:
    pages = dynamodb.get_paginator("scan").paginate(TableName=table)
    return sorted(int(item["id"]["N"]) for page in pages for item in page["Items"])


def test_all_items_come_in_and_out_equal(installation: Installation, cluster: str, dynamodb: Any) -> None:
    assert written(installation, "exported") == sorted(ROWS)
    assert ids(dynamodb, "orders") == list(range(COUNT))
    item = dynamodb.get_item(TableName="orders", Key={"id": {"N": "9"}})["Item"]
    assert item == {"id": {"N": "9"}, "customer": {"S": "customer 9"}, "total": {"N": "1.125"}}


def test_hive_queries_joins_and_writes_nulls(installation: Installation, cluster: str, dynamodb: Any) -> None:
    assert written(installation, "seen") == [
        'item,{"s":"customer 7"},1.0',
        f"joined,city 0,{COUNT * 3 / 10}",
        f"joined,city 1,{COUNT * 2 / 10}",
        "key,customer 7,0.875",
        "nulls,provisioned,100.0",
        "range,10,10.0",
    ]
    assert dynamodb.get_item(TableName="provisioned", Key={"id": {"N": "5"}})["Item"]["gone"] == {"NULL": True}


def test_a_wrong_table_is_refused_in_the_connectors_words(installation: Installation, cluster: str) -> None:
    handler = "STORED BY 'org.apache.hadoop.hive.dynamodb.DynamoDBStorageHandler'"
    mapping = 'TBLPROPERTIES ("dynamodb.table.name" = "orders", "dynamodb.column.mapping" = "id:id")'
    statement = f"CREATE EXTERNAL TABLE wrong (id string) {handler} {mapping}"
    step = installation.add_step(cluster, "hive", "-e", statement)
    installation.wait_step(cluster, step, "FAILED")
    assert "The key element id does not match type" in installation.step_log(cluster, step, "stderr")


def test_spark_reads_and_writes_items(installation: Installation, cluster: str, dynamodb: Any) -> None:
    command = f"hadoop fs -get {SCRIPTS}/dynamodb.scala /tmp/ && spark-shell --jars {JAR} -i /tmp/dynamodb.scala"
    step = installation.add_step(cluster, "bash", "-c", command)
    installation.wait_step(cluster, step, "COMPLETED")
    assert f"COUNT {COUNT}" in installation.step_log(cluster, step)
    assert ids(dynamodb, "copies") == list(range(500))


def test_mapreduce_reads_items(installation: Installation, cluster: str) -> None:
    arguments = ["-Ddynamodb.input.tableName=provisioned", "-Dmapreduce.job.reduces=0"]
    arguments += ["-inputformat", "org.apache.hadoop.dynamodb.read.DynamoDBInputFormat", "-input", "ignored"]
    arguments += ["-mapper", "cat", "-output", f"s3://data/{PLACE}/streamed/"]
    installation.wait_step(cluster, installation.add_step(cluster, "hadoop", "jar", STREAMING, *arguments), "COMPLETED")
    assert len(written(installation, "streamed")) == 100


def test_a_killed_container_comes_back_with_its_tables(installation: Installation, cluster: str, dynamodb: Any) -> None:
    container = installation.docker.containers.get(f"localemr-{installation.name}-dynamodb")
    for end in (container.kill, lambda: container.remove(force=True)):
        end()
        assert dynamodb.describe_table(TableName="orders")["Table"]["TableStatus"] == "ACTIVE"
        assert dynamodb.list_tables()["TableNames"] == ["copies", "orders", "provisioned"]
    step = installation.add_step(cluster, "hive", "-e", "SELECT count(*) FROM orders")
    container = installation.docker.containers.get(f"localemr-{installation.name}-dynamodb")
    container.kill()  # while the statement runs, or before: it waits
    installation.wait_step(cluster, step, "COMPLETED")
    assert str(COUNT) in installation.step_log(cluster, step)
