"""The middleware around the whole application. Accepted requests come from a program or from a page of the
same origin, name an accepted host, and have a body of an expected type that is bounded in size and time.

It relies on these rules of browsers: a page cannot set Host, Origin or Sec-Fetch-Site (Fetch standard, forbidden
request headers); every cross-origin request but a plain GET or HEAD has an Origin; AWS's SDKs and CLI send none.
"""

from __future__ import annotations

from starlette.types import ASGIApp, Receive, Scope, Send

from localemr.door import refusals
from localemr.door.bounds import Bounded, drain
from localemr.door.hosts import Hosts
from localemr.door.refusals import Refusal
from localemr.door.routes import Route, route_of

READING = ("GET", "HEAD", "OPTIONS")
CHECKED = frozenset((b"host", b"origin", b"sec-fetch-site", b"sec-fetch-mode", b"content-type", b"content-length",
                     b"transfer-encoding"))  # fmt: skip

Head = dict[bytes, str]
"""The checked headers of a request. Of several with one name the first is used; several Host or Origin headers are
joined by commas, which neither can contain."""


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
        head = _head_of(scope)
        route = route_of(scope["path"], self._hosts.site(head.get(b"host", "")) is not None)
        try:
            self._check(scope["method"], head)
            has_body = _check_body(scope["method"], head, route)
        except Refusal as refusal:
            await _refuse(refusal, route, head, receive, send)
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
            await _refuse(channels.refusal, route, _head_of(scope), receive, send)

    def _check(self, method: str, head: Head) -> None:
        """Host, Origin and Sec-Fetch-Site. Raises Refusal."""
        host, origin = head.get(b"host"), head.get(b"origin")
        if host is None or "," in host:
            raise refusals.malformed("A request has one Host header.")
        if not self._hosts.accept(host):
            raise refusals.foreign_host(host)
        if origin is not None and not self._hosts.same_site(origin, host):
            raise refusals.foreign_origin(origin)
        if origin is None and _is_from_another_site(method, head):
            raise refusals.foreign_origin(f"Sec-Fetch-Site: {head[b'sec-fetch-site']}")


def _head_of(scope: Scope) -> Head:
    head: Head = {}
    for name, value in scope["headers"]:
        if name in CHECKED:
            if name not in head:
                head[name] = value.decode("latin-1")
            elif name in (b"host", b"origin"):
                head[name] += "," + value.decode("latin-1")
    return head


def _is_from_another_site(method: str, head: Head) -> bool:
    """Following a link from another site is allowed: the other site's page does not see the response."""
    if head.get(b"sec-fetch-site", "none") in ("none", "same-origin"):
        return False
    return method not in READING or head.get(b"sec-fetch-mode") != "navigate"


def _check_body(method: str, head: Head, route: Route) -> bool:
    """Whether there is a body. Raises Refusal for a body that the route does not accept."""
    length = head.get(b"content-length", "0")
    if length == "0" and b"transfer-encoding" not in head:
        return False
    if length.isascii() and length.isdigit() and int(length) > route.most:
        raise refusals.too_large(route.most)
    content_type = head.get(b"content-type", "")
    kind = content_type.split(";")[0].strip().lower()
    if route.types:
        if method not in READING and kind not in route.types:
            raise refusals.wrong_type(content_type, route.types)
    elif method == "POST" and kind == "text/plain":
        raise refusals.wrong_type(content_type, ())
    return True


async def _refuse(refusal: Refusal, route: Route, head: Head, receive: Receive, send: Send) -> None:
    """Answer, and close the connection."""
    body, content_type = route.render(refusal, head.get(b"content-type", ""))
    sent = {"content-type": content_type, "content-length": str(len(body)), "connection": "close"}
    if content_type == refusals.AWS_JSON:
        sent["x-amzn-errortype"] = refusal.name
    raw = [(name.encode(), value.encode("latin-1")) for name, value in sent.items()]
    await send({"type": "http.response.start", "status": refusal.status, "headers": raw})
    await send({"type": "http.response.body", "body": body, "more_body": True})
    if refusal.status != refusals.TIMEOUT:
        await drain(receive)
    await send({"type": "http.response.body", "body": b""})
