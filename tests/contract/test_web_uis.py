"""Web pages of clusters, at their own origins and at the controller's address: what is passed on, how, and to whom."""

from __future__ import annotations

import http.client
import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from localemr.domain.model.names import private_dns
from localemr.door import Door, Hosts, routes
from localemr.webui.addresses import Domains
from localemr.webui.directory import Directory
from localemr.webui.origins import PageOrigins
from localemr.webui.routes import ui_routes
from localemr.webui.tickets import Tickets
from tests.catalog import CATALOG
from tests.contract.endpoint import Endpoint
from tests.contract.test_app_uis import ready

HOST = private_dns("ip-10-213-0-11", "us-east-1")
SHORT = "ip-10-213-0-11"
UI = "/_localemr/ui"
LONG = 3_000_000
BROWSER = {"Accept": "text/html,application/xhtml+xml,*/*;q=0.8"}


@dataclass
class Upstream:
    """A daemon's web server, with the requests that it got."""

    port: int = 0
    requests: list[tuple[str, str, dict[str, str], bytes]] = field(default_factory=list)


@pytest.fixture
def upstream() -> Iterator[Upstream]:
    found = Upstream()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found.requests.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}, body))
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
    "/rooted": (302, {"Location": "/cluster"}, b""),
    "/cluster": (200, HTML, f'<a href="/apps">1</a><a href="http://{HOST}:18080/x">2</a>'.encode()),
    "/head": (200, HTML, b"<html><head><title>x</title></head>"),
    "/log": (200, {"Content-Type": "text/plain"}, f"see http://{HOST}:8088/x\n".encode()),
    "/a%20b": (200, {"Content-Type": "application/json"}, f'{{"at": "http://{HOST}:8088/x"}}'.encode()),
    "/long": (200, {"Content-Type": "application/octet-stream"}, b"x" * LONG),
    "/cookie": (200, {"Set-Cookie": "seen=1; Path=/proxy; Domain=localhost; HttpOnly"}, b""),
}


def serve(endpoint: Endpoint, port: int, tickets: Tickets | None = None, domain: str = "") -> None:
    """Have the endpoint serve pages: those of port 8088 are at `port`, on 18080 nothing listens, others are none."""
    where = {8088: ("127.0.0.1", port), 18080: ("127.0.0.1", 1)}
    directory = Directory(endpoint.store, CATALOG, lambda cluster, instance, at: where.get(at), tickets)
    domains = Domains(domain)
    endpoint.pages.router.routes.extend(ui_routes(directory, domains))
    hosts = Hosts(["server.lan"], page=domains.site)
    endpoint.server.app = Door(PageOrigins(endpoint.pages, domains, lambda: directory), hosts)


def ask(
    endpoint: Endpoint, path: str, method: str = "GET", body: bytes | None = None, **headers: str
) -> tuple[int, dict[str, str], bytes]:
    """The answer; a path that is a whole address is requested from its host, at the endpoint's port."""
    if path.startswith("http://"):
        host, slash, path = path.removeprefix("http://").partition("/")
        headers, path = {"Host": host} | headers, slash + path
    connection = http.client.HTTPConnection("127.0.0.1", endpoint.server.port, timeout=10)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read()
    finally:
        connection.close()


@pytest.fixture
def page(endpoint: Endpoint, emr: Any, upstream: Upstream) -> str:
    """Path of the ResourceManager's page of a cluster at the controller's address."""
    cluster_id = ready(endpoint, emr)
    serve(endpoint, upstream.port)
    return f"{UI}/{cluster_id}/{HOST}/8088"


def origin_of(endpoint: Endpoint, page: str, port: int = 8088, domain: str = "localhost") -> str:
    """The page's own origin."""
    return f"http://{page.split('/')[3].lower()}--{SHORT}--{port}.{domain}:{endpoint.server.port}"


@pytest.fixture
def origin(endpoint: Endpoint, page: str) -> str:
    return origin_of(endpoint, page)


# ---- a page at its own origin


def test_a_page_is_served_at_the_root_of_its_own_origin(endpoint: Endpoint, page: str, origin: str) -> None:
    status, headers, _ = ask(endpoint, f"{origin}/")
    assert (status, headers["location"]) == (302, f"{origin}/cluster")
    assert ask(endpoint, f"{origin}/rooted")[1]["location"] == "/cluster"
    status, headers, body = ask(endpoint, f"{origin}/cluster")
    other = origin_of(endpoint, page, 18080)
    assert (status, body.decode()) == (200, f'<a href="/apps">1</a><a href="{other}/x">2</a>')
    assert "content-security-policy" not in headers
    assert ask(endpoint, f"{origin}/a%20b")[2].decode() == f'{{"at": "{origin}/x"}}'
    assert ask(endpoint, f"{origin}/log")[2] == PAGES["/log"][2]


