"""HTTP clients of the controller for services beside it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from functools import cached_property
from typing import Any

import httpx


class Client:
    """A client that waits `seconds` for an answer. It follows no redirects, and no proxies of the environment: these
    are for the world outside. A `bare` one sends the headers of a request alone, and none of its own."""

    def __init__(self, seconds: float, bare: bool = False) -> None:
        self._seconds, self._bare = seconds, bare

    def stream(self, method: str, url: str, **parts: Any) -> AbstractAsyncContextManager[httpx.Response]:
        """As httpx.AsyncClient.stream."""
        return self._http.stream(method, url, **parts)

    async def close(self) -> None:
        """Close the connections."""
        if "_http" in vars(self):
            await self._http.aclose()

    @cached_property
    def _http(self) -> httpx.AsyncClient:
        """Made at its first use: its libraries and certificates take longer than all else at a controller's start."""
        made = httpx.AsyncClient(timeout=self._seconds, trust_env=False, follow_redirects=False)
        if self._bare:
            made.headers.clear()
        return made
