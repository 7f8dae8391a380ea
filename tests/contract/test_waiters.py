"""SDK waiters: their calls are marked, held, and released by the change that they wait for."""

from __future__ import annotations

import http.client
import json
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import WaiterError

from localemr.api.waiters import is_marked
from tests.contract.endpoint import Endpoint
from tests.contract.requests import run, step

MARKED = {"User-Agent": "Boto3/1.44.5 md/Botocore#1.44.5 ua/2.1 m/Z,B,b cfg/retry-mode#standard"}
PATIENCE = 10
"""Seconds after which a test gives up on something that should happen at once."""

ONCE = {"Delay": 1, "MaxAttempts": 1}
"""A waiter that asks once: it succeeds only if its one call is held."""


@pytest.fixture
def threads() -> Iterator[ThreadPoolExecutor]:
    with ThreadPoolExecutor(4) as pool:
        yield pool


def until(what: Callable[[], bool]) -> None:
    """Wait until it holds; the server's loop is requested again and again, as fast as it answers."""
    end = time.monotonic() + PATIENCE
    while not what():
        assert time.monotonic() < end, "it did not happen"


def describe(endpoint: Endpoint, cluster_id: str, **headers: str) -> str:
    """State of the cluster, requested by a raw request with these headers."""
    named = {"User-Agent": MARKED["User-Agent"]} | {name.replace("_", "-"): value for name, value in headers.items()}
    body = endpoint.post("DescribeCluster", json.dumps({"ClusterId": cluster_id}).encode(), **named)[2]
    state: str = body["Cluster"]["Status"]["State"]
    return state


def held(endpoint: Endpoint, cluster_id: str, count: int = 1) -> None:
    """Wait until so many calls are held for the cluster."""
    until(lambda: endpoint.waiting(cluster_id) == count)


@pytest.mark.parametrize(
    ("agent", "marked"),
    [
        (MARKED["User-Agent"], True),
        ("m/B", True),
        ("x m/D,B", True),
        ("x m/D,b", False),
        ("x m/C,AB,BC", False),
        ("x md/B", False),
        ("aws-cli/1.46 B", False),
        ("", False),
    ],
)
def test_marks(agent: str, marked: bool) -> None:
    assert is_marked(agent) is marked


def test_boto3_marks_waiters_and_nothing_else(endpoint: Endpoint, emr: Any) -> None:
    agents: list[str] = []
    emr.meta.events.register("before-send.emr.*", lambda request, **_: agents.append(request.headers["User-Agent"]))
    cluster_id = run(emr)
    emr.describe_cluster(ClusterId=cluster_id)
    endpoint.move(cluster_id, "WAITING")
    emr.get_waiter("cluster_running").wait(ClusterId=cluster_id, WaiterConfig=ONCE)
    texts = [agent.decode() if isinstance(agent, bytes) else agent for agent in agents]
    assert [is_marked(agent) for agent in texts] == [False, False, True]


def test_cluster_running_returns_when_the_cluster_runs(
    endpoint: Endpoint, emr: Any, threads: ThreadPoolExecutor
) -> None:
    cluster_id = run(emr)
    waiter = threads.submit(emr.get_waiter("cluster_running").wait, ClusterId=cluster_id, WaiterConfig=ONCE)
    held(endpoint, cluster_id)
    endpoint.move(cluster_id, "BOOTSTRAPPING")
    held(endpoint, cluster_id)
    assert not waiter.done()
    endpoint.move(cluster_id, "RUNNING")
    assert waiter.result(PATIENCE) is None


def test_cluster_running_fails_when_the_start_fails(endpoint: Endpoint, emr: Any, threads: ThreadPoolExecutor) -> None:
    cluster_id = run(emr)
    waiter = threads.submit(emr.get_waiter("cluster_running").wait, ClusterId=cluster_id, WaiterConfig=ONCE)
    held(endpoint, cluster_id)
    endpoint.move(cluster_id, "TERMINATING")
    assert "terminal failure state" in str(waiter.exception(PATIENCE))


def test_the_end_of_a_cluster_that_still_starts_is_awaited(
    endpoint: Endpoint, emr: Any, threads: ThreadPoolExecutor
) -> None:
    cluster_id = run(emr)
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    waiter = threads.submit(emr.get_waiter("cluster_terminated").wait, ClusterId=cluster_id, WaiterConfig=ONCE)
    held(endpoint, cluster_id)
    endpoint.move(cluster_id, "TERMINATING")
    held(endpoint, cluster_id)
    endpoint.move(cluster_id, "TERMINATED")
    assert waiter.result(PATIENCE) is None


def test_cluster_terminated_returns_when_the_cluster_has_ended(
    endpoint: Endpoint, emr: Any, threads: ThreadPoolExecutor
) -> None:
    cluster_id = run(emr)
    endpoint.move(cluster_id, "WAITING")
    emr.terminate_job_flows(JobFlowIds=[cluster_id])
    waiter = threads.submit(emr.get_waiter("cluster_terminated").wait, ClusterId=cluster_id, WaiterConfig=ONCE)
    held(endpoint, cluster_id)
    endpoint.move(cluster_id, "TERMINATING")
    held(endpoint, cluster_id)
    assert not waiter.done()
    endpoint.move(cluster_id, "TERMINATED")
    assert waiter.result(PATIENCE) is None


