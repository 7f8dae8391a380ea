"""A job reaches AWS's services without a setting, from every place, and chooses Glue's catalog itself."""

from __future__ import annotations

import json

from localemr.domain.node.shared_catalog import GLUE
from tests.cluster.installation import Installation

EMRFS = "com.amazon.ws.emr.hadoop.fs.EmrFileSystem"
COMMITTER = "com.amazon.emr.committer.EmrOptimizedSparkSqlParquetOutputCommitter"
CONF = {
    "spark.hadoop.hive.metastore.client.factory.class": GLUE,
    "spark.hadoop.fs.s3.impl": EMRFS,
    "spark.sql.parquet.output.committer.class": COMMITTER,
}


def test_a_job_reaches_every_service_in_every_way(installation: Installation, shared: str) -> None:
    installation.s3.put_object(Bucket="data", Key="reached/in.txt", Body=b"hello")
    installation.glue.create_database(DatabaseInput={"Name": "reached"})
    options = [word for name, value in CONF.items() for word in ("--conf", f"{name}={value}")]
    script = ["s3://data/scripts/reach_aws.py", "reached", "localemr", "localemr-secret"]
    step = installation.add_step(shared, "spark-submit", "--deploy-mode", "client", *options, *script)
    installation.wait_step(shared, step, "COMPLETED")
    found = json.loads(installation.s3.get_object(Bucket="data", Key="reached/found.json")["Body"].read())
    refused = found.pop("bare athena")
    assert "ServiceNotOfferedException" in refused and "LOCALEMR_REACH_AWS" in refused
    read = ("driver", "executor", "bucket below s3", "bucket below AWS's name", "global name, HTTP", "bare s3",
            "executor, AWS's name", "AWS's endpoint for S3A")  # fmt: skip
    others = {"bare sts": "000000000000", "bare emr": "RUNNING", "bare glue": "reached", "a database of AWS": 2,
              "databases": True, "EMRFS": 45}  # fmt: skip
    assert found == dict.fromkeys(read, "hello") | others


def test_cron_and_sudo_have_the_same_variables(installation: Installation, shared: str) -> None:
    core = installation.containers(shared, "CORE")[0]
    shown = installation.run_in(core, "sudo", "-u", "yarn", "env")
    for name in ("AWS_ENDPOINT_URL_S3", "AWS_ENDPOINT_URL_GLUE", "AWS_ENDPOINT_URL_EMR", "AWS_CA_BUNDLE", "AWS_REGION"):
        assert f"{name}=" in shown
        assert f"\n{name}=" in "\n" + installation.run_in(core, "cat", "/etc/environment")
