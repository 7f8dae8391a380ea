"""What the door refuses, on each kind of route: foreign hosts and origins, content types, bodies beyond the bounds."""

from __future__ import annotations

import json
import socket
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import pytest

from localemr.door import routes
from localemr.testing.memory import MemoryEmr

JSON, AWS_JSON, FORM = "application/json", "application/x-amz-json-1.1", "application/x-www-form-urlencoded"
LIST = {"X-Amz-Target": "ElasticMapReduce.ListClusters", "Content-Type": AWS_JSON}
PAGE = "/_localemr/ui/j-ZZZZZZZZZZZZZ/ip-10-213-0-11/8088/x"


@dataclass(frozen=True)
class Route:
    """A request that the door lets through, answered with `status`."""

    method: str
    path: str
    status: int
    body: bytes = b""
    content_type: str = JSON
    kind: str = "OTHER"

    @property
    def headers(self) -> dict[str, str]:
        named = {"X-Amz-Target": "ElasticMapReduce.ListClusters"} if self.content_type == AWS_JSON else {}
        return {"Content-Type": self.content_type, **named} if self.body else named


ROUTES = [
    Route("POST", "/", 200, b"{}", AWS_JSON, "API"),
    Route("POST", "/", 200, b"Action=GetCallerIdentity&Version=2011-06-15", FORM, "API"),
    Route("GET", "/_localemr/health", 200),
    Route("GET", "/_localemr/clock", 200),
    Route("POST", "/_localemr/clock", 200, b'{"advance": 0}'),
    Route("GET", "/_localemr/script", 200),
    Route("PUT", "/_localemr/script", 200, b"[]"),
    Route("POST", "/_localemr/script", 200, b"[]"),
    Route("GET", "/_localemr/ui/j-ZZZZZZZZZZZZZ/", 404, kind="PAGE"),
    Route("GET", PAGE, 404, kind="PAGE"),
    Route("POST", PAGE, 404, b"x", "application/octet-stream", "PAGE"),
    Route("PUT", PAGE, 404, b"x", "text/plain", "PAGE"),
    Route("DELETE", PAGE, 404, kind="PAGE"),
    Route("GET", "/nothing", 404),
    Route("POST", "/nothing", 404, b"{}"),
    Route("GET", "/console/installation", 200, kind="CONSOLE"),
    Route("POST", "/console/create", 403, b"name=x", FORM, "CONSOLE"),
    Route("POST", "/console/s3/data/upload", 403, b"x", "application/octet-stream", "UPLOAD"),
]
WITH_BODY = [each for each in ROUTES if each.body]


def name(route: Route) -> str:
    return f"{route.method} {route.path[:30]} {route.content_type}"


@pytest.fixture(scope="module")
def emr() -> Iterator[MemoryEmr]:
    with MemoryEmr(speed=0) as found:
        yield found


def send(emr: MemoryEmr, method: str, path: str, body: bytes | None, headers: list[tuple[str, str]]) -> Any:
    """Status, headers (lower case) and body of the answer. Without `body` what the headers announce never comes."""
    address = ("127.0.0.1", int(emr.endpoint.rsplit(":", 1)[1]))
    with socket.create_connection(address, 10) as connection:
        head = [f"{method} {path} HTTP/1.1", *(f"{key}: {value}" for key, value in headers), "", ""]
        connection.sendall("\r\n".join(head).encode("latin-1") + (body or b""))
        file = connection.makefile("rb")
        status = int(file.readline().split()[1])
        found = {}
        while line := file.readline().strip():
            key, _, value = line.decode().partition(": ")
            found[key.lower()] = value
        return status, found, file.read(int(found.get("content-length", 0)))


def ask(emr: MemoryEmr, route: Route, host: str | None = None, **headers: str) -> Any:
    named = {"Host": host or emr.endpoint.removeprefix("http://"), "Content-Length": str(len(route.body))}
    named |= route.headers | {key.replace("_", "-"): value for key, value in headers.items()}
    return send(emr, route.method, route.path, route.body, list(named.items()))


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_programs_and_own_pages_pass(emr: MemoryEmr, route: Route) -> None:
    port = emr.endpoint.rsplit(":", 1)[1]
    for host in (f"127.0.0.1:{port}", f"LocalHost.:{port}", f"[::1]:{port}", "192.168.1.5", "x.localhost",
                 socket.gethostname(), "host.docker.internal:4577", "controller:4577"):  # fmt: skip
        assert ask(emr, route, host)[0] == route.status, host
        assert ask(emr, route, host, Origin=f"http://{host}", Sec_Fetch_Site="same-origin")[0] == route.status, host
    assert ask(emr, route, Sec_Fetch_Site="none", Sec_Fetch_Mode="navigate")[0] == route.status


@pytest.mark.parametrize("route", ROUTES, ids=name)
@pytest.mark.parametrize(
    "host",
    ["evil.example", "evil.example:4577", "127.0.0.1.evil.example", "localhost.evil.example", "xlocalhost", "server",
     "evil@127.0.0.1", "127.0.0.1:x", "[evil]", "", "a" * 300],
)  # fmt: skip
def test_foreign_hosts_are_refused(emr: MemoryEmr, route: Route, host: str) -> None:
    headers = [("Host", host), ("Content-Length", str(len(route.body))), *route.headers.items()]
    status, _, body = send(emr, route.method, route.path, route.body, headers)
    assert (status, b"LOCALEMR_ALLOWED_HOSTS" in body) == (403, True)


