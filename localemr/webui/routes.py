"""The routes of web pages: <PREFIX>/<cluster>/ lists a cluster's, <PREFIX>/<cluster>/<host>/<port>/… is one of them."""

from __future__ import annotations

import html
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from time import time
from urllib.parse import urlencode, urlsplit

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, PlainTextResponse, RedirectResponse, StreamingResponse
from starlette.datastructures import MutableHeaders

from localemr.domain.model.records import Cluster
from localemr.webui import links, tickets
from localemr.webui.directory import Directory
from localemr.webui.upstream import Answer, Connection, Headers, Unreachable

METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS"]
READING = ("GET", "HEAD", "OPTIONS")
NOT_SENT = {b"host", b"connection", b"keep-alive", b"te", b"trailer", b"upgrade", b"proxy-authorization",
            b"accept-encoding", b"authorization", b"cookie", b"expect"}  # fmt: skip
"""Headers of requests that do not go on: of the connection, or meant for the controller; or they are made anew."""
NOT_RETURNED = {b"connection", b"keep-alive", b"transfer-encoding", b"upgrade", b"trailer", b"content-length"}
NO_TICKET = "A ticket is needed: the addresses of `localemr status` and GetOnClusterAppUIPresignedURL have one."
_SCRIPT = Path(__file__).with_name("links.js").read_text()


def ui_router(directory: Directory) -> APIRouter:
    """The routes. Include them last: the last one takes what is left."""
    pages = _Pages(directory)
    router = APIRouter()
    router.add_route(links.SHIM, _shim, methods=["GET"])
    router.add_route(f"{links.PREFIX}/{{cluster}}", pages.list, methods=["GET"])
    router.add_route(f"{links.PREFIX}/{{cluster}}/", pages.list, methods=["GET"])
    router.add_route(f"{links.PREFIX}/{{cluster}}/{{host}}/{{port:int}}", _add_slash, methods=["GET"])
    router.add_route(f"{links.PREFIX}/{{cluster}}/{{host}}/{{port:int}}/{{path:path}}", pages.show, methods=METHODS)
    router.add_route("/{path:path}", _lost, methods=METHODS)
    return router


async def _shim(request: Request) -> Response:
    return Response(_SCRIPT, media_type="text/javascript", headers={"Cache-Control": "max-age=3600"})


async def _add_slash(request: Request) -> Response:
    return RedirectResponse(_with_query(request, request.url.path + "/"), 307)


async def _lost(request: Request) -> Response:
    """A page's script asked for an address that begins with a slash: the referrer tells whose it is."""
    came_from = urlsplit(request.headers.get("referer", ""))
    parts = came_from.path.split("/")
    if came_from.netloc == request.url.netloc and len(parts) > 6 and came_from.path.startswith(f"{links.PREFIX}/"):
        path = request.scope.get("raw_path", request.url.path.encode()).decode("latin-1")
        return RedirectResponse(_with_query(request, "/".join(parts[:6]) + path), 307)
    return PlainTextResponse("Not found", 404)


def _with_query(request: Request, path: str) -> str:
    return f"{path}?{request.url.query}" if request.url.query else path


