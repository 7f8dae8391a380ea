"""Notebook executions."""

from __future__ import annotations

import re
from typing import Any

import pytest

from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import UNKNOWN, invalid, refusal, run, validation

EDITOR = "e-ABCDEFGHIJKLMNOPQRSTUVWXY"
NOBODY = "ex-" + "Z" * 28
DAY = 24 * 3600


@pytest.fixture
def cluster_id(endpoint: Endpoint, emr: Any) -> str:
    cluster_id = run(emr)
    endpoint.move(cluster_id, "WAITING")
    return cluster_id


def execution(cluster_id: str, **members: Any) -> dict[str, Any]:
    """A StartNotebookExecution request."""
    return {
        "EditorId": EDITOR,
        "RelativePath": "a.ipynb",
        "ExecutionEngine": {"Id": cluster_id},
        "ServiceRole": "service",
        **members,
    }


def start(emr: Any, cluster_id: str, **members: Any) -> str:
    execution_id: str = emr.start_notebook_execution(**execution(cluster_id, **members))["NotebookExecutionId"]
    return execution_id


def describe(emr: Any, execution_id: str) -> dict[str, Any]:
    found: dict[str, Any] = emr.describe_notebook_execution(NotebookExecutionId=execution_id)["NotebookExecution"]
    return found


def listed(emr: Any, **request: Any) -> list[str]:
    found = emr.list_notebook_executions(**request)["NotebookExecutions"]
    return [each["NotebookExecutionId"] for each in found]


@pytest.mark.shows("emr", "DescribeNotebookExecution")
def test_started_and_described(emr: Any, cluster_id: str) -> None:
    more = {
        "NotebookExecutionName": "n",
        "NotebookParams": '{"a": 1}',
        "EnvironmentVariables": {"A": "1"},
        "Tags": [{"Key": "k", "Value": "v"}],
        "OutputNotebookFormat": "HTML",
        "OutputNotebookS3Location": {"Bucket": "b", "Key": "out"},
    }
    execution_id = start(emr, cluster_id, **more)
    assert re.fullmatch(r"ex-[A-Z0-9]{28}", execution_id)
    found = describe(emr, execution_id)
    assert found.pop("StartTime").timestamp() == START
    assert found == {
        **more,
        "NotebookExecutionId": execution_id,
        "EditorId": EDITOR,
        "ExecutionEngine": {"Id": cluster_id, "Type": "EMR"},
        "Status": "STARTING",
        "LastStateChangeReason": "Execution is starting.",
        "Arn": f"arn:aws:elasticmapreduce:us-east-1:123456789012:notebook-execution/{execution_id}",
    }


