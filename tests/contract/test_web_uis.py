"""Web pages of clusters at the controller's address: what is passed on, how, and to whom."""

from __future__ import annotations

import http.client
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from localemr.domain.model.names import private_dns
from localemr.webui.directory import Directory
from localemr.webui.routes import ui_router
from localemr.webui.tickets import Tickets
from tests.catalog import CATALOG
from tests.contract.endpoint import Endpoint
from tests.contract.test_app_uis import ready

HOST = private_dns("10.213.0.11", "us-east-1")
UI = "/_localemr/ui"
LONG = 3_000_000


@dataclass
class Upstream:
    """A daemon's web server that tells what it was asked."""

    port: int = 0
    asked: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    found = Upstream()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
            status, headers, text = PAGES.get(self.path.split("?")[0], (404, {}, b"no such page"))
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        do_GET = do_HEAD = do_POST = do_PUT = answer

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield found
    server.shutdown()
    thread.join()
    server.server_close()


HTML = {"Content-Type": "text/html;charset=utf-8"}
PAGES: dict[str, tuple[int, dict[str, str], bytes]] = {
    "/": (302, {"Location": f"http://{HOST}:8088/cluster"}, b""),
    "/cluster": (200, HTML, f'<a href="/apps">1</a><a href="http://{HOST}:8088/x">2</a>'.encode()),
    "/log": (200, {"Content-Type": "text/plain"}, f"see http://{HOST}:8088/x\n".encode()),
    "/a%20b": (200, {"Content-Type": "application/json"}, f'{{"at": "http://{HOST}:8088/x"}}'.encode()),
    "/long": (200, {"Content-Type": "application/octet-stream"}, b"x" * LONG),
    "/cookie": (200, {"Set-Cookie": "seen=1; Path=/proxy"}, b""),
}


def serve(endpoint: Endpoint, port: int, gate: Tickets | None = None) -> None:
    """Have the endpoint serve pages: those of port 8088 are at `port`, on 18080 nobody listens, others are none."""
    where = {8088: ("127.0.0.1", port), 18080: ("127.0.0.1", 1)}
    directory = Directory(endpoint.store, CATALOG, lambda cluster, instance, at: where.get(at), gate)
    endpoint.server.app.include_router(ui_router(directory))


