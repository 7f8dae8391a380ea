"""Answers that stay open, many on one connection: HTTP/2, for the logs of a thousand pods.

A connection with TLS costs some 70 kB, a stream on one a few. With httpx's own HTTP/2 the streams of a connection take
turns at reading: one that is quiet holds up all others.
"""

from __future__ import annotations

import asyncio
import ssl
from collections import deque
from collections.abc import AsyncIterator, Sequence
from typing import cast

import httpx2
from h2 import events
from h2.config import H2Configuration
from h2.connection import H2Connection
from h2.errors import ErrorCodes
from h2.exceptions import H2Error
from h2.settings import SettingCodes, Settings

Option = tuple[int, int, int]
"""Of a socket: level, name, value."""
PROTOCOLS = ["h2", "http/1.1"]
CONFIGURATION = H2Configuration(
    client_side=True,
    header_encoding=None,
    normalize_outbound_headers=False,  # with it, the token is compressed anew for each request: most of its cost
    validate_inbound_headers=False,
)
TAKEN = 16_384
"""Bytes after which the server learns that more may be sent; it may be 65,535 ahead in each stream."""
UNSENT = frozenset({b"connection", b"host", b"keep-alive", b"transfer-encoding"})
"""Headers that HTTP/2 has other means for."""


class Streams(httpx2.AsyncBaseTransport):
    """A transport for GET over TLS. Each connection has as many streams as the server allows on one."""

    def __init__(
        self, context: ssl.SSLContext, options: Sequence[Option], otherwise: httpx2.AsyncBaseTransport
    ) -> None:
        """`otherwise` takes the requests to a server without HTTP/2. `options` are those of the sockets."""
        context.set_alpn_protocols(PROTOCOLS)
        self._context, self._options, self._otherwise = context, options, otherwise
        self._connections: list[Connection] = []
        self._opening = asyncio.Lock()
        self._multiplexed = True

    async def handle_async_request(self, request: httpx2.Request) -> httpx2.Response:
        """Send it; the answer is there once its headers are. Raises httpx2.TransportError."""
        connection = await self._connection(request) if self._multiplexed else None
        if connection is None:
            return await self._otherwise.handle_async_request(request)
        answer = connection.get(request)
        try:
            async with asyncio.timeout(_seconds(request, "read")):
                status, headers = await answer.head
        except TimeoutError as error:
            await answer.aclose()
            raise httpx2.ReadTimeout("no answer", request=request) from error
        except BaseException:
            await answer.aclose()
            raise
        return httpx2.Response(status, headers=headers, stream=answer, extensions={"http_version": b"HTTP/2"})

    async def aclose(self) -> None:
        """Close all connections; open answers end with an error."""
        for each in self._connections:
            each.close()
        await asyncio.gather(*(each.gone.wait() for each in self._connections))
        self._connections.clear()
        await self._otherwise.aclose()

    async def _connection(self, request: httpx2.Request) -> Connection | None:
        """One that takes another stream. None: the server does not speak HTTP/2."""
        async with self._opening:  # those who wait find the one that is being opened
            self._connections = [each for each in self._connections if not each.closed]
            for each in self._connections:
                if each.has_room:
                    return each
            made = await self._open(request) if self._multiplexed else None
            self._multiplexed = made is not None
            return made

    async def _open(self, request: httpx2.Request) -> Connection | None:
        try:
            async with asyncio.timeout(_seconds(request, "connect")):
                return await self._connect(request.url.host, request.url.port or 443)
        except TimeoutError as error:
            raise httpx2.ConnectTimeout("no connection", request=request) from error
        except OSError as error:
            raise httpx2.ConnectError(str(error), request=request) from error

    async def _connect(self, host: str, port: int) -> Connection | None:
        loop = asyncio.get_running_loop()
        transport, made = await loop.create_connection(Connection, host, port, ssl=self._context)
        try:
            if not made.multiplexed:
                return None
            for option in self._options:
                transport.get_extra_info("socket").setsockopt(*option)
            await made.settled
            self._connections.append(made)
            return made
        finally:
            if made not in self._connections:
                transport.abort()


