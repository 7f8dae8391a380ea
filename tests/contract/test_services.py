"""Services side by side: what each record says is so, and a service is added by one folder and one line."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.parsers import create_parser
from botocore.serialize import create_serializer

from localemr.api.access import Access
from localemr.api.answers import Answers
from localemr.api.front import Front
from localemr.api.model import operation_model, service
from localemr.api.waiters import Waiters
from localemr.aws.service import Service
from tests.contract import toy
from tests.contract.endpoint import Endpoint

TIMES = {"StartTime": datetime(2026, 1, 1, tzinfo=UTC), "EndTime": datetime(2026, 1, 2, tzinfo=UTC)}
DATA = [
    {"MetricName": name, "Timestamp": datetime(2026, 1, 1, 12, number, tzinfo=UTC), "Value": number + 0.5,
     "Unit": "Count", "Dimensions": [{"Name": "JobFlowId", "Value": f"j-{number} <&> é"}]}
    for number, name in enumerate(("IsIdle", "AppsRunning", "HDFSUtilization"))
]  # fmt: skip


PROTOCOLS = ("json", "query", "smithy-rpc-v2-cbor")


class Client:
    """Calls as boto3 writes them, and answers as it reads them, in a protocol."""

    def __init__(self, endpoint: Endpoint, protocol: str) -> None:
        self._endpoint, self._protocol = endpoint, protocol

    def call(self, operation: str, **request: Any) -> tuple[int, Any]:
        model = operation_model("cloudwatch", operation)
        sent = create_serializer(self._protocol, include_validation=False).serialize_to_request(request, model)
        body = urlencode(sent["body"], doseq=True) if isinstance(sent["body"], dict) else sent["body"]
        status, headers, answer = self._endpoint.exchange(
            body.encode() if isinstance(body, str) else body, sent["headers"], sent["url_path"]
        )
        reply = {"status_code": status, "headers": headers, "body": answer}
        return status, create_parser(self._protocol).parse(reply, model.output_shape)


def front_of(endpoint: Endpoint, *services: Service) -> Front:
    return Front(services, Waiters(endpoint.changes), Answers(endpoint.changes, lambda: 0.0))


@pytest.fixture(params=[(each, threads) for each in PROTOCOLS for threads in (0, 2)], ids=str)
def cloudwatch(request: pytest.FixtureRequest, make_endpoint: Callable[..., Endpoint]) -> Client:
    protocol, threads = request.param
    return Client(make_endpoint(others=[toy.service(threads)]), protocol)


def test_a_new_service_is_called_in_its_protocols(cloudwatch: Client) -> None:
    assert cloudwatch.call("PutMetricData", Namespace="AWS/ElasticMapReduce", MetricData=DATA)[0] == 200
    found, token = [], {}
    for size in (toy.PAGE, 1):
        status, answer = cloudwatch.call("ListMetrics", **token)
        assert (status, len(answer["Metrics"])) == (200, size)
        found += answer["Metrics"]
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
    assert not token
    wanted = [{name: each[name] for name in ("MetricName", "Dimensions")} for each in DATA]
    assert found == [{"Namespace": "AWS/ElasticMapReduce", **each} for each in wanted]
    statistics = {"Namespace": "n", "MetricName": "IsIdle", "Period": 60, **TIMES}
    points = cloudwatch.call("GetMetricStatistics", **statistics)[1]["Datapoints"]
    assert points == [{"Timestamp": each["Timestamp"], "Sum": each["Value"], "Unit": "Count"} for each in DATA]


def test_errors_of_a_new_service(cloudwatch: Client) -> None:
    status, answer = cloudwatch.call("GetDashboard", DashboardName="d")
    assert (status, answer["Error"]["Code"]) == (404, "ResourceNotFound")
    assert answer["Error"]["Message"] == "Dashboard d does not exist"
    status, answer = cloudwatch.call("DeleteDashboards", DashboardNames=["x"])
    assert (status, answer["Error"]["Message"]) == (500, "explained: x")
    assert cloudwatch.call("ListDashboards")[0] in (400, 404)
    status, answer = cloudwatch.call("GetDashboard")
    assert (status, "Value null at 'dashboardName'" in answer["Error"]["Message"]) == (400, True)


def test_a_new_service_checks_signatures(make_endpoint: Callable[..., Endpoint]) -> None:
    endpoint = make_endpoint(others=[toy.service()], access=Access({"key": "secret"}))
    for protocol in PROTOCOLS:
        status, answer = Client(endpoint, protocol).call("ListMetrics")
        assert (status, answer["Error"]["Code"]) == (403, "MissingAuthenticationTokenException")


def test_a_new_service_leaves_the_others_as_they_are(make_endpoint: Callable[..., Endpoint]) -> None:
    endpoint = make_endpoint(others=[toy.service()])
    assert endpoint.client().list_clusters()["Clusters"] == []
    assert endpoint.client(service="glue").get_databases()["DatabaseList"]
    assert endpoint.client(service="sts").get_caller_identity()["Account"] == "123456789012"


def test_a_service_with_threads_does_not_hold_up_the_others(make_endpoint: Callable[..., Endpoint]) -> None:
    started, go_on = threading.Event(), threading.Event()
    slow = toy.service(threads=1)

    def wait(context: toy.Context, request: Any) -> None:
        started.set()
        assert go_on.wait(10)

    before = toy.OPERATIONS["DeleteDashboards"]
    toy.OPERATIONS.operation("DeleteDashboards")(wait)
    try:
        endpoint = make_endpoint(others=[slow])
        answers: list[int] = []
        names = {"DashboardNames": ["d"]}
        call = threading.Thread(
            target=lambda: answers.append(Client(endpoint, "json").call("DeleteDashboards", **names)[0])
        )
        call.start()
        assert started.wait(10)
        assert endpoint.client().list_clusters()["Clusters"] == []
        assert not answers
        go_on.set()
        call.join(10)
        assert answers == [200]
    finally:
        go_on.set()
        toy.OPERATIONS["DeleteDashboards"] = before


def test_services_are_closed_with_the_front(make_endpoint: Callable[..., Endpoint]) -> None:
    closed: list[str] = []
    endpoint = make_endpoint()
    front = Front(
        [toy.service(2, lambda: closed.append("toy"))],
        Waiters(endpoint.changes),
        Answers(endpoint.changes, lambda: 0.0),
    )
    endpoint.server.run(front.close())
    assert closed == ["toy"]


def test_two_services_cannot_be_called_alike(endpoint: Endpoint) -> None:
    with pytest.raises(ValueError, match="names cloudwatch already"):
        front_of(endpoint, toy.service(), toy.service())


def test_the_names_of_services_are_their_models(endpoint: Endpoint) -> None:
    for each in (*endpoint.front.services, toy.service()):
        model = service(each.name)
        for protocol, name in each.names.items():
            assert protocol in model.metadata["protocols"]
            assert name == (model.api_version if protocol == "query" else model.metadata["targetPrefix"])
        assert set(each.operations) <= set(model.operation_names)


@pytest.mark.parametrize(
    ("headers", "body", "status", "text"),
    [
        ({}, b"{}", 404, "Could not find operation null"),
        ({"X-Amz-Target": "DynamoDB.ListTables"}, b"{}", 404, "Could not find operation DynamoDB.ListTables"),
        (
            {"Content-Type": "application/x-www-form-urlencoded"},
            b"Action=X&Version=1999-01-01",
            400,
            "X for version 1999-01-01",
        ),
        ({"Content-Type": "application/x-www-form-urlencoded"}, b"", 400, "null for version NO_VERSION_SPECIFIED"),
    ],
)
def test_a_call_that_names_no_service(
    endpoint: Endpoint, headers: dict[str, str], body: bytes, status: int, text: str
) -> None:
    answered, _, answer = endpoint.exchange(body, headers)
    assert answered == status
    assert text in answer.decode()
    if status == 404:
        assert json.loads(answer)["__type"] == "UnknownOperationException"