@pytest.mark.shows("emr", "StartNotebookExecution")
def test_it_runs_on_with_time(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    execution_id = start(emr, cluster_id)
    for seconds, state in [(4.9, "STARTING"), (5, "RUNNING"), (14.9, "RUNNING")]:
        endpoint.now = START + seconds
        found = describe(emr, execution_id)
        assert (found["Status"], "EndTime" in found) == (state, False)
    for seconds in (15, 3600):
        endpoint.now = START + seconds
        found = describe(emr, execution_id)
        assert (found["Status"], found["EndTime"].timestamp()) == ("FINISHED", START + 15)
    assert "runs no notebooks" in found["LastStateChangeReason"]
    ended = invalid(f"Notebook execution '{execution_id}' has already ended; it is FINISHED.")
    assert refusal(emr.stop_notebook_execution, NotebookExecutionId=execution_id) == ended


@pytest.mark.shows("emr", "StopNotebookExecution")
def test_stop(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    execution_id = start(emr, cluster_id)
    endpoint.now = START + 7
    emr.stop_notebook_execution(NotebookExecutionId=execution_id)
    endpoint.now = START + 11
    emr.stop_notebook_execution(NotebookExecutionId=execution_id)
    assert describe(emr, execution_id)["Status"] == "STOPPING"
    endpoint.now = START + 60
    found = describe(emr, execution_id)
    assert (found["Status"], found["EndTime"].timestamp()) == ("STOPPED", START + 12)
    ended = invalid(f"Notebook execution '{execution_id}' has already ended; it is STOPPED.")
    assert refusal(emr.stop_notebook_execution, NotebookExecutionId=execution_id) == ended


@pytest.mark.shows("emr", "ListNotebookExecutions")
def test_filters(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    location = {"Bucket": "b", "Key": "k"}
    first = start(emr, cluster_id)
    endpoint.now = START + 10
    plain = {"ServiceRole": "r", "ExecutionEngine": {"Id": cluster_id}, "NotebookS3Location": location}
    second = emr.start_notebook_execution(**plain)["NotebookExecutionId"]
    assert listed(emr) == [second, first]
    assert listed(emr, EditorId=EDITOR) == [first]
    assert listed(emr, Status="STARTING") == [second]
    assert listed(emr, Status="RUNNING") == [first]
    assert listed(emr, Status="FAILED") == []
    assert listed(emr, ExecutionEngineId=cluster_id) == [second, first]
    assert listed(emr, ExecutionEngineId=UNKNOWN) == []
    assert listed(emr, From=START + 10) == [second]
    assert listed(emr, To=START + 9) == [first]
    assert refusal(emr.list_notebook_executions, From=START + 1, To=START) == invalid("From must not be later than To.")
    shown = emr.list_notebook_executions()["NotebookExecutions"][0]
    assert shown.pop("StartTime").timestamp() == START + 10
    assert shown == {
        "NotebookExecutionId": second,
        "Status": "STARTING",
        "NotebookS3Location": location,
        "ExecutionEngineId": cluster_id,
    }


def test_older_ones_are_listed_on_request(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    execution_id = start(emr, cluster_id)
    endpoint.now = START + 30 * DAY
    assert listed(emr) == [execution_id]
    endpoint.now += 1
    assert listed(emr) == []
    assert listed(emr, From=START) == [execution_id]
    # The default of From is reckoned from now, not from To.
    assert listed(emr, To=START) == []


def test_pages(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    made = []
    for number in range(51):
        endpoint.now = START + number
        made.append(start(emr, cluster_id))
    first = emr.list_notebook_executions()
    assert [each["NotebookExecutionId"] for each in first["NotebookExecutions"]] == made[:0:-1]
    assert listed(emr, Marker=first["Marker"]) == made[:1]


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"EditorId": "e-1"}, validation("editorId 'e-1' is not valid.")),
        ({"RelativePath": ""}, invalid("RelativePath must be specified with EditorId.")),
        (
            {"NotebookS3Location": {"Bucket": "b", "Key": "k"}},
            invalid("Exactly one of EditorId and NotebookS3Location must be specified."),
        ),
        (
            {"OutputNotebookS3Location": {"Bucket": "b"}},
            invalid("OutputNotebookS3Location must have a Bucket and a Key."),
        ),
        ({"ServiceRole": " "}, invalid("ServiceRole must not be empty.")),
        ({"NotebookParams": "[1]"}, invalid("NotebookParams must be a valid JSON object.")),
        ({"NotebookParams": "{"}, invalid("NotebookParams must be a valid JSON object.")),
        (
            {"Tags": [{"Key": ""}]},
            invalid("Invalid tag key: ''. Tag keys must be between 1 and 128 characters in length."),
        ),
        ({"ExecutionEngine": {"Id": "me"}}, validation("clusterId 'me' is not valid.")),
        ({"ExecutionEngine": {"Id": UNKNOWN}}, invalid(f"Cluster id '{UNKNOWN}' is not valid.")),
    ],
)
def test_requests_that_are_refused(
    emr: Any, cluster_id: str, members: dict[str, Any], expected: tuple[int, str, str]
) -> None:
    assert refusal(emr.start_notebook_execution, **execution(cluster_id, **members)) == expected
    assert listed(emr) == []


def test_the_cluster_has_to_be_ready(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    for state in ("STARTING", "TERMINATED"):
        endpoint.move(cluster_id, state)
        message = f"Cluster '{cluster_id}' must be in state RUNNING or WAITING; it is in state {state}."
        assert refusal(emr.start_notebook_execution, **execution(cluster_id)) == invalid(message)
    assert listed(emr) == []


def test_executions_that_do_not_exist(emr: Any) -> None:
    for call in (emr.describe_notebook_execution, emr.stop_notebook_execution):
        missing = invalid(f"Notebook execution '{NOBODY}' does not exist.")
        assert refusal(call, NotebookExecutionId=NOBODY) == missing
        assert refusal(call, NotebookExecutionId="x") == validation("notebookExecutionId 'x' is not valid.")


def test_tags(emr: Any, cluster_id: str) -> None:
    execution_id = start(emr, cluster_id)
    emr.add_tags(ResourceId=execution_id, Tags=[{"Key": "a", "Value": "1"}, {"Key": "b"}])
    emr.remove_tags(ResourceId=execution_id, TagKeys=["b"])
    assert describe(emr, execution_id)["Tags"] == [{"Key": "a", "Value": "1"}]
