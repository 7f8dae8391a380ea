"""Requests of a node's programs to a ResourceManager that is on standby: it names the active one."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest
from localemr_node import active


@contextmanager
def server(address: str, port: int, status: int, body: bytes, location: str = "") -> Iterator[tuple[int, list[str]]]:
    """A port at an address that answers so, and the requests that it had."""
    requests: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            content = self.rfile.read(int(self.headers["Content-Length"]))
            requests.append(f"{self.command} {self.path} {content.decode()}")
            self.send_response(status)
            if location:
                self.send_header("Location", location)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    subject = HTTPServer((address, port), Handler)
    thread = threading.Thread(target=subject.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield subject.server_port, requests
    subject.shutdown()
    thread.join()
    subject.server_close()


def test_the_active_one_is_requested_with_the_same_request() -> None:
    with server("127.0.0.2", 0, 202, b"done") as (port, requested):
        place = f"http://127.0.0.2:{port}/elsewhere"
        with server("127.0.0.1", port, 307, b"This is standby RM.", place) as (_, first):
            assert active.request(port, "PUT", "/apps/1?a=b", {}, "{}") == (202, b"done")
    assert first == requested == ["PUT /apps/1?a=b {}"]


def test_without_an_active_one_the_standby_one_s_answer_counts() -> None:
    with server("127.0.0.1", 0, 200, b"Can not find any active RM.") as (port, _):
        assert active.request(port, "PUT", "/x", {}, "") == (200, b"Can not find any active RM.")


def test_nothing_listens() -> None:
    with server("127.0.0.1", 0, 200, b"") as (port, _):
        pass
    with pytest.raises(OSError):
        active.request(port, "PUT", "/x", {}, "")
