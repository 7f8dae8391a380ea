"""Links of a cluster's pages lead to the controller, wherever they stand."""

from __future__ import annotations

import pytest

from localemr.webui.links import SHIM, Links, Stream
from localemr.webui.tickets import SECONDS, Tickets, with_ticket

MASTER, CORE = "ip-10-213-0-10.ec2.internal", "ip-10-213-0-11.ec2.internal"
HOSTS = {MASTER, MASTER.split(".", maxsplit=1)[0], "10.213.0.10", CORE, CORE.split(".", maxsplit=1)[0], "10.213.0.11"}
ORIGIN = "http://127.0.0.1:4577"
UI = "/_localemr/ui/j-1"
HERE = f"{UI}/{MASTER}/8088"


def links() -> Links:
    return Links(ORIGIN, "j-1", MASTER, 8088, HOSTS, lambda host, port: port in (8088, 8042, 19888))


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ('<a href="/cluster/apps">', f'<a href="{HERE}/cluster/apps">'),
        ("<a href='/'>", f"<a href='{HERE}/'>"),
        ('["<a href=\\"/cluster\\">"]', f'["<a href=\\"{HERE}/cluster\\">"]'),
        ('<img SRC = "/static/x.png">', '<img SRC = "/static/x.png">'.replace("/static", f"{HERE}/static")),
        ('<form action="/x">', f'<form action="{HERE}/x">'),
        (f"<a href='http://{CORE}:8042/node'>", f"<a href='{ORIGIN}{UI}/{CORE}/8042/node'>"),
        (f"<a href='//{CORE}:8042'>x", f"<a href='{ORIGIN}{UI}/{CORE}/8042'>x"),
        (f'"stdout" : "http://{CORE}:8042/a?b=c"', f'"stdout" : "{ORIGIN}{UI}/{CORE}/8042/a?b=c"'),
        ("http://10.213.0.10:8088", f"{ORIGIN}{UI}/10.213.0.10/8088"),
        ("<script>setUIRoot('')</script>", f"<script>setUIRoot('{HERE}')</script>"),
        ("setUIRoot('/proxy/application_1_1')", f"setUIRoot('{HERE}/proxy/application_1_1')"),
        # What is left alone: pages of others, other ports, names that only begin alike, relative links.
        ('<a href="http://spark.apache.org/docs">', '<a href="http://spark.apache.org/docs">'),
        ('<a href="//cdn.example/x.js">', '<a href="//cdn.example/x.js">'),
        (f"http://{MASTER}:8020/x", f"http://{MASTER}:8020/x"),
        (f"http://{MASTER}:80880/x", f"http://{MASTER}:80880/x"),
        ("http://10.213.0.101:8088/", "http://10.213.0.101:8088/"),
        (f"http://{MASTER}.evil.example:8088/", f"http://{MASTER}.evil.example:8088/"),
        ('<a href="jobs/">', '<a href="jobs/">'),
        (f'<a href="{HERE}/x">', f'<a href="{HERE}/x">'),
    ],
)
def test_links_in_html(text: str, wanted: str) -> None:
    assert links().text(text.encode(), html=True).decode() == wanted


def test_attributes_are_rewritten_in_html_alone_and_addresses_everywhere() -> None:
    text = f"'<a href=\"/x\">' + 'http://{MASTER}:8088/y'"
    assert links().text(text.encode(), html=False).decode() == (f"'<a href=\"/x\">' + '{ORIGIN}{UI}/{MASTER}/8088/y'")


def test_pages_get_the_script_that_mends_what_scripts_make() -> None:
    page = links().text(b"<html><head><title>x</title></head>", html=True).decode()
    assert page == f'<html><head><script src="{SHIM}"></script><title>x</title></head>'


def test_redirects_and_cookies_stay_inside() -> None:
    found = links()
    assert found.location("/cluster") == f"{HERE}/cluster"
    assert found.location(f"http://{MASTER}:19888/jobhistory") == f"{ORIGIN}{UI}/{MASTER}/19888/jobhistory"
    assert found.location("index.html") == "index.html"
    assert found.location("https://aws.amazon.com/") == "https://aws.amazon.com/"
    assert found.cookie("a=b; Path=/proxy/x; HttpOnly") == f"a=b; Path={HERE}/proxy/x; HttpOnly"


@pytest.mark.parametrize("size", [1, 7, 64, 1000])
def test_a_stream_in_pieces_is_rewritten_like_a_whole(size: int) -> None:
    lines = [f'<tr><td><a href="/app/{n}">{n}</a>, http://{CORE}:8042/node/{n}\n' for n in range(200)]
    text = ("<head>" + "".join(lines)).encode()
    stream, found = Stream(links(), html=True), b""
    for at in range(0, len(text), size):
        found += stream.feed(text[at : at + size])
    assert found + stream.end() == links().text(text, html=True)


def test_a_stream_keeps_back_little() -> None:
    stream = Stream(links(), html=True)
    assert sum(len(stream.feed(b"x" * 1000)) for _ in range(1000)) > 900_000


def test_tickets_are_good_for_their_cluster_and_their_time() -> None:
    tickets = Tickets({"key": "secret"})
    ticket = tickets.issue("j-1", 1000.0)
    assert tickets.good(ticket, "j-1", 1000.0 + SECONDS)
    assert not tickets.good(ticket, "j-1", 1001.0 + SECONDS)
    assert not tickets.good(ticket, "j-2", 1000.0)
    assert not Tickets({"key": "other"}).good(ticket, "j-1", 1000.0)
    later = f"{int(ticket.split('.')[0]) + 1}.{ticket.split('.')[1]}"
    for forged in ("", ".", "x.y", later, ticket + "é", "²." + ticket):
        assert not tickets.good(forged, "j-1", 1000.0)
    assert with_ticket("/a", "t") == "/a?localemr-ticket=t"
    assert with_ticket("/a?b", "t") == "/a?b&localemr-ticket=t"