class Connection(asyncio.Protocol):
    """A connection, and the answers that are open on it."""

    def __init__(self) -> None:
        self.settled: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        """Done once the server has said how many streams it takes."""
        self.closed = False
        self.gone = asyncio.Event()
        """Set once its socket is closed."""
        self._h2 = H2Connection(CONFIGURATION)
        self._answers: dict[int, Answer] = {}
        self._received = 0
        """Bytes since the server last learned that more may be sent on this connection."""
        self._waiting = False
        """Whether requests wait for the end of the event loop's round."""
        self._transport: asyncio.Transport

    @property
    def multiplexed(self) -> bool:
        """Whether the server speaks HTTP/2."""
        found = self._transport.get_extra_info("ssl_object")
        return found is not None and found.selected_alpn_protocol() == PROTOCOLS[0]

    @property
    def has_room(self) -> bool:
        """Whether it takes another stream."""
        most = self._h2.remote_settings.max_concurrent_streams
        return not self.closed and len(self._answers) < most

    def get(self, request: httpx2.Request) -> Answer:
        """Send a request."""
        number = self._h2.get_next_available_stream_id()
        url = request.url
        headers = [(b":method", b"GET"), (b":scheme", b"https"), (b":authority", url.netloc), (b":path", url.raw_path)]
        headers += [(name.lower(), value) for name, value in request.headers.raw if name.lower() not in UNSENT]
        self._h2.send_headers(number, headers, end_stream=True)
        answer = self._answers[number] = Answer(self, number)
        if not self._waiting:
            # Requests of the same round of the event loop are encrypted and sent together.
            self._waiting = True
            asyncio.get_running_loop().call_soon(self._flush)
        return answer

    def took(self, number: int, size: int) -> None:
        """So many bytes of an answer were read: the server may send as many more."""
        if number in self._answers and not self.closed:
            self._h2.increment_flow_control_window(size, number)
            self._flush()

    def give_up(self, number: int) -> None:
        """An answer is not read any more."""
        if self._answers.pop(number, None) is not None and not self.closed:
            self._h2.reset_stream(number, ErrorCodes.CANCEL)
            self._flush()

    def close(self) -> None:
        """Close it. Answers that are open end with an error."""
        if not self.closed:
            self._h2.close_connection()
            self._flush()
            self._transport.abort()  # TLS's own end would have to be waited for
            self._fail("the connection was closed")

    # ---- asyncio's calls

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """See asyncio."""
        self._transport = cast(asyncio.Transport, transport)  # uvloop's is no instance of it
        if self.multiplexed:
            self._h2.local_settings = Settings(initial_values={SettingCodes.ENABLE_PUSH: 0})
            self._h2.initiate_connection()
            self._flush()

    def data_received(self, data: bytes) -> None:
        """See asyncio."""
        try:
            for event in self._h2.receive_data(data):
                self._take(event)
        except H2Error as error:
            self._flush()  # it says why
            self._transport.abort()
            self._fail(f"the server does not keep to HTTP/2: {error}")
            return
        if self._received >= TAKEN and not self.closed:
            self._h2.increment_flow_control_window(self._received)
            self._received = 0
        self._flush()

    def connection_lost(self, exc: Exception | None) -> None:
        """See asyncio."""
        self.gone.set()
        self._fail(f"the connection was closed: {exc}" if exc else "the connection was closed")

    # ---- what is received

    def _take(self, event: events.Event) -> None:
        if isinstance(event, events.RemoteSettingsChanged) and not self.settled.done():
            self.settled.set_result(None)
        elif isinstance(event, events.ConnectionTerminated):
            # The server may go on with what is open, but h2 reads no more.
            self._transport.abort()
            self._fail("the server ends the connection")
        elif isinstance(event, events.DataReceived):
            # The window of the connection belongs to all of its streams: one that is not read must not close it.
            self._received += event.flow_controlled_length
            if answer := self._answers.get(event.stream_id):
                answer.add(event.data, event.flow_controlled_length)
        elif isinstance(event, events.ResponseReceived):
            if answer := self._answers.get(event.stream_id):
                answer.begin(event.headers)
        elif isinstance(event, events.StreamEnded):
            self._end(event.stream_id, None)
        elif isinstance(event, events.StreamReset):
            self._end(event.stream_id, httpx2.RemoteProtocolError(f"the stream was reset: {event.error_code!r}"))

    def _end(self, number: int, error: httpx2.TransportError | None) -> None:
        if answer := self._answers.pop(number, None):
            answer.end(error)

    def _fail(self, why: str) -> None:
        self.closed = True
        if self.multiplexed and not self.settled.done():
            self.settled.set_exception(ConnectionResetError(why))
        for number in list(self._answers):
            self._end(number, httpx2.ReadError(why))

    def _flush(self) -> None:
        self._waiting = False
        if data := self._h2.data_to_send():
            self._transport.write(data)


class Answer(httpx2.AsyncByteStream):
    """The body of an answer. `head` is done with status and headers."""

    __slots__ = ("_added", "_connection", "_error", "_number", "_over", "_pieces", "_unannounced", "head")

    def __init__(self, connection: Connection, number: int) -> None:
        self.head: asyncio.Future[tuple[int, list[tuple[bytes, bytes]]]] = asyncio.get_running_loop().create_future()
        self._connection, self._number = connection, number
        self._pieces: deque[tuple[bytes, int]] = deque()
        self._added: asyncio.Future[None] | None = None
        self._unannounced = 0
        self._over = False
        self._error: httpx2.TransportError | None = None

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Its bytes as they come. Raises httpx2.TransportError when it ends before its end."""
        while True:
            while self._pieces:
                data, size = self._pieces.popleft()
                self._take(size)
                yield data
            if self._over:
                if self._error is not None:
                    raise self._error
                return
            self._added = asyncio.get_running_loop().create_future()
            await self._added

    async def aclose(self) -> None:
        """Read no more."""
        self._over = True
        self._connection.give_up(self._number)

    def begin(self, headers: Sequence[tuple[bytes, bytes]]) -> None:
        """Status and headers are there."""
        if not self.head.done():
            status = next(int(value) for name, value in headers if name == b":status")
            self.head.set_result((status, [each for each in headers if not each[0].startswith(b":")]))

    def add(self, data: bytes, size: int) -> None:
        """A piece is there. `size` counts for the window."""
        self._pieces.append((data, size))
        self._wake()

    def end(self, error: httpx2.TransportError | None) -> None:
        """Nothing more comes. None: it is complete."""
        self._over, self._error = True, error
        if not self.head.done():
            self.head.set_exception(error or httpx2.RemoteProtocolError("an answer without a head"))
        self._wake()

    def _take(self, size: int) -> None:
        self._unannounced += size
        if self._unannounced >= TAKEN:
            self._connection.took(self._number, self._unannounced)
            self._unannounced = 0

    def _wake(self) -> None:
        if self._added is not None and not self._added.done():
            self._added.set_result(None)


def _seconds(request: httpx2.Request, what: str) -> float | None:
    found = request.extensions.get("timeout", {}).get(what)
    return None if found is None else float(found)
