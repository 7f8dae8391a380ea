"""A client whose connection broke before the reply sends its call again: it is not carried out twice."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import boto3
import pytest
from botocore.config import Config

from localemr.api.calls import Reply
from localemr.api.retries import LONGEST, MOST, Retries
from tests.contract.endpoint import Endpoint
from tests.contract.requests import cluster, run, step


class Breaking(ThreadingHTTPServer):
    """Passes each request on to a port of this host. The reply to the first of this operation is not sent back: the
    connection ends."""

    def __init__(self, port: int) -> None:
        super().__init__(("127.0.0.1", 0), Passing)
        self.port = port
        self.operation = ""
        self.passed = 0


class Passing(BaseHTTPRequestHandler):
    """One connection, with one request."""

    server: Breaking

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        connection = HTTPConnection("127.0.0.1", self.server.port)
        connection.request("POST", "/", body, dict(self.headers))
        reply = connection.getresponse()
        answer = reply.read()
        connection.close()
        if self.headers["X-Amz-Target"].endswith(f".{self.server.operation}"):
            self.server.passed += 1
            if self.server.passed == 1:
                return
        self.send_response(reply.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, format: str, *args: object) -> None:
        """Nothing is written."""


@pytest.fixture
def breaking(endpoint: Endpoint) -> Iterator[Breaking]:
    with Breaking(endpoint.server.port) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def client(breaking: Breaking) -> Iterator[Any]:
    """A client with its SDK's own retries."""
    client = boto3.client(
        "emr",
        endpoint_url=f"http://127.0.0.1:{breaking.server_address[1]}",
        region_name="us-east-1",
        aws_access_key_id="test",
        aws_secret_access_key="test",
        config=Config(retries={"max_attempts": 3, "mode": "standard"}),
    )
    yield client
    client.close()


def test_a_retried_call_makes_one_cluster(endpoint: Endpoint, breaking: Breaking, client: Any) -> None:
    breaking.operation = "RunJobFlow"
    cluster_id = client.run_job_flow(**cluster())["JobFlowId"]
    assert breaking.passed == 2
    assert [each["Id"] for each in client.list_clusters()["Clusters"]] == [cluster_id]
    assert endpoint.woken == [cluster_id]


def test_two_equal_calls_make_two_clusters(breaking: Breaking, client: Any) -> None:
    made = {client.run_job_flow(**cluster())["JobFlowId"] for _ in range(2)}
    assert len(made) == 2 == len(client.list_clusters()["Clusters"])


def test_a_retried_call_adds_its_steps_once(breaking: Breaking, client: Any) -> None:
    cluster_id = run(client)
    breaking.operation = "AddJobFlowSteps"
    step_ids = client.add_job_flow_steps(JobFlowId=cluster_id, Steps=[step("one"), step("two")])["StepIds"]
    assert breaking.passed == 2
    assert [each["Id"] for each in client.list_steps(ClusterId=cluster_id)["Steps"]] == step_ids[::-1]


FIRST, OTHER, REFUSED = cluster(), cluster(Name="other"), cluster(ReleaseLabel="emr-0.0.0")


@pytest.mark.parametrize(
    ("calls", "made"),
    [
        ([("a", FIRST), ("a", FIRST), ("a", FIRST)], 1),
        ([("a", FIRST), ("b", FIRST)], 2),
        ([("a", FIRST), ("a", OTHER)], 2),
        ([("a", REFUSED), ("a", FIRST)], 1),
        ([("", FIRST), ("", FIRST)], 2),
    ],
)
def test_the_same_call_has_the_same_id_and_body(
    endpoint: Endpoint, calls: list[tuple[str, dict[str, Any]]], made: int
) -> None:
    for name, request in calls:
        body = json.dumps(request).encode()
        endpoint.post("RunJobFlow", body, **({"amz-sdk-invocation-id": name} if name else {}))
    assert len(endpoint.stored()) == made


def test_the_oldest_replies_are_dropped_and_long_ones_are_not_kept() -> None:
    retries = Retries()
    keys = [("me", str(number), "RunJobFlow", b"") for number in range(MOST + 1)]
    for key in keys:
        retries.keep(key, Reply(200, b"{}", "text/plain"))
    assert [retries.get(key) is not None for key in (keys[0], keys[1], keys[-1])] == [False, True, True]
    retries.keep(keys[0], Reply(200, b" " * (LONGEST + 1), "text/plain"))
    retries.keep(keys[0], Reply(400, b"{}", "text/plain", error="ValidationException"))
    assert retries.get(keys[0]) is None