class _Pages:
    def __init__(self, directory: Directory) -> None:
        self._directory = directory
        self._gate = directory.gate

    async def list(self, request: Request) -> Response:
        """The cluster's pages, for people."""
        cluster = self._directory.cluster(request.path_params["cluster"])
        if refusal := self._refusal(request, cluster):
            return refusal
        assert cluster is not None
        rows = [
            f'<li><a href="{page.path(cluster.id)}">{html.escape(page.name)}</a> on {page.host}'
            f" ({page.instance.spec.role})</li>"
            for page in self._directory.pages(cluster)
        ]
        title = f"{cluster.id} {html.escape(cluster.spec.name)}"
        text = "".join(rows) or "<li>none is served now</li>"
        return HTMLResponse(f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>"
                            f"<ul>{text}</ul></body></html>")  # fmt: skip

    async def show(self, request: Request) -> Response:
        """One page, or whatever belongs to it."""
        host, port = request.path_params["host"], request.path_params["port"]
        cluster = self._directory.cluster(request.path_params["cluster"])
        if refusal := self._refusal(request, cluster):
            return refusal
        assert cluster is not None
        hosts = self._directory.hosts(cluster)
        target = self._directory.target(cluster.id, hosts.get(host), port)
        if target is None:
            return PlainTextResponse(f"{cluster.id} serves no web page at {host}:{port}.", 404)
        origin = f"{request.url.scheme}://{request.url.netloc}"
        found = links.Links(origin, cluster.id, host, port, hosts, self._known(cluster, hosts))
        try:
            answer = await _ask(request, found, *target)
        except Unreachable as error:
            return PlainTextResponse(f"{host}:{port} does not answer: {error}", 502)
        return _pass_on(request, answer, found)

    def _known(self, cluster: Cluster, hosts: Mapping[str, str]) -> links.Known:
        return lambda host, port: self._directory.target(cluster.id, hosts.get(host), port) is not None

    def _refusal(self, request: Request, cluster: Cluster | None) -> Response | None:
        """The answer to a request that gets no page; None when it gets one."""
        if cluster is None:
            return PlainTextResponse("There is no such cluster.", 404)
        origin = request.headers.get("origin")
        if request.method not in READING and origin and urlsplit(origin).netloc != request.url.netloc:
            return PlainTextResponse("Another site may not change anything here.", 403)
        if self._gate is None:
            return None
        name, now = tickets.cookie(cluster.id), time()
        if self._gate.good(request.cookies.get(name, ""), cluster.id, now):
            return None
        ticket = request.query_params.get(tickets.PARAMETER, "")
        if not self._gate.good(ticket, cluster.id, now):
            return PlainTextResponse(NO_TICKET, 403)
        rest = urlencode([pair for pair in request.query_params.multi_items() if pair[0] != tickets.PARAMETER])
        answer = RedirectResponse(f"{request.url.path}?{rest}" if rest else request.url.path, 307)
        answer.set_cookie(name, ticket, max_age=tickets.SECONDS, httponly=True, samesite="lax")
        return answer


async def _ask(request: Request, found: links.Links, host: str, port: int) -> Answer:
    """Send the request on. Raises Unreachable."""
    prefix = found.base.encode()
    path: bytes = request.scope.get("raw_path", b"").split(b"?")[0].removeprefix(prefix) or b"/"
    query: bytes = request.scope["query_string"]
    connection = await Connection.open(host, port)
    try:
        target = path + b"?" + query if query else path
        return await connection.request(request.method, target, _sent_headers(request, found), request.stream())
    except BaseException:
        connection.close()
        raise


def _sent_headers(request: Request, found: links.Links) -> Headers:
    """The browser's headers, but as if the page had been asked under its own name. Tickets stay here."""
    host, port = found.base.rsplit("/", 2)[1:]
    sent = [(name, value) for name, value in request.headers.raw if name not in NOT_SENT]
    cookies = {name: value for name, value in request.cookies.items() if not name.startswith(tickets.PARAMETER)}
    if cookies:
        sent.append((b"cookie", "; ".join(f"{name}={value}" for name, value in cookies.items()).encode("latin-1")))
    return [(b"host", f"{host}:{port}".encode()), (b"connection", b"close"), *sent]


def _pass_on(request: Request, answer: Answer, found: links.Links) -> Response:
    """The answer, with its links rewritten if it is a text; the rest as it comes."""
    headers = MutableHeaders(raw=[pair for pair in answer.headers if pair[0] not in NOT_RETURNED])
    kind = headers.get("content-type", "").split(";")[0].strip().lower()
    packed = headers.get("content-encoding", "identity") != "identity"
    if "location" in headers:
        headers["location"] = found.location(headers["location"])
    cookies = [found.cookie(value) for value in headers.getlist("set-cookie")]
    del headers["set-cookie"]
    for cookie in cookies:
        headers.append("set-cookie", cookie)
    rewritten = kind in links.TEXTS and not packed
    if not rewritten:
        headers.raw.extend(pair for pair in answer.headers if pair[0] == b"content-length")
    stream = links.Stream(found, kind in links.HTML) if rewritten else None
    response = StreamingResponse(_body(answer, stream), answer.status)
    response.raw_headers = headers.raw
    return response


async def _body(answer: Answer, stream: links.Stream | None) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.body():
            if data := stream.feed(piece) if stream else piece:
                yield data
        if stream and (rest := stream.end()):
            yield rest
    finally:
        answer.close()
