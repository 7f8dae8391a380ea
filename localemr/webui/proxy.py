"""Forwards a request to a cluster's page, and returns its response."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field

from starlette.datastructures import MutableHeaders
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response, StreamingResponse

from localemr.webui import rewriting, tickets
from localemr.webui.directory import Page
from localemr.webui.rewriting import Rewriter
from localemr.webui.upstream import Answer, Connection, Headers, Unreachable

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
NOT_SENT = {b"host", b"connection", b"keep-alive", b"te", b"trailer", b"upgrade", b"proxy-authorization",
            b"accept-encoding", b"authorization", b"cookie", b"expect"}  # fmt: skip
"""Headers of requests that are not forwarded: of the connection, for the controller, or replaced."""
NOT_RETURNED = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"trailer", b"content-length"}


@dataclass(frozen=True)
class Exchange:
    """How one request is forwarded: `path` is the page's own (as sent, percent-encoded). Cookies are forwarded in both
    directions only where the page has its own origin (`cookies`). `headers` are added to the response."""

    page: Page
    path: bytes
    rewriter: Rewriter
    cookies: bool
    headers: Mapping[str, str] = field(default_factory=dict)


async def pass_on(request: Request, exchange: Exchange) -> Response:
    """The page's response; 502 when the page does not respond."""
    if request.method not in METHODS:
        return PlainTextResponse("Method not allowed.", 405)
    try:
        answer = await _send(request, exchange)
    except Unreachable as error:
        return PlainTextResponse(f"{exchange.page.host}:{exchange.page.port} does not answer: {error}", 502)
    except ClientDisconnect:
        return PlainTextResponse("The request broke off.", 400)
    return _returned(answer, exchange)


def raw_path(request: Request) -> bytes:
    """The request's path as it was sent."""
    path: bytes = request.scope.get("raw_path") or request.url.path.encode()
    return path.split(b"?")[0]


async def _send(request: Request, exchange: Exchange) -> Answer:
    """Raises Unreachable, ClientDisconnect."""
    query: bytes = request.scope["query_string"]
    target = exchange.path + b"?" + query if query else exchange.path
    connection = await Connection.open(*exchange.page.target)
    try:
        return await connection.request(request.method, target, _sent_headers(request, exchange), request.stream())
    except BaseException:
        connection.close()
        raise


def _sent_headers(request: Request, exchange: Exchange) -> Headers:
    """The client's headers, but with the page's own name as Host. Tickets are not forwarded."""
    sent = [(name, value) for name, value in request.headers.raw if name not in NOT_SENT]
    cookies = {name: value for name, value in request.cookies.items() if not name.startswith(tickets.PARAMETER)}
    if cookies and exchange.cookies:
        sent.append((b"cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()).encode("latin-1")))
    host = f"{exchange.page.host}:{exchange.page.port}".encode()
    return [(b"host", host), (b"connection", b"close"), *sent]


def _returned(answer: Answer, exchange: Exchange) -> Response:
    """The response. Addresses are rewritten in text; other content is returned unchanged."""
    headers = MutableHeaders(raw=[pair for pair in answer.headers if pair[0] not in NOT_RETURNED])
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    packed = headers.get("content-encoding", "identity") != "identity"
    if "location" in headers:
        headers["location"] = exchange.rewriter.location(headers["location"])
    cookies = headers.getlist("set-cookie") if exchange.cookies else []
    del headers["set-cookie"]
    for cookie in cookies:
        headers.append("set-cookie", _of_one_host(cookie))
    for name, value in exchange.headers.items():
        headers.append(name, value)
    rewritten = kind in rewriting.TEXTS and not packed
    if not rewritten:
        headers.raw.extend(pair for pair in answer.headers if pair[0] == b"content-length")
    body = _rewritten(answer, exchange.rewriter, kind in rewriting.HTML) if rewritten else _as_it_comes(answer)
    response = StreamingResponse(body, answer.status)
    response.raw_headers = headers.raw
    return response


def _of_one_host(cookie: str) -> str:
    """A Set-Cookie header without Domain: the browser returns it to this one origin's host only."""
    return ";".join(part for part in cookie.split(";") if part.split("=")[0].strip().lower() != "domain")


async def _as_it_comes(answer: Answer) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.body():
            yield piece
    finally:
        answer.close()


async def _rewritten(answer: Answer, rewriter: Rewriter, html: bool) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.body():
            if data := rewriter.feed(piece, html):
                yield data
        if rest := rewriter.end(html):
            yield rest
    finally:
        answer.close()