def test_cookies_are_of_one_origin(endpoint: Endpoint, origin: str, upstream: Upstream) -> None:
    assert ask(endpoint, f"{origin}/cookie", Cookie="a=1; b=2")[1]["set-cookie"] == "seen=1; Path=/proxy; HttpOnly"
    assert upstream.requests[0][2]["cookie"] == "a=1; b=2"


def test_nothing_of_the_controller_is_served_there(endpoint: Endpoint, origin: str, upstream: Upstream) -> None:
    headers = {"X-Amz-Target": "ElasticMapReduce.ListClusters", "Content-Type": "application/x-amz-json-1.1"}
    ask(endpoint, f"{origin}/", "POST", b"{}", **headers)
    for path in ("/_localemr/health", f"{UI}/x/", "/_localemr/script"):
        assert ask(endpoint, origin + path)[2] == b"no such page"
    assert [each[1] for each in upstream.requests] == ["/", "/_localemr/health", f"{UI}/x/", "/_localemr/script"]


def test_a_pages_script_reaches_its_own_cluster_only(endpoint: Endpoint, page: str, origin: str) -> None:
    other = origin_of(endpoint, page, 18080)
    stranger = origin.replace(page.split("/")[3].lower(), "j-zzzzzzzzzzzzz")
    for source, allowed in ((origin, True), (other, True), (stranger, False), (endpoint.url, False), ("null", False)):
        for method in ("GET", "PUT"):
            status = ask(endpoint, f"{origin}/cluster", method, Origin=source, **{"Sec-Fetch-Site": "cross-site"})[0]
            assert status == (200 if allowed else 403), (source, method)
    api = {"X-Amz-Target": "ElasticMapReduce.ListClusters", "Content-Type": "application/x-amz-json-1.1"}
    assert ask(endpoint, "/", "POST", b"{}", **api)[0] == 200
    assert ask(endpoint, "/", "POST", b"{}", Origin=origin, **api)[0] == 403


def test_the_script_for_links_that_scripts_make(endpoint: Endpoint, page: str, origin: str) -> None:
    script = '<script src="/_localemr/links.js"></script>'
    assert ask(endpoint, f"{origin}/head")[2].decode() == f"<html><head>{script}<title>x</title></head>"
    status, headers, body = ask(endpoint, f"{origin}/_localemr/links.js")
    assert (status, headers["content-type"].split(";")[0]) == (200, "text/javascript")
    known = json.loads(body.decode().split("\n")[0].removeprefix("var localemr = ").removesuffix(";"))
    assert known["cluster"] + known["suffix"] == origin.removeprefix("http://").replace(f"--{SHORT}--8088", "")
    assert {name: known["hosts"][name] for name in (HOST, SHORT, "10.213.0.11")} == {
        HOST: SHORT, SHORT: SHORT, "10.213.0.11": SHORT,
    }  # fmt: skip


def test_origins_that_are_none(endpoint: Endpoint, page: str, origin: str, upstream: Upstream) -> None:
    for other in (
        origin.replace("8088", "8032"),
        origin.replace(SHORT, "ip-10-213-0-99"),
        origin.replace(page.split("/")[3].lower(), "j-zzzzzzzzzzzzz"),
    ):
        assert ask(endpoint, f"{other}/cluster")[0] == 404
    assert ask(endpoint, f"{origin.replace('localhost', 'evil.example')}/cluster")[0] == 403
    assert not upstream.requests


# ---- the same page at the controller's address


def test_programs_get_the_page_at_the_controllers_address(endpoint: Endpoint, page: str) -> None:
    status, headers, _ = ask(endpoint, page + "/")
    assert (status, headers["location"]) == (302, f"{endpoint.url}{page}/cluster")
    assert ask(endpoint, page + "/rooted")[1]["location"] == f"{page}/cluster"
    status, _, body = ask(endpoint, page + "/cluster")
    other = f"{endpoint.url}{page.replace('8088', '18080')}"
    assert (status, body.decode()) == (200, f'<a href="{page}/apps">1</a><a href="{other}/x">2</a>')
    status, headers, _ = ask(endpoint, page)
    assert (status, headers["location"]) == (307, page + "/")
    assert ask(endpoint, page + "/log")[2] == PAGES["/log"][2]
    assert ask(endpoint, page + "/a%20b")[2].decode() == f'{{"at": "{endpoint.url}{page}/x"}}'


def test_browsers_are_redirected_to_the_pages_own_origin(endpoint: Endpoint, page: str, origin: str) -> None:
    status, headers, _ = ask(endpoint, page + "/a%20b?x=%2F&y", **BROWSER)
    assert (status, headers["location"]) == (307, f"{origin}/a%20b?x=%2F&y")
    assert ask(endpoint, page + "/a%20b", "POST", b"", **BROWSER)[0] == 200


