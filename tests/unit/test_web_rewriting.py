"""Absolute addresses of a cluster's pages resolve outside the cluster, wherever they stand; the rest is left alone."""

from __future__ import annotations

import time

import pytest

from localemr.webui.rewriting import Rewriter

MASTER, CORE = "ip-10-213-0-10.ec2.internal", "ip-10-213-0-11.ec2.internal"
SHORT = {MASTER: "m", "ip-10-213-0-10": "m", "10.213.0.10": "m", CORE: "c", "ip-10-213-0-11": "c"}
ROOT = f"/_localemr/ui/j-1/{MASTER}/8088"


def find(host: str, port: int) -> str | None:
    return f"http://{SHORT[host]}--{port}.localhost:4577" if host in SHORT and port in (8088, 8042, 19888) else None


def rewritten(rewriter: Rewriter, text: str, html: bool = True, size: int = 1 << 16) -> str:
    data, found = text.encode(), b""
    for at in range(0, len(data), size):
        found += rewriter.feed(data[at : at + size], html)
    return (found + rewriter.end(html)).decode()


MOVED = [
    (f"<a href='http://{CORE}:8042/node'>", "<a href='http://c--8042.localhost:4577/node'>"),
    (f"<a href='//{CORE}:8042'>x", "<a href='http://c--8042.localhost:4577'>x"),
    (f"<a href='http://{CORE.upper()}:8042'>x", "<a href='http://c--8042.localhost:4577'>x"),
    (f'"stdout" : "https://{CORE}:8042/a?b=c"', '"stdout" : "http://c--8042.localhost:4577/a?b=c"'),
    ("http://10.213.0.10:8088", "http://m--8088.localhost:4577"),
]
KEPT = [
    '<a href="http://spark.apache.org/docs">',
    '<a href="//cdn.example/x.js">',
    f"http://{MASTER}:8020/x",
    f"http://{MASTER}:80880/x",
    f"http://{MASTER}:808800/x",
    f"http://{MASTER}/x",
    "http://10.213.0.101:8088/",
    f"http://{MASTER}.evil.example:8088/",
    f"http://x{MASTER}:8088/",
    "<header><a href='jobs/'>",
    "<script>setUIRoot('/proxy/application_1_1')</script>",
    "/" * 50,
]
ROOTED = ['<a href="/cluster/apps">', "<a href='/'>", '["<a href=\\"/cluster\\">"]', '<img SRC = "/x.png">',
          '<form action="/x">']  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), MOVED)
@pytest.mark.parametrize("html", [True, False])
def test_addresses_of_pages(text: str, expected: str, html: bool) -> None:
    assert rewritten(Rewriter(find), text, html) == expected
    assert rewritten(Rewriter(find, ROOT), text, html) == expected


@pytest.mark.parametrize("text", KEPT)
def test_what_is_left_alone(text: str) -> None:
    assert rewritten(Rewriter(find, ROOT), text) == text


@pytest.mark.parametrize("text", ROOTED)
def test_addresses_with_a_slash_are_rewritten_in_html_at_the_controllers_address_only(text: str) -> None:
    assert rewritten(Rewriter(find), text) == text
    assert rewritten(Rewriter(find, ROOT), text, html=False) == text
    assert rewritten(Rewriter(find, ROOT), text) == text.replace('"/', f'"{ROOT}/').replace("'/", f"'{ROOT}/")
    done = f'<a href="{ROOT}/x">'
    assert rewritten(Rewriter(find, ROOT), done) == done


def test_a_script_is_added_once() -> None:
    page = "<html><HEAD lang='x'><title>x</title></head><script>'<head>'</script>"
    expected = page.replace("<HEAD lang='x'>", "<HEAD lang='x'><script src=\"/s.js\"></script>")
    assert rewritten(Rewriter(find, script="/s.js"), page) == expected
    assert rewritten(Rewriter(find, script="/s.js"), page, html=False) == page


def test_redirects() -> None:
    own, below = Rewriter(find), Rewriter(find, ROOT)
    for rewriter in (own, below):
        moved = rewriter.location(f"http://{MASTER}:19888/jobhistory")
        assert moved == "http://m--19888.localhost:4577/jobhistory"
        for kept in ("index.html", "https://aws.amazon.com/", "//cdn.example/"):
            assert rewriter.location(kept) == kept
    assert (own.location("/cluster"), below.location("/cluster")) == ("/cluster", f"{ROOT}/cluster")
    assert below.location(f"{ROOT}/x") == f"{ROOT}/x"


@pytest.mark.parametrize("size", [1, 7, 64, 255, 1000])
@pytest.mark.parametrize("root", ["", ROOT])
def test_a_stream_in_pieces_is_rewritten_like_a_whole(size: int, root: str) -> None:
    lines = [f'<tr><td><a href="/app/{n}">{n}</a>, http://{CORE}:8042/node/{n}\n' for n in range(200)]
    text = "<head>" + "".join(lines) + "x" * 600 + f"http://{CORE}:8042"
    whole = rewritten(Rewriter(find, root, "/s.js"), text)
    assert whole.count("c--8042.localhost:4577") == 201
    assert rewritten(Rewriter(find, root, "/s.js"), text, size=size) == whole


def test_a_stream_keeps_back_little() -> None:
    rewriter = Rewriter(find)
    assert sum(len(rewriter.feed(b"x" * 1000, True)) for _ in range(1000)) > 999_000


@pytest.mark.parametrize("piece", ["/", "http://", "//a", "href=", "<head ", "//" + "a." * 60, ' src = "/', "href   "])
def test_the_time_is_linear(piece: str) -> None:
    def seconds(length: int) -> float:
        text = piece * (length // len(piece))
        start = time.process_time()
        rewritten(Rewriter(find, ROOT), text)
        return time.process_time() - start

    assert seconds(2_000_000) < 60 * max(seconds(100_000), 0.01)