@pytest.mark.parametrize("route", ROUTES, ids=name)
@pytest.mark.parametrize("hosts", [[], ["127.0.0.1", "evil.example"], ["127.0.0.1", "127.0.0.1"]])
def test_a_request_has_one_host(emr: MemoryEmr, route: Route, hosts: list[str]) -> None:
    headers = [("Host", each) for each in hosts] + [("Content-Length", str(len(route.body)))]
    assert send(emr, route.method, route.path, route.body, headers + list(route.headers.items()))[0] == 400


@pytest.mark.parametrize("route", ROUTES, ids=name)
def test_foreign_origins_are_refused(emr: MemoryEmr, route: Route) -> None:
    here = emr.endpoint.removeprefix("http://")
    for origin in ("http://evil.example", "null", "", f"http://{here}.evil.example", "http://127.0.0.1:1", "http://[",
                   f"http://x.localhost:{here.split(':')[1]}"):  # fmt: skip
        assert ask(emr, route, Origin=origin)[0] == 403, origin
    for site in ("cross-site", "same-site"):
        assert ask(emr, route, Sec_Fetch_Site=site, Sec_Fetch_Mode="no-cors")[0] == 403
    followed = ask(emr, route, Sec_Fetch_Site="cross-site", Sec_Fetch_Mode="navigate")[0]
    assert followed == (route.status if route.method == "GET" else 403)


@pytest.mark.parametrize("route", WITH_BODY, ids=name)
def test_what_a_web_page_sends_without_asking_is_refused(emr: MemoryEmr, route: Route) -> None:
    for content_type in ("text/plain", "text/plain;charset=UTF-8", "Text/Plain"):
        refused = ask(emr, route, Content_Type=content_type)[0] == 415
        assert refused == (route.kind != "PAGE" or route.method == "POST")
    if route.kind != "PAGE":
        for content_type in ("multipart/form-data; boundary=x", "", "text/xml"):
            assert ask(emr, route, Content_Type=content_type)[0] == 415
    if route.kind == "OTHER":
        assert ask(emr, route, Content_Type=FORM)[0] == 415


@pytest.mark.parametrize("route", WITH_BODY, ids=name)
def test_announced_bodies_that_are_too_long_are_not_read(emr: MemoryEmr, route: Route) -> None:
    most = getattr(routes, route.kind).most
    headers = {"Host": "127.0.0.1", "Content-Length": str(most + 1)} | route.headers
    assert send(emr, route.method, route.path, None, list(headers.items()))[0] == 413


@pytest.mark.parametrize("route", [ROUTES[0], ROUTES[4]], ids=name)
def test_a_client_that_sends_all_of_a_long_body_reads_the_answer(emr: MemoryEmr, route: Route) -> None:
    assert ask(emr, replace(route, body=b" " * (20 << 20)))[0] == 413


READING = [each for each in WITH_BODY if each.path in ("/", "/_localemr/clock", "/_localemr/script")]


@pytest.mark.parametrize("route", READING, ids=name)
def test_bodies_that_grow_too_long(emr: MemoryEmr, route: Route, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, route.kind, replace(getattr(routes, route.kind), most=1000))
    headers = {"Host": "127.0.0.1", "Transfer-Encoding": "chunked"} | route.headers
    status, found, _ = send(emr, route.method, route.path, b"3e9\r\n" + b" " * 1001, list(headers.items()))
    assert (status, found["connection"]) == (413, "close")


@pytest.mark.parametrize("route", READING, ids=name)
@pytest.mark.parametrize("bounds", [{"seconds": 0.05}, {"pause": 0.05}])
def test_bodies_that_do_not_come(
    emr: MemoryEmr, route: Route, bounds: dict[str, float], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, route.kind, replace(getattr(routes, route.kind), **bounds))
    for headers in ({"Content-Length": "100"}, {"Transfer-Encoding": "chunked"}):
        named = {"Host": "127.0.0.1"} | headers | route.headers
        status, found, _ = send(emr, route.method, route.path, b"", list(named.items()))
        assert (status, found["connection"]) == (408, "close")


def test_errors_are_in_the_form_of_the_route(emr: MemoryEmr) -> None:
    status, headers, body = ask(emr, ROUTES[0], "evil.example")
    assert (status, headers["content-type"], headers["x-amzn-errortype"]) == (403, AWS_JSON, "HostNotAllowedException")
    assert json.loads(body)["__type"] == "HostNotAllowedException"
    assert ET.fromstring(ask(emr, ROUTES[1], "evil<.example")[2]).findtext("Error/Code") == "HostNotAllowedException"
    assert "evil.example" in json.loads(ask(emr, ROUTES[4], "evil.example")[2])["detail"]
    assert ask(emr, ROUTES[8], "evil.example")[1]["content-type"].startswith("text/plain")


def test_nothing_is_carried_out_for_a_web_page(emr: MemoryEmr) -> None:
    """D1: the review's request, which ended a cluster."""
    rule = b'[{"on":"instance","result":"lose"}]'
    for origin in ({"Origin": "http://evil.example"}, {}):
        lose = replace(ROUTES[7], body=rule, content_type="text/plain;charset=UTF-8")
        assert ask(emr, lose, **origin)[0] in (403, 415)
    assert emr.control.rules() == []


def test_bodies_that_are_nested_too_deeply(emr: MemoryEmr) -> None:
    for route in (ROUTES[4], ROUTES[6], ROUTES[7]):
        assert ask(emr, replace(route, body=b"[" * 500_000))[0] == 422


def test_no_websocket_is_opened(emr: MemoryEmr) -> None:
    headers = {"Host": "127.0.0.1", "Connection": "Upgrade", "Upgrade": "websocket", "Sec-WebSocket-Version": "13",
               "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="}  # fmt: skip
    assert send(emr, "GET", "/", b"", list(headers.items()))[0] in (403, 404, 405)