def test_every_name_of_an_instance_will_do(endpoint: Endpoint, page: str, origin: str) -> None:
    instance = endpoint.load(page.split("/")[3]).instances[0]
    for name in (SHORT, "10.213.0.11", instance.id, instance.spec.ec2_id):
        assert ask(endpoint, page.replace(HOST, name) + "/cluster")[0] == 200
        assert ask(endpoint, page.replace(HOST, name) + "/", **BROWSER)[1]["location"] == f"{origin}/"


def test_a_page_at_the_controllers_address_has_no_access_to_it(endpoint: Endpoint, page: str) -> None:
    """A browser whose page has no other origin, as it reached the controller by another name."""
    host = f"server.lan:{endpoint.server.port}"
    status, headers, body = ask(endpoint, page + "/cluster", Host=host, **BROWSER)
    assert (status, f'href="{page}/apps"' in body.decode()) == (200, True)
    policy = headers["content-security-policy"]
    assert policy.startswith("sandbox ") and "allow-same-origin" not in policy
    assert ask(endpoint, page + "/cluster", Host=host, Origin="null")[0] == 403


def test_cookies_of_the_controllers_address_are_not_the_pages(
    endpoint: Endpoint, page: str, upstream: Upstream
) -> None:
    assert "set-cookie" not in ask(endpoint, page + "/cookie", Cookie="notebook=secret")[1]
    assert "cookie" not in upstream.requests[0][2]


def test_a_domain_for_pages(endpoint: Endpoint, emr: Any, upstream: Upstream) -> None:
    page = f"{UI}/{ready(endpoint, emr)}/{HOST}/8088"
    serve(endpoint, upstream.port, domain="pages.lan")
    own = origin_of(endpoint, page, domain="pages.lan")
    server = f"http://server.lan:{endpoint.server.port}"
    assert ask(endpoint, f"{server}{page}/cluster", **BROWSER)[1]["location"] == f"{own}/cluster"
    assert ask(endpoint, f"{own}/")[1]["location"] == f"{own}/cluster"
    assert ask(endpoint, f"{page}/cluster", **BROWSER)[1]["location"] == f"{origin_of(endpoint, page)}/cluster"


# ---- what is passed on


def test_long_answers_come_whole(endpoint: Endpoint, page: str, origin: str) -> None:
    for place in (endpoint.url + page, origin):
        status, headers, body = ask(endpoint, place + "/long")
        assert (status, headers["content-length"], len(body)) == (200, str(LONG), LONG)
        status, headers, body = ask(endpoint, place + "/long", "HEAD")
        assert (status, headers["content-length"], body) == (200, str(LONG), b"")


def test_requests_go_on_as_if_the_page_had_been_requested_itself(
    endpoint: Endpoint, page: str, origin: str, upstream: Upstream
) -> None:
    headers = {"Authorization": "AWS4 x", "Cookie": "localemr-ticket-j-1=t", "Accept-Encoding": "gzip"}
    for place in (endpoint.url + page, origin):
        ask(endpoint, place + "/a%20b?x=%2F&y", "PUT", b"1" * 100_000, **headers)
        method, path, sent, body = upstream.requests[-1]
        assert (method, path, len(body)) == ("PUT", "/a%20b?x=%2F&y", 100_000)
        assert sent["host"] == f"{HOST}:8088"
        assert not {"authorization", "accept-encoding", "cookie"} & set(sent)


