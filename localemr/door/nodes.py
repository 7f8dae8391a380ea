"""Requests from instances of clusters, which reach the controller at this host's address in Docker's networks.

They are recognized by the caller's address. With TCP a caller cannot invent it: the answers go there.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

from starlette.types import ASGIApp, Receive, Scope, Send

from localemr.door import refusals

CLUSTER_PREFIX = 24
"""A cluster's network is a /24, in which this host has the first address."""


class Sides:
    """An ASGI application that gives requests from instances to `nodes`, all others to `app`.

    `subnets` (CIDR) has the networks of all clusters. `address` is the one of this host that is there for instances
    alone: requests from elsewhere that come to it are refused. Empty: there is none.
    """

    def __init__(self, app: ASGIApp, nodes: ASGIApp, subnets: str, address: str = "") -> None:
        self._app = app
        self._nodes = nodes
        self._subnets = IPv4Network(subnets)
        self._address = address
        # Cached: callers are few, and reading an address takes longer than the rest of the door.
        self.is_node = lru_cache(256)(self._is_node)

    is_node: Callable[[str], bool]
    """Whether an address is one that an instance may have."""

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
        elif self.is_node(_name(scope, "client")):
            await self._nodes(scope, receive, send)
        elif self._address and _name(scope, "server") == self._address:
            await _refuse(scope, send)
        else:
            await self._app(scope, receive, send)

    def _is_node(self, caller: str) -> bool:
        address = _address(caller)
        if not isinstance(address, IPv4Address) or address not in self._subnets:
            return False
        own = IPv4Network((address, CLUSTER_PREFIX), strict=False).network_address + 1
        return address != own


def _name(scope: Scope, side: str) -> str:
    """The address of a side of the connection; empty: unknown."""
    return str((scope.get(side) or ("",))[0])


def _address(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text)
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address


async def _refuse(scope: Scope, send: Send) -> None:
    if scope["type"] == "websocket":
        await send({"type": "websocket.close", "code": 1008})
        return
    body, content_type = refusals.no_instance().for_programs("")
    headers = [(b"content-type", content_type.encode()), (b"content-length", str(len(body)).encode()),
               (b"connection", b"close")]  # fmt: skip
    await send({"type": "http.response.start", "status": 403, "headers": headers})
    await send({"type": "http.response.body", "body": body})
