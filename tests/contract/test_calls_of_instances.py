"""Instances of clusters reach AWS's services at the controller, signed with the cluster's keys, and nothing else."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import boto3
import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from localemr.api.cbor import encode
from localemr.app import Controller, new_app
from localemr.clock import MovableClock
from localemr.doors import behind_door
from localemr.platforms import memory_platform
from localemr.settings import Settings
from localemr.testing.server import Server
from tests.contract.test_door import LIST, ROUTES, Route, name

NODE, HOST = "10.213.0.11", "10.213.0.1"
KEYS = {"aws_access_key_id": "localemr", "aws_secret_access_key": "localemr-secret"}
SETTINGS = Settings(runtime="memory")


@dataclass
class Side:
    """The controller, called from `caller` at `called`, as addresses in Docker's networks."""

    url: str
    caller: str = NODE
    called: str = "172.18.0.1"

    def client(self, service: str, **options: Any) -> Any:
        config = Config(retries={"max_attempts": 0})
        return boto3.client(service, "us-east-1", endpoint_url=self.url, config=config, **(KEYS | options))

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], sign: bool = False) -> tuple[int, str]:
        """Status and body."""
        if sign:
            request = AWSRequest(method, self.url + path, headers, body)
            SigV4Auth(Credentials("localemr", "localemr-secret"), "elasticmapreduce", "us-east-1").add_auth(request)
            headers = dict(request.headers.items())
        try:
            asking = urllib.request.Request(self.url + path, body or None, headers, method=method)
            with urllib.request.urlopen(asking, timeout=10) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()


@pytest.fixture
def side(server: Server) -> Iterator[Side]:
    found = Side(f"http://127.0.0.1:{server.port}")
    controller: Controller = server.run(Controller.open(SETTINGS, memory_platform(MovableClock())))
    app = new_app()
    controller.serve(app, {})
    inner = behind_door(app, SETTINGS, lambda: controller, node_address="172.18.0.1")

    async def moved(scope: Any, receive: Any, send: Any) -> None:
        await inner(scope | {"client": (found.caller, 1), "server": (found.called, 4577)}, receive, send)

    server.app = moved
    yield found
    server.run(controller.close())


def test_the_services_answer_the_clusters_keys(side: Side) -> None:
    assert side.client("emr").list_clusters()["Clusters"] == []
    assert [each["Name"] for each in side.client("glue").get_databases()["DatabaseList"]] == ["default"]
    assert side.client("sts").get_caller_identity()["Account"] == SETTINGS.account
    assert side.client("cloudwatch").list_metrics()["Metrics"] == []


def test_calls_by_rpc_have_a_path_of_their_own(side: Side) -> None:
    path = "/service/GraniteServiceVersion20100801/operation/PutMetricData"
    headers = {"smithy-protocol": "rpc-v2-cbor", "Content-Type": "application/cbor"}
    body = encode({"Namespace": "Mine", "MetricData": [{"MetricName": "Load", "Value": 1.5}]})
    assert side.send("POST", path, body, headers)[0] == 403
    assert side.client("cloudwatch").list_metrics()["Metrics"] == []
    assert side.send("POST", path, body, headers, sign=True)[0] == 200
    assert [each["MetricName"] for each in side.client("cloudwatch").list_metrics()["Metrics"]] == ["Load"]
    assert side.send("GET", path, b"", headers, sign=True)[0] == 400


def test_other_keys_and_none_are_refused(side: Side) -> None:
    for keys in ({"aws_access_key_id": "AKIA"}, {"aws_secret_access_key": "wrong"}):
        for call in (
            side.client("emr", **keys).list_clusters,
            side.client("glue", **keys).get_databases,
            side.client("sts", **keys).get_caller_identity,
        ):
            with pytest.raises(ClientError) as refused:
                call()
            assert refused.value.response["ResponseMetadata"]["HTTPStatusCode"] == 403
    assert side.send("POST", "/", b"{}", LIST)[0] == 403


@pytest.mark.parametrize("route", [each for each in ROUTES if each.path != "/"], ids=name)
@pytest.mark.parametrize("sign", [True, False])
def test_nothing_else_is_there(side: Side, route: Route, sign: bool) -> None:
    """Not the control API, no page, no health: also for a job that signs."""
    status, body = side.send(route.method, route.path, route.body, route.headers, sign)
    assert status == (400 if sign else 403)
    # A caller that sends a form gets XML.
    assert ("ServiceNotOfferedException" if sign else "MissingAuthenticationTokenException") in body


@pytest.mark.parametrize(
    "call",
    [
        lambda side: side.client("sqs").list_queues(),
        lambda side: side.client("dynamodb").list_tables(),
        lambda side: side.client("sns").list_topics(),
        lambda side: side.client("lambda").list_functions(),
        lambda side: side.client("secretsmanager").get_secret_value(SecretId="x"),
    ],
)
def test_services_that_are_not_there_say_so(side: Side, call: Callable[[Side], Any]) -> None:
    with pytest.raises(ClientError, match=r"LocalEMR does not have the AWS service '.*LOCALEMR_REACH_AWS") as refused:
        call(side)
    assert refused.value.response["Error"]["Code"] == "ServiceNotOfferedException"


@pytest.mark.parametrize(
    "host", ["glue.eu-west-1.amazonaws.com", "sts.amazonaws.com", "glue.us-east-1.api.aws", "controller"]
)
def test_awss_own_host_names_are_accepted(side: Side, host: str) -> None:
    assert json.loads(side.send("POST", "/", b"{}", LIST | {"Host": host})[1])["__type"].startswith("MissingAuth")
    assert json.loads(side.send("POST", "/", b"{}", LIST | {"Host": "evil.example"})[1])["__type"].startswith("HostNot")


def test_awss_own_host_names_are_accepted_of_pods(server: Server) -> None:
    """On Kubernetes an instance has an address of the pods' network, which LocalEMR does not know."""
    settings = Settings(runtime="kubernetes", host="0.0.0.0", access_keys="localemr:localemr-secret")
    controller: Controller = server.run(Controller.open(SETTINGS, memory_platform(MovableClock())))
    app = new_app()
    controller.serve(app, settings.accepted_keys)
    server.app = behind_door(app, settings, lambda: controller)
    pod = Side(f"http://127.0.0.1:{server.port}")
    refused = {
        host: json.loads(pod.send("POST", "/", b"{}", LIST | {"Host": host})[1])["__type"]
        for host in ("elasticmapreduce.us-east-1.amazonaws.com", "glue.eu-west-1.amazonaws.com", "evil.example")
    }
    assert [each.partition("Exception")[0] for each in refused.values()] == [
        "MissingAuthenticationToken",
        "MissingAuthenticationToken",
        "HostNotAllowed",
    ]
    assert pod.client("emr").list_clusters()["Clusters"] == []
    server.run(controller.close())


def test_the_address_for_instances_is_for_them_alone(side: Side) -> None:
    """A machine with a route to it, and this host itself, are no instances."""
    for caller in ("192.168.7.7", HOST, "172.18.0.1", "::ffff:192.168.7.7"):
        side.caller = caller
        for route in ROUTES:
            assert side.send(route.method, route.path, route.body, route.headers)[0] == 403, (caller, route)


def test_this_host_is_served_as_ever(side: Side) -> None:
    side.called = "127.0.0.1"
    for caller in ("127.0.0.1", HOST, "::1"):
        side.caller = caller
        for route in ROUTES:
            assert side.send(route.method, route.path, route.body, route.headers)[0] == route.status, (caller, route)
    side.caller = f"::ffff:{NODE}"
    assert side.send("GET", "/_localemr/health", b"", {})[0] == 403