def ask(
    endpoint: Endpoint, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.server.port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture
def page(endpoint: Endpoint, emr: Any, upstream: Upstream) -> str:
    """Path of the ResourceManager's page of a cluster."""
    cluster_id = ready(endpoint, emr)
    serve(endpoint, upstream.port)
    return f"{UI}/{cluster_id}/{HOST}/8088"


def test_a_page_and_its_links(endpoint: Endpoint, page: str) -> None:
    status, headers, _ = ask(endpoint, page + "/")
    assert (status, headers["location"]) == (302, f"{endpoint.url}{page}/cluster")
    status, _, body = ask(endpoint, page + "/cluster")
    assert (status, body.decode()) == (200, f'<a href="{page}/apps">1</a><a href="{endpoint.url}{page}/x">2</a>')
    status, headers, _ = ask(endpoint, page)
    assert (status, headers["location"]) == (307, page + "/")


def test_every_name_of_an_instance_will_do(endpoint: Endpoint, page: str) -> None:
    instance = endpoint.load(page.split("/")[3]).instances[0]
    for name in (HOST.split(".")[0], "10.213.0.11", instance.id, instance.spec.ec2_id):
        assert ask(endpoint, page.replace(HOST, name) + "/cluster")[0] == 200


def test_logs_are_shown_as_they_are_and_json_leads_here(endpoint: Endpoint, page: str) -> None:
    assert ask(endpoint, page + "/log")[2] == PAGES["/log"][2]
    assert ask(endpoint, page + "/a%20b")[2].decode() == f'{{"at": "{endpoint.url}{page}/x"}}'


def test_long_answers_come_whole(endpoint: Endpoint, page: str) -> None:
    status, headers, body = ask(endpoint, page + "/long")
    assert (status, headers["content-length"], len(body)) == (200, str(LONG), LONG)
    status, headers, body = ask(endpoint, page + "/long", "HEAD")
    assert (status, headers["content-length"], body) == (200, str(LONG), b"")


def test_requests_go_on_as_if_the_page_had_been_asked_itself(endpoint: Endpoint, page: str, upstream: Upstream) -> None:
    headers = {"Authorization": "AWS4 x", "Cookie": "seen=1; localemr-ticket-j-1=t", "Accept-Encoding": "gzip"}
    ask(endpoint, page + "/a%20b?x=%2F&y", "PUT", b"1" * 100_000, **headers)
    method, path, sent, body = upstream.asked[0]
    assert (method, path, len(body)) == ("PUT", "/a%20b?x=%2F&y", 100_000)
    assert (sent["host"], sent["cookie"]) == (f"{HOST}:8088", "seen=1")
    assert not {"authorization", "accept-encoding"} & set(sent)
    assert ask(endpoint, page + "/cookie")[1]["set-cookie"] == f"seen=1; Path={page}/proxy"


def test_nothing_but_the_pages_of_live_instances_is_reached(endpoint: Endpoint, page: str, upstream: Upstream) -> None:
    for other in (
        page.replace("8088", "8032"),
        page.replace(HOST, "ip-10-213-0-99.ec2.internal"),
        page.replace(HOST, "127.0.0.1"),
        page.replace(HOST, "example.com"),
        page.replace(page.split("/")[3], "j-ZZZZZZZZZZZZZ"),
    ):
        assert ask(endpoint, other + "/cluster")[0] == 404
    assert not upstream.asked
    status, _, body = ask(endpoint, page.replace("8088", "18080") + "/")
    assert (status, b"does not answer" in body) == (502, True)


def test_what_scripts_ask_for_follows_the_referrer(endpoint: Endpoint, page: str) -> None:
    status, headers, _ = ask(endpoint, "/api/v1/a%20b?x=1", Referer=f"{endpoint.url}{page}/cluster?a")
    assert (status, headers["location"]) == (307, f"{page}/api/v1/a%20b?x=1")
    for stranger in (f"http://elsewhere{page}/", endpoint.url + "/", ""):
        assert ask(endpoint, "/api/v1/x", Referer=stranger)[0] == 404


def test_other_sites_change_nothing(endpoint: Endpoint, page: str, upstream: Upstream) -> None:
    assert ask(endpoint, page + "/cluster", "POST", b"", Origin="http://evil.example")[0] == 403
    assert not upstream.asked
    assert ask(endpoint, page + "/cluster", "POST", b"", Origin=endpoint.url)[0] == 200


def test_the_list_of_a_clusters_pages(endpoint: Endpoint, page: str) -> None:
    cluster = page.split("/")[3]
    status, _, body = ask(endpoint, f"{UI}/{cluster}/")
    assert status == 200
    assert f'<a href="{page}/">YARN ResourceManager</a> on {HOST} (MASTER)' in body.decode()
    assert ask(endpoint, f"{UI}/{cluster}")[0] == 200
    assert ask(endpoint, f"{UI}/j-ZZZZZZZZZZZZZ/")[0] == 404


def test_the_script_of_links(endpoint: Endpoint, page: str) -> None:
    status, headers, body = ask(endpoint, f"{UI}/links.js")
    assert (status, b"addEventListener" in body) == (200, True)
    assert headers["content-type"].startswith("text/javascript")


def test_where_callers_sign_a_ticket_is_needed(endpoint: Endpoint, emr: Any, upstream: Upstream) -> None:
    cluster_id, gate = ready(endpoint, emr), Tickets({"key": "secret"})
    serve(endpoint, upstream.port, gate)
    page = f"{UI}/{cluster_id}/{HOST}/8088"
    ticket = gate.issue(cluster_id, 2e9)
    other = gate.issue("j-OTHER", 2e9)
    for path in (page + "/cluster", f"{UI}/{cluster_id}/", f"{page}/cluster?localemr-ticket={other}"):
        assert ask(endpoint, path)[0] == 403
    assert not upstream.asked
    status, headers, _ = ask(endpoint, f"{page}/cluster?a=b&localemr-ticket={ticket}")
    assert (status, headers["location"]) == (307, f"{page}/cluster?a=b")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie
    assert ask(endpoint, page + "/cluster?a=b", Cookie=cookie.split(";")[0])[0] == 200
    assert upstream.asked[0][1] == "/cluster?a=b"
    assert "cookie" not in upstream.asked[0][2]
