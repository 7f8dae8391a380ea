"""The protocol: headers, bodies, malformed requests, operations that are not served, failures."""

from __future__ import annotations

import http.client
import json
import logging
import uuid
from typing import Any

import pytest

from localemr.api.model import service
from localemr.store import StoreFailure
from tests.contract.endpoint import Endpoint
from tests.contract.requests import cluster, refusal, run
from tests.contract.samples import sample

ALL = sorted(service("emr").operation_names)


def test_headers_and_bodies(endpoint: Endpoint) -> None:
    status, headers, body = endpoint.post("ListClusters", b"{}")
    assert (status, body) == (200, {"Clusters": []})
    assert headers["content-type"] == "application/x-amz-json-1.1"
    assert uuid.UUID(headers["x-amzn-requestid"])
    created = endpoint.post("RunJobFlow", json.dumps(cluster()).encode())[2]["JobFlowId"]
    status, headers, body = endpoint.post("TerminateJobFlows", json.dumps({"JobFlowIds": [created]}).encode())
    assert (status, headers["content-length"], body) == (200, "0", None)


def test_timestamps_are_numbers_on_the_wire(endpoint: Endpoint, emr: Any) -> None:
    endpoint.now = 1469034209.1434
    cluster_id = run(emr)
    body = endpoint.post("DescribeCluster", json.dumps({"ClusterId": cluster_id}).encode())[2]
    assert body["Cluster"]["Status"]["Timeline"] == {"CreationDateTime": 1469034209.143}


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "The request body is not valid JSON"),
        (b'{"Name":', "The request body is not valid JSON"),
        (b"[]", "Start of list found where not expected."),
        (b'{"Name":{}}', "Start of structure or map found where not expected."),
        (b'{"Name":1}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"Instances":"m5.xlarge"}', "STRING_VALUE found where start of structure or map was expected."),
        (b'{"Configurations":[' * 50000, "The request is nested too deeply."),
    ],
)
def test_malformed_requests(endpoint: Endpoint, body: bytes, message: str) -> None:
    status, headers, answer = endpoint.post("RunJobFlow", body)
    assert (status, headers["x-amzn-errortype"]) == (400, "SerializationException")
    assert answer["__type"] == "SerializationException"
    assert answer["message"] == answer["Message"]
    assert message in answer["Message"]
    assert endpoint.stored() == endpoint.woken == []


@pytest.mark.parametrize("target", [None, "", "Nope", "__init__"])
def test_unknown_operations(endpoint: Endpoint, target: str | None) -> None:
    status, headers, answer = endpoint.post(target, b"{}")
    assert (status, headers["x-amzn-errortype"]) == (404, "UnknownOperationException")
    assert answer["message"] == f"Could not find operation {target or 'null'}"


def test_model_constraints_are_the_servers_too(endpoint: Endpoint) -> None:
    status, _, answer = endpoint.post("RunJobFlow", b'{"Name":"n"}')
    assert status == 400
    assert answer["__type"] == "ValidationException"
    assert answer["message"] == (
        "1 validation error detected: Value null at 'instances' failed to satisfy constraint: Member must not be null"
    )


@pytest.mark.parametrize("operation", ALL)
def test_every_operation_answers_a_full_request_without_a_failure(endpoint: Endpoint, operation: str) -> None:
    shape = service("emr").operation_model(operation).input_shape
    status, headers, answer = endpoint.post(operation, json.dumps(sample(shape) if shape else {}).encode())
    kind = headers.get("x-amzn-errortype")
    assert (status, kind) in {(200, None), (400, "ValidationException"), (400, "InvalidRequestException")}, answer
    assert endpoint.stored() == []


@pytest.mark.parametrize(
    ("operation", "kind"),
    [("RunJobFlow", "InternalServerError"), ("ListClusters", "InternalServerException")],
)
def test_a_store_that_fails(endpoint: Endpoint, operation: str, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    def fail(*args: object, **named: object) -> None:
        raise StoreFailure("the database could not be written: database or disk is full")

    endpoint.store.add_cluster = fail  # type: ignore[method-assign]
    endpoint.store.clusters = fail  # type: ignore[assignment]
    body = cluster() if operation == "RunJobFlow" else {}
    status, _, answer = endpoint.post(operation, json.dumps(body).encode())
    assert (status, answer["__type"]) == (500, kind)
    assert "database or disk is full" in answer["message"]
    assert endpoint.woken == []
    assert "database or disk is full" in caplog.text


def test_what_nobody_foresaw_is_logged_and_not_shown(endpoint: Endpoint, caplog: pytest.LogCaptureFixture) -> None:
    def explode(*args: object, **named: object) -> None:
        raise ZeroDivisionError("secret detail")

    endpoint.store.clusters = explode  # type: ignore[assignment]
    with caplog.at_level(logging.ERROR):
        status, _, answer = endpoint.post("ListClusters", b"{}")
    assert (status, answer["__type"]) == (500, "InternalFailure")
    assert "secret" not in json.dumps(answer)
    assert "Traceback" not in json.dumps(answer)
    assert "secret detail" in caplog.text


def test_a_full_disk_stores_nothing(endpoint: Endpoint, emr: Any) -> None:
    def limit() -> None:
        pages = endpoint.store._db.execute("PRAGMA page_count").fetchone()[0]
        endpoint.store._db.execute(f"PRAGMA max_page_count={pages}")

    endpoint.server.do(limit)
    big = cluster(Configurations=[{"Classification": "core-site", "Properties": {"k": "v" * 100_000}}])
    status, kind, message = refusal(emr.run_job_flow, **big)
    assert (status, kind) == (500, "InternalServerError")
    assert "full" in message
    assert endpoint.stored() == endpoint.woken == []
    assert emr.list_clusters()["Clusters"] == []


def test_the_region_is_that_of_the_signature(endpoint: Endpoint) -> None:
    cluster_id = run(endpoint.client("eu-west-1"))
    shown = endpoint.client("us-east-2").describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert shown["ClusterArn"] == f"arn:aws:elasticmapreduce:eu-west-1:123456789012:cluster/{cluster_id}"
    answer = endpoint.post("RunJobFlow", json.dumps(cluster()).encode())[2]
    assert answer["ClusterArn"].startswith("arn:aws:elasticmapreduce:us-east-1:")


def test_health(endpoint: Endpoint) -> None:
    seen = []
    for healthy in (True, False):
        endpoint.healthy = (healthy, {"docker": "fine" if healthy else "away"})
        connection = http.client.HTTPConnection("127.0.0.1", endpoint.server.port, timeout=10)
        connection.request("GET", "/_localemr/health")
        answer = connection.getresponse()
        seen.append((answer.status, json.loads(answer.read())))
        connection.close()
    assert seen == [(200, {"docker": "fine"}), (503, {"docker": "away"})]
