"""One HTTP request to a page of a cluster, streamed both ways. HTTP/1.1 by h11, a dependency of uvicorn."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass

import h11

CONNECT_SECONDS = 5.0
ANSWER_SECONDS = 60.0
"""Seconds to wait for the head of the response, and then for a piece of its body."""
PIECE = 1 << 16  # bytes

Headers = Sequence[tuple[bytes, bytes]]


class Unreachable(Exception):
    """The page did not respond, or not with HTTP; the message has the reason."""


@dataclass
class Answer:
    """The head of a response, and its body as a stream. `close` must be called in every case."""

    status: int
    headers: Headers
    connection: Connection

    def body(self) -> AsyncIterator[bytes]:
        """The body in pieces. Raises Unreachable when it is incomplete."""
        return self.connection.body()

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class Connection:
    """A connection for a single request."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._http = h11.Connection(h11.CLIENT)

    @classmethod
    async def open(cls, host: str, port: int) -> Connection:
        """Raises Unreachable."""
        try:
            async with asyncio.timeout(CONNECT_SECONDS):
                return cls(*await asyncio.open_connection(host, port))
        except (OSError, TimeoutError) as error:
            raise Unreachable(str(error) or "it did not answer") from error

    async def request(self, method: str, target: bytes, headers: Headers, body: AsyncIterator[bytes]) -> Answer:
        """Send a request and wait for the head of its response. Raises Unreachable."""
        try:
            self._send(h11.Request(method=method, target=target, headers=list(headers)))
            async for piece in body:
                self._send(h11.Data(data=piece))
                await self._writer.drain()
            self._send(h11.EndOfMessage())
            await self._writer.drain()
            event = await self._next()
            while isinstance(event, h11.InformationalResponse):
                event = await self._next()
        except (OSError, TimeoutError, h11.ProtocolError) as error:
            raise Unreachable(str(error) or "it did not answer in time") from error
        if not isinstance(event, h11.Response):
            raise Unreachable("it closed the connection")
        return Answer(event.status_code, list(event.headers), self)

    async def body(self) -> AsyncIterator[bytes]:
        """See Answer."""
        try:
            while isinstance(event := await self._next(), h11.Data):
                yield bytes(event.data)
        except (OSError, TimeoutError, h11.ProtocolError) as error:
            raise Unreachable(str(error) or "it broke off") from error

    def close(self) -> None:
        """Close it; no effect when it is closed."""
        self._writer.close()

    def _send(self, event: h11.Event) -> None:
        self._writer.write(self._http.send(event) or b"")

    async def _next(self) -> h11.Event:
        while (event := self._http.next_event()) is h11.NEED_DATA:
            async with asyncio.timeout(ANSWER_SECONDS):
                self._http.receive_data(await self._reader.read(PIECE))
        return event  # type: ignore[return-value]  # PAUSED comes only to servers
