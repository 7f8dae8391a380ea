"""Routes that are made at their first request."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from localemr.app import new_app
from localemr.webui.later import Later


async def _page(request: Request) -> Response:
    return PlainTextResponse(request.path_params.get("name", "start"))


class Served:
    """An application with one route of its own, and one that is made later."""

    def __init__(self) -> None:
        self.made = 0
        self.app = new_app(routes=[Route("/", _page, methods=["POST"]), Later("/console", self._make)])

    def _make(self) -> list[Route]:
        self.made += 1
        return [Route("/", _page, methods=["GET"]), Route("/console/{name}", _page, methods=["GET"])]

    async def ask(self, method: str, path: str) -> tuple[int, bytes]:
        sent: list[Any] = []

        async def receive() -> dict[str, Any]:
            return {"type": "http.request", "body": b"", "more_body": False}

        async def send(message: Any) -> None:
            sent.append(message)

        scope = {"type": "http", "method": method, "path": path, "root_path": "", "query_string": b"", "headers": [],
                 "scheme": "http", "server": ("h", 80)}  # fmt: skip
        await self.app(scope, receive, send)
        return sent[0]["status"], b"".join(each.get("body", b"") for each in sent[1:])


@pytest.mark.parametrize(
    ("method", "path", "status", "body", "made"),
    [
        ("POST", "/", 200, b"start", 0),
        ("GET", "/consoles", 404, b'{"detail":"Not Found"}', 0),
        ("PUT", "/", 405, b'{"detail":"Method Not Allowed"}', 0),
        ("GET", "/", 200, b"start", 1),
        ("HEAD", "/", 200, b"start", 1),
        ("GET", "/console/x", 200, b"x", 1),
        ("GET", "/console/x/y", 404, b'{"detail":"Not Found"}', 1),
        ("POST", "/console/x", 405, b'{"detail":"Method Not Allowed"}', 1),
        ("GET", "/console/x/", 307, b"", 1),
    ],
)
def test_only_their_own_requests_have_them_made(method: str, path: str, status: int, body: bytes, made: int) -> None:
    served = Served()
    assert asyncio.run(served.ask(method, path)) == (status, body)
    assert served.made == made


def test_many_first_requests_have_them_made_once() -> None:
    served = Served()

    async def case() -> list[tuple[int, bytes]]:
        return await asyncio.gather(*(served.ask("GET", f"/console/{number}") for number in range(5)))

    assert asyncio.run(case()) == [(200, str(number).encode()) for number in range(5)]
    assert served.made == 1