def test_uploads_that_stop_are_ended(
    endpoint: Endpoint, page: str, origin: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(routes, "PAGE", replace(routes.PAGE, pause=0.05, most=1000))
    for path, host in ((f"{page}/x", "127.0.0.1"), ("/x", origin.removeprefix("http://"))):
        for length, sent, status in ((100, b"1", 408), (1001, b"", 413)):
            with socket.create_connection(("127.0.0.1", endpoint.server.port), 10) as connection:
                head = f"PUT {path} HTTP/1.1\r\nHost: {host}\r\nContent-Length: {length}\r\n\r\n"
                connection.sendall(head.encode() + sent)
                assert connection.recv(100).split()[1] == str(status).encode()


def test_nothing_but_the_pages_of_live_instances_is_reached(endpoint: Endpoint, page: str, upstream: Upstream) -> None:
    for other in (
        page.replace("8088", "8032"),
        page.replace(HOST, "ip-10-213-0-99.ec2.internal"),
        page.replace(HOST, "127.0.0.1"),
        page.replace(HOST, "example.com"),
        page.replace(page.split("/")[3], "j-ZZZZZZZZZZZZZ"),
    ):
        assert ask(endpoint, other + "/cluster")[0] == 404
    assert not upstream.requests
    status, _, body = ask(endpoint, page.replace("8088", "18080") + "/")
    assert (status, b"does not answer" in body) == (502, True)


def test_other_sites_change_nothing(endpoint: Endpoint, page: str, upstream: Upstream) -> None:
    assert ask(endpoint, page + "/cluster", "POST", b"", Origin="http://evil.example")[0] == 403
    assert not upstream.requests
    assert ask(endpoint, page + "/cluster", "POST", b"", Origin=endpoint.url)[0] == 200


def test_the_list_of_a_clusters_pages(endpoint: Endpoint, page: str) -> None:
    cluster = page.split("/")[3]
    status, _, body = ask(endpoint, f"{UI}/{cluster}/")
    assert status == 200
    assert f'<a href="{page}/">YARN ResourceManager</a> on {HOST} (MASTER)' in body.decode()
    assert ask(endpoint, f"{UI}/{cluster}")[0] == 200
    assert ask(endpoint, f"{UI}/j-ZZZZZZZZZZZZZ/")[0] == 404


# ---- where callers sign


@dataclass
class Guarded:
    """A page that needs a ticket: its path at the controller's address, its origin, and tickets."""

    page: str
    origin: str
    ticket: str
    other: str


@pytest.fixture
def guarded(endpoint: Endpoint, emr: Any, upstream: Upstream) -> Guarded:
    cluster_id, tickets = ready(endpoint, emr), Tickets({"key": "secret"})
    serve(endpoint, upstream.port, tickets)
    page = f"{UI}/{cluster_id}/{HOST}/8088"
    ticket, other = tickets.issue(cluster_id, 2e9), tickets.issue("j-OTHER", 2e9)
    return Guarded(page, origin_of(endpoint, page), ticket, other)


def test_without_a_ticket_nothing_is_shown(endpoint: Endpoint, guarded: Guarded, upstream: Upstream) -> None:
    page, origin, other = guarded.page, guarded.origin, guarded.other
    for path in (
        page + "/cluster", page.split("/ip-")[0] + "/", f"{page}/cluster?localemr-ticket={other}",
        origin + "/cluster", f"{origin}/_localemr/localemr-ticket/{other}/cluster", f"{origin}/_localemr/links.js",
        f"{origin}/_localemr/localemr-ticket/",
    ):  # fmt: skip
        assert ask(endpoint, path)[0] == 403, path
    assert not upstream.requests


def test_a_ticket_at_the_controllers_address(endpoint: Endpoint, guarded: Guarded, upstream: Upstream) -> None:
    page = guarded.page
    status, headers, _ = ask(endpoint, f"{page}/cluster?a=b&localemr-ticket={guarded.ticket}")
    assert (status, headers["location"]) == (307, f"{page}/cluster?a=b")
    cookie = headers["set-cookie"]
    assert "HttpOnly" in cookie and "SameSite=lax" in cookie and "omain" not in cookie
    assert ask(endpoint, page + "/cluster?a=b", Cookie=cookie.split(";")[0])[0] == 200
    assert upstream.requests[0][1] == "/cluster?a=b"
    assert "cookie" not in upstream.requests[0][2]


def test_a_browser_has_the_ticket_at_each_origin(endpoint: Endpoint, guarded: Guarded, upstream: Upstream) -> None:
    first = ask(endpoint, f"{guarded.page}/cluster?localemr-ticket={guarded.ticket}", **BROWSER)[1]
    held = {"Cookie": first["set-cookie"].split(";")[0]} | BROWSER
    entry = ask(endpoint, first["location"] + "?a=b", **held)[1]["location"]
    assert entry.startswith(f"{guarded.origin}/_localemr/localemr-ticket/")
    status, headers, _ = ask(endpoint, entry, **BROWSER)
    assert (status, headers["location"]) == (307, f"{guarded.origin}/cluster?a=b")
    assert "HttpOnly" in headers["set-cookie"] and "omain" not in headers["set-cookie"]
    assert not upstream.requests
    status, _, body = ask(endpoint, headers["location"], Cookie=headers["set-cookie"].split(";")[0] + "; seen=1")
    assert status == 200
    assert upstream.requests[0][1:2] == ("/cluster?a=b",)
    assert upstream.requests[0][2]["cookie"] == "seen=1"
    # Links to other pages have a ticket for their origins.
    other = origin_of(endpoint, guarded.page, 18080)
    assert f'<a href="{other}/_localemr/localemr-ticket/' in body.decode()


def test_a_script_of_a_page_follows_addresses_with_tickets(
    endpoint: Endpoint, guarded: Guarded, upstream: Upstream
) -> None:
    entry = f"{guarded.origin}/_localemr/localemr-ticket/{guarded.ticket}"
    assert ask(endpoint, f"{entry}/a%20b?x=1", "PUT", b"1", Origin=guarded.origin)[0] == 200
    assert upstream.requests[0][1] == "/a%20b?x=1"
