"""Routes that are made at their first request, with the imports that they need."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from starlette.routing import BaseRoute, Match, Route, Router
from starlette.types import Receive, Scope, Send


class Later(BaseRoute):
    """The routes that `make` returns: those to read `/`, and all below `root`. `make` is called in a thread."""

    def __init__(self, root: str, make: Callable[[], list[Route]]) -> None:
        self._root, self._make = root, make
        self._router: Router | None = None
        self._one_at_a_time = asyncio.Lock()

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        """See starlette. It is full for paths without a route too, which `handle` answers with 404."""
        path = scope["path"] if scope["type"] == "http" else ""
        reads = path == "/" and scope["method"] in ("GET", "HEAD")
        below = path == self._root or path.startswith(f"{self._root}/")
        return (Match.FULL if reads or below else Match.NONE), {}

    async def handle(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer by one of the routes."""
        async with self._one_at_a_time:
            if self._router is None:
                self._router = Router(await asyncio.to_thread(self._make))
        await self._router(scope, receive, send)
