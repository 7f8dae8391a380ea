"""The middleware around the whole application. What it lets through comes from a program, or from a page of the same
origin, to a name of the controller, with a body of an expected type that is bounded in size and time.

Rules of the browser that it builds on: a page cannot set Host, Origin or Sec-Fetch-Site (Fetch standard, forbidden
request headers); every cross-origin request but a plain GET or HEAD has an Origin; AWS's SDKs and CLI send none.
"""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from localemr.door import refusals
from localemr.door.bounds import Bounded
from localemr.door.hosts import Hosts, host_name
from localemr.door.refusals import Refusal
from localemr.door.routes import Route, route_of

READING = ("GET", "HEAD", "OPTIONS")


class Door:
    """An ASGI application that checks each request before `app` gets it."""

    def __init__(self, app: ASGIApp, hosts: Hosts) -> None:
        self._app = app
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
            return
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        route = route_of(scope["path"], self._on_page_host(headers))
        try:
            self._check(scope["method"], headers)
            has_body = _check_body(scope["method"], headers, route)
        except Refusal as refusal:
            await _refuse(refusal, route, headers, send)
            return
        if has_body:
            await self._bounded(scope, receive, send, route)
        else:
            await self._app(scope, receive, send)

    async def _bounded(self, scope: Scope, receive: Receive, send: Send, route: Route) -> None:
        channels = Bounded(receive, send, route)
        try:
            await self._app(scope, channels.receive, channels.send)
        except Exception:
            if channels.refusal is None:
                raise
        if channels.refusal is not None and not channels.answered:
            await _refuse(channels.refusal, route, Headers(scope=scope), send)

    def _on_page_host(self, headers: Headers) -> bool:
        name = host_name(headers.get("host", ""))
        return name is not None and self._hosts.page(name) is not None

    def _check(self, method: str, headers: Headers) -> None:
        """Host, Origin and Sec-Fetch-Site. Raises Refusal."""
        named = headers.getlist("host")
        if len(named) != 1:
            raise refusals.malformed("A request has one Host header.")
        host = named[0]
        if not self._hosts.accept(host):
            raise refusals.foreign_host(host)
        origins = headers.getlist("origin")
        for origin in origins:
            if not self._hosts.same_site(origin, host):
                raise refusals.foreign_origin(origin)
        if not origins and _is_from_another_site(method, headers):
            raise refusals.foreign_origin(f"Sec-Fetch-Site: {headers['sec-fetch-site']}")


def _is_from_another_site(method: str, headers: Headers) -> bool:
    """Following a link from another site is no harm: its page does not see the answer."""
    if headers.get("sec-fetch-site", "none") in ("none", "same-origin"):
        return False
    return method not in READING or headers.get("sec-fetch-mode") != "navigate"


def _check_body(method: str, headers: Headers, route: Route) -> bool:
    """Whether there is a body. Raises Refusal for one that the route does not take."""
    length = headers.get("content-length", "0")
    if "transfer-encoding" not in headers and length == "0":
        return False
    if length.isascii() and length.isdigit() and int(length) > route.most:
        raise refusals.too_large(route.most)
    content_type = headers.get("content-type", "")
    kind = content_type.split(";")[0].strip().lower()
    if route.types:
        if method not in READING and kind not in route.types:
            raise refusals.wrong_type(content_type, route.types)
    elif method == "POST" and kind == "text/plain":
        raise refusals.wrong_type(content_type, ())
    return True


async def _refuse(refusal: Refusal, route: Route, headers: Headers, send: Send) -> None:
    """The connection ends with it: the rest of the body is not read."""
    body, content_type = route.render(refusal, headers.get("content-type", ""))
    sent = {"content-type": content_type, "content-length": str(len(body)), "connection": "close"}
    if content_type == refusals.AWS_JSON:
        sent["x-amzn-errortype"] = refusal.name
    raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": body})
