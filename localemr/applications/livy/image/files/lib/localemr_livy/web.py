"""HTTP: requests are read, given to the API or the pages, and answered; each is noted in the log of requests."""

from __future__ import annotations

import json
import logging
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from localemr_livy.pages import page
from localemr_livy.problems import Refused
from localemr_livy.routes import Answer, Api, Request

LOG, REQUESTS = logging.getLogger("livy.web"), logging.getLogger("livy.requests")
LONGEST = 64 * 2**20
"""Bytes of a body."""
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
JSON_TYPE, PAGE_TYPE, TEXT_TYPE = (
    "application/json;charset=utf-8",
    "text/html;charset=utf-8",
    "text/plain;charset=utf-8",
)


class Handler(BaseHTTPRequestHandler):
    """A connection of a client."""

    protocol_version = "HTTP/1.1"
    server_version = "Livy"
    sys_version = ""
    timeout = 300
    disable_nagle_algorithm = True
    server: Server

    def _handle(self) -> None:
        try:
            status, kind, content, location = self._answer()
        except Refused as refused:
            status, kind, content, location = refused.status, JSON_TYPE, json.dumps(refused.body), ""
        except Exception as error:
            LOG.exception("%s %s failed", self.command, self.path)
            status, kind, content, location = 500, JSON_TYPE, json.dumps(f"{type(error).__name__}: {error}"), ""
        body = content.encode()
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if location:
            self.send_header("Location", location)
        if status != 204:
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD" and status != 204:
            self.wfile.write(body)

    do_GET = do_HEAD = do_POST = do_DELETE = do_PUT = do_PATCH = _handle

    def _answer(self) -> tuple[int, str, str, str]:
        """Status, type and text of the answer, and its Location. Raises Refused."""
        body = self._body()
        parts = urlsplit(self.path)
        base = self.server.base
        path = unquote(parts.path)
        path = path[len(base) :] if base and path.startswith(base) else path
        method = "GET" if self.command == "HEAD" else self.command
        self._check_origin(method)
        if self.server.csrf and method not in SAFE and self.headers.get("X-Requested-By") is None:
            raise Refused(400, {"msg": "Missing Required Header for CSRF protection."})
        if method == "GET" and path in ("/metrics/ping", "/ping"):
            return 200, TEXT_TYPE, "pong\n", ""
        if method == "GET" and (path == "/ui" or path.startswith("/ui/")):
            shown = page(self.server.api.livy, path[3:], base)
            return (200, PAGE_TYPE, shown, "") if shown else (404, TEXT_TYPE, "File not found\n", "")
        request = Request(method, path, dict(parse_qsl(parts.query, keep_blank_values=True)), _json(body))
        answer = self.server.api.answer(request)
        if answer is not None:
            return _written(answer, base)
        if method == "GET":
            return 302, TEXT_TYPE, "", f"{base}/ui/"
        raise Refused(404, {"msg": f"{method} {path} is not known"})

    def _check_origin(self, method: str) -> None:
        """A web page of another origin must not run code here; programs send no Origin. Raises Refused."""
        origin = self.headers.get("Origin")
        if method not in SAFE and origin and urlsplit(origin).netloc != self.headers.get("Host"):
            raise Refused(403, {"msg": f"Requests of web pages of another origin are refused: {origin}"})

    def _body(self) -> bytes:
        try:
            length = int(self.headers.get("Content-Length") or 0)
        except ValueError:
            length = -1
        if not 0 <= length <= LONGEST or self.headers.get("Transfer-Encoding"):
            self.close_connection = True
            raise Refused(413, {"msg": f"a body needs a Content-Length of at most {LONGEST} bytes"})
        return self.rfile.read(length) if length else b""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Note a request in the log of requests."""
        REQUESTS.info('%s "%s" %s', self.client_address[0], self.requestline, int(code))

    def log_message(self, format: str, *args: Any) -> None:
        """Errors of the protocol."""
        LOG.info(format, *args)


def _written(answer: Answer, base: str) -> tuple[int, str, str, str]:
    location = base + answer.location if answer.location else ""
    if answer.status == 204:
        return 204, "", "", location
    return answer.status, JSON_TYPE, "" if answer.body is None else json.dumps(answer.body), location


def _json(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise Refused(400, f"Unexpected character in JSON: {error}") from error


class Server(ThreadingHTTPServer):
    """The web server. Each connection has a thread."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, host: str, port: int, api: Api, csrf: bool, base: str) -> None:
        """`csrf`: requests that change something need the header X-Requested-By. `base` is the path before all others.
        Raises OSError when the port is taken."""
        self.api, self.csrf, self.base = api, csrf, base.rstrip("/")
        super().__init__((host, port), _handler())


def _handler() -> Callable[..., BaseHTTPRequestHandler]:
    return Handler
