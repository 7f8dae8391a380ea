"""Pages of clusters at separate origins: a host name that encodes the place of a page serves that page at its root, and
nothing else of the controller (addresses.py).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from time import time

from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from localemr.door.hosts import host_name
from localemr.webui import tickets
from localemr.webui.addresses import Domains, Place
from localemr.webui.directory import ClusterPages, Directory
from localemr.webui.proxy import Exchange, pass_on, raw_path
from localemr.webui.rewriting import Rewriter
from localemr.webui.routes import NO_CLUSTER, is_navigation

SCRIPT = "/_localemr/links.js"
_SCRIPT_TEXT = Path(__file__).with_name("links.js").read_text()
NOT_STORED = {"cache-control": "no-store"}


class PageOrigins:
    """An ASGI application: requests to hosts of pages are answered from the directory, all others by `app`."""

    def __init__(self, app: ASGIApp, domains: Domains, directory: Callable[[], Directory | None]) -> None:
        """`directory` returns None as long as the controller has not started."""
        self._app = app
        self._domains = domains
        self._directory = directory
        self._place_of = lru_cache(256)(self._read)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        place = self._place(scope) if scope["type"] == "http" else None
        if place is None:
            await self._app(scope, receive, send)
            return
        response = await self._answer(Request(scope, receive), place)
        await response(scope, receive, send)

    def _place(self, scope: Scope) -> Place | None:
        host = next((value for name, value in scope["headers"] if name == b"host"), b"")
        return self._place_of(host)

    def _read(self, host: bytes) -> Place | None:
        name = host_name(host.decode("latin-1"))
        return self._domains.place(name) if name else None

    async def _answer(self, request: Request, place: Place) -> Response:
        directory = self._directory()
        found = directory.cluster(place.cluster_id) if directory else None
        if directory is None or found is None:
            return PlainTextResponse(NO_CLUSTER, 404)
        path, refusal = _admit(request, directory, place.cluster_id)
        if refusal:
            return refusal
        if path == SCRIPT.encode():
            return self._script(request, directory, found)
        page = found.find(place.host, place.port)
        if page is None:
            return PlainTextResponse(f"{place.cluster_id} serves no web page at {place.host}:{place.port}.", 404)
        rewriter = Rewriter(self._addresses(request, directory, found), script=SCRIPT)
        return await pass_on(request, Exchange(page, path, rewriter, cookies=True))

    def _addresses(
        self, request: Request, directory: Directory, found: ClusterPages
    ) -> Callable[[str, int], str | None]:
        """Addresses of the cluster's other pages, with a ticket."""
        suffix = self._domains.suffix(request.url.netloc)
        ticket = tickets.path_of(directory.ticket(found.cluster.id))

        def address(name: str, port: int) -> str | None:
            page = found.find(name, port)
            return f"{request.url.scheme}://{found.place(page).label}{suffix}{ticket}" if page else None

        return address

    def _script(self, request: Request, directory: Directory, found: ClusterPages) -> Response:
        """The script that rewrites links made by the page's scripts, with the names of this cluster."""
        known = {
            "cluster": found.cluster.id.lower(),
            "hosts": dict(found.short_names()),
            "suffix": self._domains.suffix(request.url.netloc),
            "ticket": tickets.path_of(directory.ticket(found.cluster.id)),
        }
        return Response(f"var localemr = {json.dumps(known)};\n{_SCRIPT_TEXT}", media_type="text/javascript",
                        headers=NOT_STORED)  # fmt: skip


def _admit(request: Request, directory: Directory, cluster_id: str) -> tuple[bytes, Response | None]:
    """The page's own path, and the response to a request that is not forwarded.

    A ticket is in a cookie or before the path. A browser that opens a page gets the cookie and is redirected to the
    path without the ticket. Requests of scripts and programs are forwarded at once.
    """
    path, gate = raw_path(request), directory.tickets
    if gate is None:
        return path, None
    ticket, rest = tickets.split(path)
    if not ticket and gate.good(request.cookies.get(tickets.cookie(cluster_id), ""), cluster_id, time()):
        return path, None
    if not gate.good(ticket, cluster_id, time()):
        return path, PlainTextResponse(tickets.MISSING, 403)
    if not is_navigation(request):
        return rest, None
    query = f"?{request.url.query}" if request.url.query else ""
    answer = RedirectResponse(f"{request.url.scheme}://{request.url.netloc}{rest.decode('latin-1')}{query}", 307)
    tickets.keep(answer, cluster_id, ticket)
    return rest, answer
