"""awswrangler's own cluster, made by the real package."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import boto3
import pytest

from localemr.testing.memory import MemoryEmr

wr = pytest.importorskip("awswrangler")


@pytest.fixture
def session(emr_memory: MemoryEmr) -> Iterator[boto3.Session]:
    """awswrangler led here."""
    address = emr_memory.client().meta.endpoint_url
    wr.config.emr_endpoint_url = wr.config.sts_endpoint_url = address
    yield boto3.Session("key", "secret", region_name="us-east-1")
    wr.config.reset()


def made(emr_memory: MemoryEmr, session: boto3.Session, release: str, **members: Any) -> dict[str, Any]:
    """The cluster that awswrangler makes."""
    cluster_id = wr.emr.create_cluster(
        subnet_id="subnet-0123456789abcdef0", emr_release=release, logging_s3_path="s3://logs/", boto3_session=session,
        **members,
    )  # fmt: skip
    found: dict[str, Any] = emr_memory.client().describe_cluster(ClusterId=cluster_id)["Cluster"]
    return found


@pytest.mark.parametrize(("release", "sent"), [("emr-7.9.0", "spark-log4j2"), ("emr-6.15.0", "spark-log4j")])
def test_with_its_defaults(emr_memory: MemoryEmr, session: boto3.Session, release: str, sent: str) -> None:
    """For labels with two digits in the middle it sends the classification of older ones."""
    cluster = made(emr_memory, session, release)
    assert (cluster["ReleaseLabel"], cluster["InstanceCollectionType"]) == (release, "INSTANCE_FLEET")
    assert sent in [each["Classification"] for each in cluster["Configurations"]]


@pytest.mark.parametrize("release", ["emr-7.9.0", "emr-6.15.0"])
def test_with_all_that_it_offers(emr_memory: MemoryEmr, session: boto3.Session, release: str) -> None:
    cluster = made(
        emr_memory, session, release,
        configurations=[{"Classification": "spark-log4j2", "Properties": {"rootLogger.level": "WARN"}}],
        docker=True, consistent_view=True, maximize_resource_allocation=True, spark_pyarrow=True,
        applications=["Hadoop", "Spark", "Hive", "Livy"], bootstraps_paths=["s3://code/setup.sh"],
        instance_num_on_demand_core=1, instance_num_spot_task=2, spark_defaults={"spark.executor.cores": "2"},
        steps=[wr.emr.build_step("spark-submit s3://code/job.py")], tags={"team": "a"},
        auto_termination_policy={"IdleTimeout": 600}, keep_cluster_alive_when_no_steps=False,
    )  # fmt: skip
    assert (cluster["ReleaseLabel"], cluster["Tags"]) == (release, [{"Key": "team", "Value": "a"}])
    names = [each["Classification"] for each in cluster["Configurations"]]
    assert {"container-executor", "emrfs-site", "livy-env", "presto-connector-hive", "spark-hive-site"} <= set(names)
    emr = emr_memory.client()
    fleets = emr.list_instance_fleets(ClusterId=cluster["Id"])["InstanceFleets"]
    assert [(each["InstanceFleetType"], each["TargetSpotCapacity"]) for each in fleets] == [
        ("MASTER", 0), ("CORE", 0), ("TASK", 2),
    ]  # fmt: skip
    steps = [each["Name"] for each in emr.list_steps(ClusterId=cluster["Id"])["Steps"]]
    assert steps == ["my-step", "Setup Hadoop Debugging"]
