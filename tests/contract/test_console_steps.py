"""Every kind of step in the web console: its form, its line of the AWS CLI, the step that becomes of it."""

from __future__ import annotations

import json
import shlex
from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.console_visitor import Visitor, run

SENT: dict[str, tuple[dict[str, str], str, list[str], str]] = {
    "spark": (
        {"deploy_mode": "client", "application": "s3://code/job.jar", "options": "--class 'org example' --conf a=b",
         "arguments": "s3://in 'x y'"},
        "command-runner.jar",
        ["spark-submit", "--deploy-mode", "client", "--class", "org example", "--conf", "a=b", "s3://code/job.jar",
         "s3://in", "x y"],
        "SPARK",
    ),
    "streaming": (
        {"mapper": "s3://code/map.py 1", "reducer": "aggregate", "input": "s3://in/", "output": "s3://out/",
         "arguments": "-D mapreduce.job.reduces=2"},
        "command-runner.jar",
        ["hadoop-streaming", "-files", "s3://code/map.py", "-D", "mapreduce.job.reduces=2", "-mapper", "map.py 1",
         "-reducer", "aggregate", "-input", "s3://in/", "-output", "s3://out/"],
        "STREAMING",
    ),
    "hive": (
        {"script": "s3://code/q.q", "input": "s3://in/", "output": "s3://out/", "arguments": "--hiveconf a=b"},
        "command-runner.jar",
        ["hive-script", "--run-hive-script", "--args", "-f", "s3://code/q.q", "-d", "INPUT=s3://in/", "-d",
         "OUTPUT=s3://out/", "--hiveconf", "a=b"],
        "HIVE",
    ),
    "pig": (
        {"script": "s3://code/q.pig", "input": "s3://in/", "arguments": "-p A=b"},
        "command-runner.jar",
        ["pig-script", "--run-pig-script", "--args", "-f", "s3://code/q.pig", "-p", "INPUT=s3://in/", "-p", "A=b"],
        "PIG",
    ),
    "jar": (
        {"jar": "s3://code/own.jar", "main_class": "org.Main", "arguments": "1 ''"}, "s3://code/own.jar", ["1", ""],
        "CUSTOM_JAR",
    ),
    "shell": (
        {"script": "s3://code/job.sh", "arguments": "a 'b c'"},
        "s3://us-east-1.elasticmapreduce/libs/script-runner/script-runner.jar", ["s3://code/job.sh", "a", "b c"],
        "CUSTOM_JAR",
    ),
    "command": (
        {"commands": "echo 'a b' &&\r\nhdfs dfs -ls /"}, "command-runner.jar",
        ["bash", "-c", "echo 'a b' &&\nhdfs dfs -ls /"], "CUSTOM_JAR",
    ),
}  # fmt: skip
"""Kind → fields, and the jar, arguments and the AWS CLI's type of the step."""


def line(command: str) -> dict[str, Any]:
    """The step in a line of `aws emr add-steps`."""
    words = shlex.split(command)
    assert words[:4] == ["aws", "emr", "add-steps", "--cluster-id"]
    return dict(json.loads(words[words.index("--steps") + 1])[0])


@pytest.mark.parametrize("kind", SENT)
def test_a_step_of_each_kind(memory: MemoryEmr, visitor: Visitor, kind: str) -> None:
    fields, jar, args, cli_type = SENT[kind]
    cluster_id, emr = run(memory), memory.client()
    path = f"/console/clusters/{cluster_id}/add-step/{kind}"
    common = {"name": "mine", "on_failure": "CANCEL_AND_WAIT"}
    shown = line(visitor.send(path, only="check", **common, **fields).checked["command"])
    assert (shown["Type"], shown["Name"], shown["ActionOnFailure"]) == (cli_type, "mine", "CANCEL_AND_WAIT")
    assert args[-len(shown["Args"]) :] == shown["Args"]
    assert (shown.get("Jar") == jar) == (cli_type == "CUSTOM_JAR")
    assert emr.list_steps(ClusterId=cluster_id)["Steps"] == []
    assert visitor.send(path, **common, **fields).status == 303
    step = emr.list_steps(ClusterId=cluster_id)["Steps"][0]
    assert (step["Config"]["Jar"], step["Config"]["Args"]) == (jar, args)
    assert (step["Name"], step["ActionOnFailure"]) == ("mine", "CANCEL_AND_WAIT")
    assert step["Config"].get("MainClass", "") == fields.get("main_class", "")


def test_kinds_are_those_of_the_clusters_applications(memory: MemoryEmr, visitor: Visitor) -> None:
    def kinds(cluster_id: str) -> list[str]:
        page = visitor.get(f"/console/clusters/{cluster_id}")
        first = next(each for each in page.links() if "/add-step/" in each)
        links = visitor.get(first).links()
        assert first in links
        return [each.rpartition("/")[2] for each in links if "/add-step/" in each]

    always = ["streaming", "jar", "shell", "command"]
    assert kinds(run(memory, Applications=[{"Name": "Hadoop"}])) == always
    assert kinds(run(memory)) == ["spark", *always]
    both = [{"Name": "Spark"}, {"Name": "Hive"}]
    assert kinds(run(memory, Applications=both)) == ["spark", "streaming", "hive", "jar", "shell", "command"]


@pytest.mark.parametrize(
    ("kind", "change", "text"),
    [("spark", {"application": ""}, "Application: it is missing."),
     ("spark", {"options": "'"}, "spark-submit options:"),
     ("streaming", {"mapper": " "}, "Mapper: it is missing."), ("shell", {"arguments": '"'}, "Arguments:")],
)  # fmt: skip
def test_a_step_that_is_refused_is_not_added(
    memory: MemoryEmr, visitor: Visitor, kind: str, change: dict[str, str], text: str
) -> None:
    cluster_id = run(memory)
    page = visitor.send(f"/console/clusters/{cluster_id}/add-step/{kind}", **SENT[kind][0] | change)
    assert (page.status, text in page.text) == (400, True)
    assert memory.client().list_steps(ClusterId=cluster_id)["Steps"] == []
