"""The routes at the controller's own address: <PREFIX>/<cluster>/ lists a cluster's pages, and
<PREFIX>/<cluster>/<host>/<port>/… serves a page to programs. Browsers are redirected to the page's own origin.
"""

from __future__ import annotations

import html
from time import time
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from localemr.webui import tickets
from localemr.webui.addresses import PREFIX, Domains
from localemr.webui.directory import ClusterPages, Directory, Page
from localemr.webui.proxy import METHODS, Exchange, pass_on, raw_path
from localemr.webui.rewriting import Rewriter

SANDBOX = {"content-security-policy": "sandbox allow-scripts allow-forms allow-popups allow-downloads"}
"""With this header a browser gives a page at the controller's address a unique opaque origin."""
LIST_POLICY = {"content-security-policy": "default-src 'none'"}
NO_CLUSTER = "There is no such cluster."


def ui_routes(directory: Directory, domains: Domains) -> list[Route]:
    """The routes."""
    pages = _Pages(directory, domains)
    return [
        Route(f"{PREFIX}/{{cluster}}", pages.list, methods=["GET"]),
        Route(f"{PREFIX}/{{cluster}}/", pages.list, methods=["GET"]),
        Route(f"{PREFIX}/{{cluster}}/{{host}}/{{port:int}}", _add_slash, methods=["GET"]),
        Route(f"{PREFIX}/{{cluster}}/{{host}}/{{port:int}}/{{path:path}}", pages.show, methods=METHODS),
    ]


async def _add_slash(request: Request) -> Response:
    return RedirectResponse(_with_query(request.url.path + "/", request.url.query), 307)


def _with_query(path: str, query: str) -> str:
    return f"{path}?{query}" if query else path


class _Pages:
    def __init__(self, directory: Directory, domains: Domains) -> None:
        self._directory = directory
        self._domains = domains

    async def list(self, request: Request) -> Response:
        """The list of the cluster's pages, as HTML."""
        found = self._directory.cluster(request.path_params["cluster"])
        if found is None:
            return PlainTextResponse(NO_CLUSTER, 404)
        if refusal := self._without_ticket(request, found.cluster.id):
            return refusal
        rows = [
            f'<li><a href="{PREFIX}/{found.cluster.id}/{page.host}/{page.port}/">{html.escape(page.name)}</a>'
            f" on {page.host} ({page.instance.spec.role})</li>"
            for page in self._directory.pages(found)
        ]
        title = f"{found.cluster.id} {html.escape(found.cluster.spec.name)}"
        text = "".join(rows) or "<li>none is served now</li>"
        return HTMLResponse(f"<!DOCTYPE html><html><head><title>{title}</title></head><body><h1>{title}</h1>"
                            f"<ul>{text}</ul></body></html>", headers=LIST_POLICY)  # fmt: skip

    async def show(self, request: Request) -> Response:
        """A page or one of its resources."""
        found = self._directory.cluster(request.path_params["cluster"])
        if found is None:
            return PlainTextResponse(NO_CLUSTER, 404)
        if refusal := self._without_ticket(request, found.cluster.id):
            return refusal
        host, port = request.path_params["host"], request.path_params["port"]
        page = found.find(host, port)
        if page is None:
            return PlainTextResponse(f"{found.cluster.id} serves no web page at {host}:{port}.", 404)
        root = f"{PREFIX}/{found.cluster.id}/{host}/{port}"
        path = raw_path(request).removeprefix(root.encode()) or b"/"
        suffix = self._domains.suffix(request.url.netloc)
        if suffix and is_navigation(request):
            return self._to_origin(request, found, page, suffix, path.decode("latin-1"))
        here = f"{request.url.scheme}://{request.url.netloc}{PREFIX}/{found.cluster.id}"
        rewriter = Rewriter(lambda name, at: f"{here}/{name}/{at}" if found.find(name, at) else None, root)
        return await pass_on(request, Exchange(page, path, rewriter, cookies=False, headers=SANDBOX))

    def _to_origin(self, request: Request, found: ClusterPages, page: Page, suffix: str, path: str) -> Response:
        ticket = tickets.path_of(self._directory.ticket(found.cluster.id))
        origin = f"{request.url.scheme}://{found.place(page).label}{suffix}"
        return RedirectResponse(_with_query(f"{origin}{ticket}{path}", request.url.query), 307)

    def _without_ticket(self, request: Request, cluster_id: str) -> Response | None:
        """The response to a request without a valid ticket in its cookie; None: it has one, or needs none."""
        gate = self._directory.tickets
        name, now = tickets.cookie(cluster_id), time()
        if gate is None or gate.good(request.cookies.get(name, ""), cluster_id, now):
            return None
        ticket = request.query_params.get(tickets.PARAMETER, "")
        if not gate.good(ticket, cluster_id, now):
            return PlainTextResponse(tickets.MISSING, 403)
        rest = urlencode([pair for pair in request.query_params.multi_items() if pair[0] != tickets.PARAMETER])
        answer = RedirectResponse(_with_query(request.url.path, rest), 307)
        tickets.keep(answer, cluster_id, ticket)
        return answer


def is_navigation(request: Request) -> bool:
    """Whether a browser opens a page, in contrast to requests of programs and scripts. Only browsers name text/html in
    Accept (Fetch standard, "fetching": navigations); curl and HTTP libraries send */* or no Accept."""
    return request.method in ("GET", "HEAD") and "text/html" in request.headers.get("accept", "")
