"""A release label at work: a transient cluster of it runs PySpark, Hive, MapReduce and s3-dist-cp on s3://, and its
logs are under LogUri.

`make test` tries two labels, `make test-labels` all that run, and writes what it saw to docs/releases.md.
"""

from __future__ import annotations

import json
import os
import re
import time
from typing import Any

import pytest

from localemr.releases import releases
from tests.cluster.installation import SCRIPTS, Installation, cluster_request

LABELS = os.environ.get("TEST_LABELS", "emr-7.13.0 emr-6.15.0").split()
TEXT = b"to be or not to be\n" * 50
COUNTS = {"be": 100, "not": 50, "or": 50, "to": 100}
EXAMPLES = "/usr/lib/hadoop-mapreduce/hadoop-mapreduce-examples.jar"


def steps(bucket: str) -> list[dict[str, Any]]:
    """One step of each kind; each writes to a folder of its name."""
    text, base = f"s3://{bucket}/text/", f"s3://{bucket}"
    script = ["hive-script", "--run-hive-script", "--args", "-f", f"{base}/label.q"]
    scripts = f"{base}/mapper.py,{base}/reducer.py"
    reduce = ["-D", "mapreduce.job.reduces=1", "-mapper", "mapper.py", "-reducer", "reducer.py"]
    copied = ["--src", f"{base}/mapreduce/", "--dest", f"{base}/copied/", "--srcPattern", ".*part.*"]
    commands = {
        "hive": [*script, "-d", f"INPUT={text}", "-d", f"OUTPUT={base}/hive"],
        "spark": ["spark-submit", f"{base}/label.py", text, f"{base}/spark"],
        "mapreduce": ["hadoop", "jar", EXAMPLES, "wordcount", text, f"{base}/mapreduce"],
        "streaming": ["hadoop-streaming", "-files", scripts, *reduce, "-input", text, "-output", f"{base}/streaming"],
        "copied": ["s3-dist-cp", *copied],
    }
    return [
        {
            "Name": name,
            "ActionOnFailure": "TERMINATE_CLUSTER",
            "HadoopJarStep": {"Jar": "command-runner.jar", "Args": args},
        }
        for name, args in commands.items()
    ]


def counted(installation: Installation, bucket: str, folder: str) -> dict[str, int]:
    """The words of the text files in a folder of a bucket, with their numbers."""
    listed = installation.s3.list_objects_v2(Bucket=bucket, Prefix=f"{folder}/").get("Contents", [])
    bodies = [installation.s3.get_object(Bucket=bucket, Key=each["Key"])["Body"].read().decode() for each in listed]
    rows = [line.split("\t") for body in bodies for line in body.splitlines()]
    return {word: int(number) for word, number in rows}


def check_versions(installation: Installation, cluster_id: str, spark_step: str, label: str, record: Any) -> None:
    """That the job met the versions that docs/releases.md declares, and counted right, in Hive's table too."""
    release = releases()[label]
    seen = json.loads(installation.log(f"{cluster_id}/steps/{spark_step}/stdout.gz"))
    assert seen.pop("counted") == {word.upper(): number for word, number in COUNTS.items()}
    assert seen.pop("hive") == sorted([word, number] for word, number in COUNTS.items())
    assert seen == {
        "Spark": release.version("Spark"),
        "Hadoop": release.version("Hadoop"),
        "Java": str(release.java_of("Spark")),
        "Python": release.default_python,
    }
    record("versions", ", ".join(f"{name} {version}" for name, version in seen.items()))


def check_logs(installation: Installation, cluster_id: str, step_ids: list[str]) -> None:
    """That logs of each kind are under LogUri: the steps', their containers', the daemons'."""
    keys = "\n".join(installation.keys(f"{cluster_id}/"))
    for step_id in step_ids:
        for name in ("controller", "syslog", "stdout", "stderr"):
            assert f"{cluster_id}/steps/{step_id}/{name}.gz" in keys
    for pattern in (r"containers/application_\d+_\d+/container_\w+/syslog.gz", r"/hadoop-yarn/\S*resourcemanager",
                    r"/hadoop-hdfs/\S*namenode", r"/hive/", r"hadoop-mapreduce/history/.*jhist.gz"):  # fmt: skip
        assert re.search(pattern, keys), f"{pattern} in\n{keys}"


@pytest.mark.parametrize("label", LABELS)
def test_its_jobs_run(installation: Installation, label: str, record_property: Any) -> None:
    bucket = label.replace(".", "-")
    began = time.monotonic()
    installation.localemr("images", "build", label, "--applications", "Spark,Hive")
    record_property("build_seconds", round(time.monotonic() - began))
    installation.s3.create_bucket(Bucket=bucket)
    installation.s3.put_object(Bucket=bucket, Key="text/a.txt", Body=TEXT)
    for name in ("label.py", "label.q", "mapper.py", "reducer.py"):
        installation.s3.upload_file(str(SCRIPTS / name), bucket, name)
    request = cluster_request(label, core=0, ReleaseLabel=label, Applications=[{"Name": "Spark"}, {"Name": "Hive"}])
    request["Instances"]["KeepJobFlowAliveWhenNoSteps"] = False
    began = time.monotonic()
    cluster_id = str(installation.emr.run_job_flow(**request, Steps=steps(bucket))["JobFlowId"])
    ended = installation.wait_state(cluster_id, "TERMINATED", "TERMINATED_WITH_ERRORS")
    record_property("seconds", round(time.monotonic() - began))
    done = installation.emr.list_steps(ClusterId=cluster_id)["Steps"]
    assert {step["Status"]["State"] for step in done} == {"COMPLETED"}, done
    assert ended["Status"]["StateChangeReason"]["Code"] == "ALL_STEPS_COMPLETED"
    assert ended["ReleaseLabel"] == label
    for folder in ("hive", "mapreduce", "streaming", "copied"):
        assert counted(installation, bucket, folder) == COUNTS, folder
    ids = {step["Name"]: step["Id"] for step in done}
    check_versions(installation, cluster_id, ids["spark"], label, record_property)
    check_logs(installation, cluster_id, [*ids.values()])
