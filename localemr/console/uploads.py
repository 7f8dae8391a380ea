"""Uploads of files to S3: the body of the request, as it comes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from starlette.responses import PlainTextResponse, Response

from localemr.console.storage import objects_of
from localemr.console.visits import HEADERS, Visit

TOKEN = "x-token"
"""The header with the session's token: the body is the file alone."""
SECONDS = 60.0
"""For the next piece; the door has a shorter limit (door/routes.py), as long as the controller runs."""
LONGEST_KEY = 1024
"""Bytes of a key (S3)."""


class Incoming:
    """A request's body for a thread that reads it; the event loop receives it, no faster than it is read."""

    def __init__(self, body: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> None:
        self._body = body
        self._loop = loop
        self._rest = b""
        self._ended = False

    def read(self, size: int, /) -> bytes:
        """The next bytes, at most `size`; none at the end. Raises ClientDisconnect, and TimeoutError after the loop."""
        while not self._rest and not self._ended:
            self._rest = asyncio.run_coroutine_threadsafe(self._next(), self._loop).result(SECONDS)
        found, self._rest = self._rest[:size], self._rest[size:]
        return found

    async def _next(self) -> bytes:
        async for piece in self._body:
            if piece:
                return piece
        self._ended = True
        return b""


async def upload(visit: Visit) -> Response:
    """Make the object `key` of the query from the body. Answers with a text: what went wrong, or nothing."""
    bucket, key, request = visit.path("bucket"), visit.query.whole("key"), visit.request
    length = request.headers.get("content-length", "")
    if not key or len(key.encode()) > LONGEST_KEY:
        return _text(400, f"The key has 1 to {LONGEST_KEY} bytes.")
    if not length.isdigit():
        return _text(411, "The length of the file is missing.")
    if visit.site.uploads.locked():
        return _text(503, "Other uploads are under way. Try it again when they have ended.")
    async with visit.site.uploads:
        source = Incoming(request.stream(), asyncio.get_running_loop())
        try:
            await asyncio.to_thread(objects_of(visit).write, bucket, key, source, int(length))
        except FileNotFoundError as error:
            return _text(404, str(error))
        except OSError as error:
            return _text(502, str(error))
    return _text(200, "")


def _text(status: int, text: str) -> Response:
    return PlainTextResponse(text, status, HEADERS)
