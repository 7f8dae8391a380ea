"""Steps of every kind on the shared cluster: those that end well, and those that fail and say why."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

import pytest

from tests.cluster.installation import Installation

EXAMPLES = "/usr/lib/hadoop-mapreduce/hadoop-mapreduce-examples.jar"
COMMON = "/usr/lib/hadoop/hadoop-common.jar"
SCRIPT_RUNNER = "s3://eu-west-1.elasticmapreduce/libs/script-runner/script-runner.jar"
SCRIPTS = "s3://data/scripts"
ODD = 'a b+c & é [1] {2} 100%20 "3" \\4?x=y#z.sh'
ODD_JAR = "a b+c%20é#1.jar"
TEXT = b"to be or not to be\n" * 50
COUNTS = "be\t100\nnot\t50\nor\t50\nto\t100\n"

NO_NETWORK = "UnknownHostException|ConnectException|SocketTimeoutException|NoRouteToHostException"

Run = Callable[[str], tuple[str, str]]


def jar(jar: str, *args: str, **more: Any) -> dict[str, Any]:
    return {"Jar": jar, "Args": list(args)} | more


def command(*args: str) -> dict[str, Any]:
    return jar("command-runner.jar", *args)


def streaming(mapper: str, output: str) -> Sequence[str]:
    files = f"{SCRIPTS}/mapper.py,{SCRIPTS}/reducer.py"
    return ("-files", files, "-D", "mapreduce.job.reduces=1", "-mapper", mapper, "-reducer", "reducer.py",
            "-input", "s3://data/text/", "-output", output)  # fmt: skip


GOOD: dict[str, dict[str, Any]] = {
    "bash": command("bash", "-c", "echo $(whoami) $PWD $EMR_STEP_ID; grep -h $EMR_STEP_ID /mnt/var/lib/info/steps/*"),
    "hdfs": command("hdfs", "dfs", "-put", COMMON, f"/user/hadoop/{ODD_JAR}"),
    "aws": command("aws", "s3", "cp", EXAMPLES, "s3://data/jars/examples.jar"),
    "debugging": command("state-pusher-script"),
    "script": jar(SCRIPT_RUNNER, f"{SCRIPTS}/pack_environment.sh", "s3://data/environment.tar.gz"),
    "odd script": jar(SCRIPT_RUNNER, f"s3://data/odd/{ODD}"),
    "local script": jar("s3://elasticmapreduce/libs/script-runner/script-runner.jar", "/usr/bin/env"),
    "streaming": command("hadoop-streaming", *streaming("mapper.py", "s3://data/streamed")),
    "hadoop jar": command("hadoop", "jar", EXAMPLES, "wordcount", "s3://data/text/", "/user/hadoop/counted"),
    "jar on S3": jar(f"s3://data/odd/{ODD_JAR}", "wordcount", "s3://data/text/", "s3://data/counted"),
    "jar on HDFS": jar(f"hdfs:///user/hadoop/{ODD_JAR}", MainClass="org.apache.hadoop.util.VersionInfo"),
    "properties": jar(
        COMMON, "-ls", "/", MainClass="org.apache.hadoop.fs.FsShell",
        Properties=[{"Key": "hadoop.root.logger", "Value": "DEBUG,console"}],
    ),
    "client": command("spark-submit", "--deploy-mode", "client", f"{SCRIPTS}/count_words.py", "s3://data/text/", "s3://data/out-client"),
    "everything": command(
        "spark-submit", "--deploy-mode", "cluster", "--py-files", "s3://data/helpers.zip",
        "--jars", "s3://data/jars/examples.jar", "--files", "s3://data/names.txt",
        "--archives", "s3://data/environment.tar.gz#environment",
        "--conf", "spark.pyspark.python=./environment/bin/python", f"{SCRIPTS}/with_everything.py",
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def run(installation: Installation, shared: str) -> Run:
    """Has a step of GOOD run, once, and gives its id and its standard output."""
    installation.s3.put_object(Bucket="data", Key="text/a.txt", Body=TEXT)
    installation.s3.put_object(Bucket="data", Key="names.txt", Body=b"Ada\n")
    installation.s3.put_object(Bucket="data", Key=f"odd/{ODD}", Body=b'#!/bin/sh\nprintf %s "$0"\n')
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("helpers/__init__.py", "")
        archive.writestr("helpers/greeting.py", "def greet(name):\n    return f'hello {name}'\n")
    installation.s3.put_object(Bucket="data", Key="helpers.zip", Body=packed.getvalue())

    @cache
    def step(name: str) -> tuple[str, str]:
        step_id = installation.add_step(shared, Name=name, HadoopJarStep=GOOD[name])
        installation.wait_step(shared, step_id, "COMPLETED")
        return step_id, installation.step_log(shared, step_id, "stdout")

    return step


def objects(installation: Installation, prefix: str) -> str:
    listed = installation.s3.list_objects_v2(Bucket="data", Prefix=f"{prefix}/part-")["Contents"]
    bodies = [installation.s3.get_object(Bucket="data", Key=entry["Key"])["Body"].read() for entry in listed]
    return b"".join(bodies).decode()


def test_a_command_finds_user_directory_environment_and_info_file(run: Run) -> None:
    step_id, out = run("bash")
    first, info = out.split("\n", 1)
    assert first == f"hadoop /mnt/var/lib/hadoop/steps/{step_id} {step_id}"
    shown = json.loads(info)
    assert (shown["id"], shown["state"], shown["args"][0]) == (step_id, "RUNNING", "bash")


def test_the_controller_log_has_emrs_lines(installation: Installation, shared: str, run: Run) -> None:
    step_id, _ = run("debugging")
    said = installation.step_log(shared, step_id, "controller")
    runner = "hadoop jar /var/lib/aws/emr/step-runner/hadoop-jars/command-runner.jar state-pusher-script"
    assert f"INFO startExec '{runner}'" in said
    assert f"INFO waitProcessCompletion ended with exit code 0 : {runner}" in said
    assert "INFO Step succeeded with exitCode 0 and took" in said
    assert "localemr-secret" not in said


def test_a_script_from_s3_runs_and_the_aws_cli_reaches_s3(installation: Installation, run: Run) -> None:
    run("script")
    assert installation.s3.head_object(Bucket="data", Key="environment.tar.gz")["ContentLength"] > 0
    _, out = run("local script")
    assert "EMR_STEP_ID=" in out
    step_id, out = run("odd script")
    assert out == f"/mnt/var/lib/hadoop/steps/{step_id}/{ODD}"


def test_streaming_with_its_programs_on_s3(installation: Installation, shared: str, run: Run) -> None:
    step_id, _ = run("streaming")
    assert objects(installation, "streamed") == COUNTS
    # As on EMR what Hadoop's client says is in the step's syslog.
    said = installation.step_log(shared, step_id, "syslog")
    assert "Job job_" in said
    assert "ProfileFileReader" not in said


def test_jars_on_the_master_on_s3_and_on_hdfs(installation: Installation, shared: str, run: Run) -> None:
    run("hadoop jar")
    master = installation.containers(shared, "MASTER")[0]
    assert installation.run_in(master, "hdfs", "dfs", "-cat", "/user/hadoop/counted/part-*") == COUNTS
    run("aws")
    source = {"Bucket": "data", "Key": "jars/examples.jar"}
    installation.s3.copy_object(Bucket="data", Key=f"odd/{ODD_JAR}", CopySource=source)
    run("jar on S3")
    assert objects(installation, "counted") == COUNTS
    run("hdfs")
    assert run("jar on HDFS")[1].startswith("Hadoop 3.")


def test_properties_are_system_properties_of_the_jar(installation: Installation, shared: str, run: Run) -> None:
    step_id, _ = run("properties")
    assert " DEBUG " in installation.step_log(shared, step_id, "stderr")


def test_a_driver_in_client_mode_writes_to_the_steps_streams(installation: Installation, shared: str, run: Run) -> None:
    step_id, out = run("client")
    assert "counted 300" in out
    said = installation.step_log(shared, step_id, "stderr")
    assert "INFO SparkContext" in said
    assert "ProfileFileReader" not in said


def test_spark_brings_modules_jars_files_and_an_environment(installation: Installation, shared: str, run: Run) -> None:
    run("aws")
    run("script")
    step_id, _ = run("everything")
    stderr = installation.step_log(shared, step_id, "stderr")
    application = next(word for word in stderr.split() if word.startswith("application_"))
    said = installation.application_logs(shared, application, "stdout")
    assert "hello packed | " in said
    assert "/environment | Ada | names.txt | step-" in said


def test_packages_come_from_the_registry(installation: Installation, shared: str) -> None:
    arguments = ("--packages", "org.apache.commons:commons-csv:1.10.0", f"{SCRIPTS}/with_package.py")
    step_id = installation.add_step(shared, "spark-submit", *arguments)
    ended = installation.wait_step(shared, step_id, "COMPLETED", "FAILED")
    if ended["State"] == "FAILED" and re.search(NO_NETWORK, installation.step_log(shared, step_id, "stderr")):
        pytest.skip("clusters on this machine reach no package registry")
    assert "Delimiter=<,>" in installation.step_log(shared, step_id, "stdout")  # Ivy may have written there before


BAD: dict[str, tuple[dict[str, Any], str, str, str]] = {
    "bash": (command("bash", "-c", "echo out of luck >&2; exit 3"), "Unknown Error.", "out of luck", "stderr"),
    "hdfs": (command("hdfs", "dfs", "-cat", "/nowhere"), "File not found.", "/nowhere", "stderr"),
    "aws": (command("aws", "s3", "cp", "s3://data/nowhere", "."), "Unknown Error.", "404", "stderr"),
    "script": (jar(SCRIPT_RUNNER, f"{SCRIPTS}/fail.sh"), "Unknown Error.", "no such package: left-pad", "stderr"),
    "no script": (jar(SCRIPT_RUNNER, f"{SCRIPTS}/nowhere.sh"), "File not found.", "nowhere.sh", "stderr"),
    "no bucket": (jar(SCRIPT_RUNNER, "s3://no-such-bucket/x.sh"), "Bucket not found.", "NoSuchBucket: ", "stderr"),
    "no object": (jar(SCRIPT_RUNNER, "s3://data/"), "Unknown Error.", "not the address of an object on S3", "stderr"),
    "no jar on S3": (jar("s3://data/nowhere.jar"), "File not found.", "nowhere.jar", "stderr"),
    "no jar on HDFS": (jar("hdfs:///nowhere.jar"), "File not found.", "nowhere.jar", "stderr"),
    "no jar": (jar("/home/hadoop/nowhere.jar"), "File not found.", "nowhere.jar", "stderr"),
    "no class": (jar(COMMON, MainClass="com.x.Missing"), "Main class not found.", "com.x.Missing", "stderr"),
    "output exists": (
        command("hadoop", "jar", EXAMPLES, "wordcount", "s3://data/text/", "/user"),
        "Output directory already exists.", "FileAlreadyExistsException", "stderr",
    ),
    "no input": (
        command("hadoop", "jar", EXAMPLES, "wordcount", "s3://data/nowhere/", "/user/hadoop/never"),
        "Input path does not exist.", "s3://data/nowhere", "stderr",
    ),
    "streaming": (
        command("hadoop-streaming", *streaming("grep -w nowhere", "/user/hadoop/never-streamed")),
        "Unknown Error.", "subprocess failed with code 1", "syslog",
    ),
    "sql": (command("spark-sql", "-e", "select * from missing"), "Unknown Error.", "TABLE_OR_VIEW_NOT_FOUND", "stderr"),
    "no input for Spark": (
        command("spark-submit", f"{SCRIPTS}/count_words.py", "s3://data/nowhere/", "s3://data/never"),
        "Input path does not exist.", "s3://data/nowhere", "stdout",
    ),
    "executor": (command("spark-submit", f"{SCRIPTS}/divide.py"), "Unknown Error.", "ZeroDivisionError", "stderr"),
    "no example": (command("spark-example", "NoSuchExample"), "Main class not found.", "NoSuchExample", "stderr"),
    "cluster mode": (
        command("spark-submit", "--deploy-mode", "cluster", f"{SCRIPTS}/broken.py"),
        "Unknown Error.", "the input was not what was promised", "stdout",
    ),
}  # fmt: skip


IN_CONTAINERS = ("cluster mode", "streaming")
"""Failures whose reason is in the log of a container."""


@pytest.mark.parametrize("name", BAD)
@pytest.mark.usefixtures("run")  # for the input on S3
def test_a_failing_step_says_why_and_where(installation: Installation, shared: str, name: str) -> None:
    job, reason, message, log_name = BAD[name]
    step_id = installation.add_step(shared, Name=name, HadoopJarStep=job)
    failure = installation.wait_step(shared, step_id, "FAILED")["FailureDetails"]
    assert message in failure["Message"]
    assert failure["Reason"] == reason
    place = "containers/application_" if name in IN_CONTAINERS else f"steps/{step_id}/"
    assert failure["LogFile"].startswith(f"s3://logs/{shared}/{place}")
    assert failure["LogFile"].endswith(f"/{log_name}.gz")
    if name not in IN_CONTAINERS:
        assert message in installation.step_log(shared, step_id, log_name)
    assert "Step failed with exitCode" in installation.step_log(shared, step_id, "controller")