@pytest.mark.parametrize(("last", "good"), [("COMPLETED", True), ("FAILED", False), ("CANCELLED", False)])
def test_step_complete(endpoint: Endpoint, emr: Any, threads: ThreadPoolExecutor, last: str, good: bool) -> None:
    cluster_id = run(emr, Steps=[step()])
    step_id = endpoint.load(cluster_id).steps[0].id
    waiter: Future[None] = threads.submit(
        emr.get_waiter("step_complete").wait, ClusterId=cluster_id, StepId=step_id, WaiterConfig=ONCE
    )
    for state in ("RUNNING", "CANCEL_PENDING"):
        held(endpoint, cluster_id)
        endpoint.move_step(cluster_id, step_id, state)
        held(endpoint, cluster_id)
        assert not waiter.done()
    endpoint.move_step(cluster_id, step_id, last)
    error = waiter.exception(PATIENCE)
    assert error is None if good else isinstance(error, WaiterError)


@pytest.mark.parametrize("state", ["RUNNING", "WAITING"])
def test_a_ready_cluster_is_shown_at_once_however_often(
    endpoint: Endpoint, emr: Any, threads: ThreadPoolExecutor, state: str
) -> None:
    """A program that polls with a waiter's mark: no call is held because of an earlier one."""
    cluster_id = run(emr)
    first = threads.submit(describe, endpoint, cluster_id)
    held(endpoint, cluster_id)
    endpoint.move(cluster_id, state)
    assert first.result(PATIENCE) == state
    for pause in (1, 6, 30, 299, 301):
        endpoint.now += pause
        again = threads.submit(describe, endpoint, cluster_id)
        assert again.result(PATIENCE) == state


def test_held_calls_are_bounded_in_number(make_endpoint: Callable[..., Endpoint], threads: ThreadPoolExecutor) -> None:
    endpoint = make_endpoint(most_held=2)
    cluster_id = run(endpoint.client())
    calls = [threads.submit(describe, endpoint, cluster_id) for _ in range(2)]
    held(endpoint, cluster_id, 2)
    assert threads.submit(describe, endpoint, cluster_id).result(PATIENCE) == "STARTING"
    endpoint.move(cluster_id, "RUNNING")
    assert [call.result(PATIENCE) for call in calls] == ["RUNNING"] * 2
    other = run(endpoint.client())
    again = threads.submit(describe, endpoint, other)
    held(endpoint, other)
    endpoint.move(other, "RUNNING")
    assert again.result(PATIENCE) == "RUNNING"


def test_nothing_is_held_for_long(make_endpoint: Callable[..., Endpoint]) -> None:
    endpoint = make_endpoint(hold_seconds=0.05)
    cluster_id = run(endpoint.client(), Steps=[step()])
    assert describe(endpoint, cluster_id) == "STARTING"
    body = json.dumps({"ClusterId": cluster_id, "StepId": endpoint.load(cluster_id).steps[0].id}).encode()
    answer = endpoint.post("DescribeStep", body, **MARKED)[2]
    assert answer["Step"]["Status"]["State"] == "PENDING"
    assert endpoint.waiting(cluster_id) == 0


def test_changes_do_not_prolong_the_hold(make_endpoint: Callable[..., Endpoint], threads: ThreadPoolExecutor) -> None:
    endpoint = make_endpoint(hold_seconds=0.2)
    cluster_id = run(endpoint.client())
    call = threads.submit(describe, endpoint, cluster_id)
    end = time.monotonic() + PATIENCE
    while not call.done():
        assert time.monotonic() < end
        endpoint.server.do(lambda: endpoint.changes.notify(cluster_id))
    assert call.result() == "STARTING"


def test_unmarked_calls_and_other_operations_do_not_wait(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, Steps=[step()])
    step_id = endpoint.load(cluster_id).steps[0].id
    assert emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["State"] == "STARTING"
    assert emr.describe_step(ClusterId=cluster_id, StepId=step_id)["Step"]["Status"]["State"] == "PENDING"
    assert endpoint.post("ListClusters", b"{}", **MARKED)[0] == 200
    assert endpoint.post("ListSteps", json.dumps({"ClusterId": cluster_id}).encode(), **MARKED)[0] == 200


def test_what_does_not_exist_is_refused_at_once(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    for operation, request in [
        ("DescribeCluster", {"ClusterId": "j-ZZZZZZZZZZZZZ"}),
        ("DescribeStep", {"ClusterId": cluster_id, "StepId": "s-X"}),
    ]:
        status, _, answer = endpoint.post(operation, json.dumps(request).encode(), **MARKED)
        assert (status, answer["__type"]) == (400, "InvalidRequestException")


def test_a_client_that_hangs_up_is_let_go(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr)
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.server.port, timeout=PATIENCE)
    headers = {
        "X-Amz-Target": "ElasticMapReduce.DescribeCluster",
        "Content-Type": "application/x-amz-json-1.1",
    } | MARKED
    connection.request("POST", "/", json.dumps({"ClusterId": cluster_id}), headers)
    held(endpoint, cluster_id)
    connection.close()
    held(endpoint, cluster_id, 0)


def test_the_controllers_end_lets_everybody_go(endpoint: Endpoint, emr: Any, threads: ThreadPoolExecutor) -> None:
    cluster_id = run(emr)
    calls = [threads.submit(describe, endpoint, cluster_id) for _ in range(3)]
    held(endpoint, cluster_id, 3)
    endpoint.server.do(endpoint.changes.close)
    assert [call.result(PATIENCE) for call in calls] == ["STARTING"] * 3
    assert describe(endpoint, cluster_id) == "STARTING"


def test_the_server_answers_others_while_it_holds(endpoint: Endpoint, emr: Any, threads: ThreadPoolExecutor) -> None:
    cluster_id = run(emr)
    call = threads.submit(describe, endpoint, cluster_id)
    held(endpoint, cluster_id)
    other = run(emr)
    assert [each["Id"] for each in emr.list_clusters()["Clusters"]] == sorted([other, cluster_id], reverse=True)
    assert endpoint.waiting(cluster_id) == 1
    endpoint.move(cluster_id, "RUNNING")
    assert call.result(PATIENCE) == "RUNNING"
