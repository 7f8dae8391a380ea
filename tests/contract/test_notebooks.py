"""Notebook executions."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.executions import KIND, Execution, ExecutionSpec, ExecutionStatus
from localemr.domain.model.records import Records
from localemr.domain.model.states import ExecutionState
from localemr.store import Resource
from localemr.testing.memory import MemoryEmr
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


def move(
    endpoint: Endpoint, cluster_id: str, state: ExecutionState, reason: str, ended: float | None = None, only: str = "",
    written: bool = False,
) -> None:  # fmt: skip
    """Give the active executions of a cluster (or one) a state, as the reconciler would."""

    def moved(old: Records) -> Records:
        status = ExecutionStatus(state, reason, ended, written)
        changed = (replace(each, status=status) if only in ("", each.id) else each for each in old.executions)
        return replace(old, executions=tuple(changed))

    endpoint.save(moved, cluster_id)


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
        "Status": "START_PENDING",
        "LastStateChangeReason": "Execution start is pending.",
        "Arn": f"arn:aws:elasticmapreduce:us-east-1:123456789012:notebook-execution/{execution_id}",
    }


@pytest.mark.shows("emr", "StartNotebookExecution")
def test_it_is_stored_for_the_reconciler(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    endpoint.woken.clear()
    variables = {"EnvironmentVariables": {"A": "1"}, "NotebookParams": '{"a": 1}', "OutputNotebookFormat": "HTML"}
    execution_id = start(emr, cluster_id, RelativePath="some/a.ipynb", **variables)
    assert endpoint.woken == [cluster_id]
    (found,) = endpoint.load(cluster_id).executions
    place = f"s3://aws-emr-resources-123456789012-us-east-1/notebooks/{EDITOR}"
    output = f"{place}/executions/{execution_id}/a.html"
    spec = ExecutionSpec(cluster_id, f"{place}/some/a.ipynb", output, '{"a": 1}', {"A": "1"}, html=True)
    assert found == Execution(execution_id, START, spec, ExecutionStatus())


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({}, "s3://b/in/executions/{}/a.ipynb"),
        ({"OutputNotebookS3Location": {"Bucket": "c", "Key": "out.ipynb"}}, "s3://c/out.ipynb"),
        ({"OutputNotebookS3Location": {"Bucket": "c", "Key": "out/"}}, "s3://c/out/{}/a.ipynb"),
    ],
)
def test_where_the_output_is_written(
    endpoint: Endpoint, emr: Any, cluster_id: str, output: dict[str, Any], expected: str
) -> None:
    plain = {"ServiceRole": "r", "ExecutionEngine": {"Id": cluster_id}}
    location = {"NotebookS3Location": {"Bucket": "b", "Key": "in/a.ipynb"}}
    execution_id = emr.start_notebook_execution(**plain, **location, **output)["NotebookExecutionId"]
    (found,) = endpoint.load(cluster_id).executions
    assert (found.spec.source, found.spec.output) == ("s3://b/in/a.ipynb", expected.format(execution_id))


def test_states_are_the_reconcilers(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    execution_id = start(emr, cluster_id)
    move(endpoint, cluster_id, ExecutionState.RUNNING, "Execution is running.")
    found = describe(emr, execution_id)
    assert (found["Status"], "EndTime" in found, "OutputNotebookURI" in found) == ("RUNNING", False, False)
    move(endpoint, cluster_id, ExecutionState.FAILED, "Cell 2 failed.", START + 9, written=True)
    found = describe(emr, execution_id)
    assert (found["Status"], found["LastStateChangeReason"]) == ("FAILED", "Cell 2 failed.")
    assert found["EndTime"].timestamp() == START + 9
    assert found["OutputNotebookURI"].endswith(f"/executions/{execution_id}/a.ipynb")
    assert endpoint.load(cluster_id).executions == ()
    ended = invalid(f"Notebook execution '{execution_id}' has already ended; it is FAILED.")
    assert refusal(emr.stop_notebook_execution, NotebookExecutionId=execution_id) == ended


@pytest.mark.shows("emr", "StopNotebookExecution")
def test_stop(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    execution_id = start(emr, cluster_id)
    endpoint.woken.clear()
    emr.stop_notebook_execution(NotebookExecutionId=execution_id)
    emr.stop_notebook_execution(NotebookExecutionId=execution_id)
    assert endpoint.woken == [cluster_id]
    assert describe(emr, execution_id)["Status"] == "STOP_PENDING"
    assert [each.spec.stopped for each in endpoint.load(cluster_id).executions] == [True]
    move(endpoint, cluster_id, ExecutionState.STOPPED, "Execution was stopped by the user.", START + 12)
    found = describe(emr, execution_id)
    assert (found["Status"], found["EndTime"].timestamp()) == ("STOPPED", START + 12)
    ended = invalid(f"Notebook execution '{execution_id}' has already ended; it is STOPPED.")
    assert refusal(emr.stop_notebook_execution, NotebookExecutionId=execution_id) == ended


def test_a_cluster_without_an_application_that_executes_notebooks_is_refused(endpoint: Endpoint, emr: Any) -> None:
    other = run(emr, Applications=[{"Name": "Hadoop"}])
    endpoint.move(other, "WAITING")
    refused = invalid(f"Cluster '{other}' does not have Spark installed.")
    assert refusal(emr.start_notebook_execution, **execution(other)) == refused
    assert listed(emr) == []


def test_executions_of_earlier_versions_are_shown(endpoint: Endpoint, emr: Any, cluster_id: str) -> None:
    execution_id = "ex-" + "A" * 28
    document = {"ExecutionEngine": {"Id": cluster_id}, "Tags": {}, "Arn": "arn", "Stopped": None}
    endpoint.server.do(lambda: endpoint.store.resources.put(KIND, Resource(execution_id, START, document)))
    assert describe(emr, execution_id)["Status"] == "FINISHED"
    ended = invalid(f"Notebook execution '{execution_id}' has already ended; it is FINISHED.")
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
    move(endpoint, cluster_id, ExecutionState.STARTING, "Execution is starting.", only=first)
    assert listed(emr, Status="START_PENDING") == [second]
    assert listed(emr, Status="STARTING") == [first]
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
        "Status": "START_PENDING",
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


@pytest.mark.parametrize(
    ("rule", "state", "reason"),
    [
        ({"result": "succeed"}, "FINISHED", "Execution is finished."),
        ({"result": "fail", "match": {"source": "*/a.ipynb"}, "message": "Cell 2."}, "FAILED", "Cell 2."),
        ({"result": "fail", "match": {"source": "*/b.ipynb"}}, "FINISHED", "Execution is finished."),
        ({"result": "hang"}, "STOPPED", "Execution was stopped by the user."),
    ],
)
def test_ends_in_memory_are_scripted(memory: MemoryEmr, rule: dict[str, Any], state: str, reason: str) -> None:
    """As those of steps: they succeed at once, unless a rule of the script has another result."""
    emr = memory.client()
    memory.control.add({"on": "notebook", **rule})
    cluster_id = run(emr, Applications=[{"Name": "JupyterEnterpriseGateway"}])
    until(lambda: emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"] == "WAITING")
    execution_id = start(emr, cluster_id)
    if rule["result"] == "hang":
        until(lambda: describe(emr, execution_id)["Status"] == "RUNNING")
        emr.stop_notebook_execution(NotebookExecutionId=execution_id)
    until(lambda: "EndTime" in describe(emr, execution_id))
    found = describe(emr, execution_id)
    assert (found["Status"], found["LastStateChangeReason"]) == (state, reason)


def until(look: Callable[[], bool]) -> None:
    """Wait for what becomes true within some passes."""
    for _ in range(2000):
        if look():
            return
        time.sleep(0.005)
    raise AssertionError("it did not become true")
