"""Connections to AWS's host names and to the shared catalog, passed on to what answers them on this network.

A connection by HTTPS or HTTP goes to the service that its first request names in `Host`; the bytes of requests and
answers stay as they are, so that signatures hold. It ends when nothing was connected for a while: asyncio and OpenSSL
are 20 MB.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import ssl
import sys
import time
from collections.abc import Awaitable, Callable
from typing import Any
from urllib.parse import urlsplit

from localemr_node.authority import Authority
from localemr_node.awsnames import Names

IDLE_SECONDS = 30.0
HEAD_SECONDS = 60.0
"""For the first request's headers."""
CONNECT_SECONDS = 10.0
STARTING_SECONDS = 120.0
"""For a service that the controller starts on demand."""
LOOK_EVERY, WANT_EVERY = 0.2, 2.0
LONGEST_HEAD = 1 << 16
PIECE = 1 << 18
MEASURES = "/var/lib/localemr/measure"

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Refused(Exception):
    """The request cannot be passed on; the message has the reason."""


class Relay:
    """Passes connections on. `ended` is true once there was none for IDLE_SECONDS."""

    def __init__(self, names: Names) -> None:
        self._names = names
        self._open = 0
        self._last = time.monotonic()

    @property
    def ended(self) -> bool:
        """Whether the relay has been idle long enough."""
        return self._open == 0 and time.monotonic() - self._last > IDLE_SECONDS

    def counted(self, handle: Handler) -> Handler:
        """The handler, counted as a connection while it runs. Its errors end the connection alone."""

        async def run(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            self._open += 1
            try:
                await handle(reader, writer)
            except (OSError, ssl.SSLError, asyncio.IncompleteReadError, TimeoutError):
                pass  # one of the two sides has gone
            finally:
                await closed(writer)
                self._open -= 1
                self._last = time.monotonic()

        return run

    async def http(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """A connection to one of AWS's names."""
        try:
            head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), HEAD_SECONDS)
        except (asyncio.LimitOverrunError, asyncio.IncompleteReadError):
            return
        try:
            upstream = await self._connected(host(head))
        except Refused as refused:
            writer.write(refusal(str(refused)))
            await writer.drain()
            return
        upstream[1].write(head)
        await splice((reader, writer), upstream)

    async def _connected(self, name: str) -> Streams:
        url = urlsplit(self._names.url(name))
        if not url.hostname:
            raise Refused(f"{name}: this cluster reaches no such service of AWS")
        secure = url.scheme == "https"
        try:
            opening = asyncio.open_connection(url.hostname, url.port or (443 if secure else 80), ssl=secure or None)
            return await asyncio.wait_for(opening, CONNECT_SECONDS)
        except (OSError, TimeoutError) as error:
            raise Refused(f"{name}: {url.geturl()} does not answer: {error or 'time-out'}") from error


async def on_demand(place: str, measure: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """A connection to a service (HOST:PORT) that the controller starts when it sees the measurement. Without a
    measurement there is no waiting."""
    name, _, port = place.partition(":")
    deadline, repeat = time.monotonic() + STARTING_SECONDS, 0.0
    while True:
        try:
            upstream = await asyncio.wait_for(asyncio.open_connection(name, int(port)), CONNECT_SECONDS)
            break
        except (OSError, TimeoutError):
            if not measure or time.monotonic() > deadline:
                raise
            if time.monotonic() > repeat:
                want(measure)
                repeat = time.monotonic() + WANT_EVERY
            await asyncio.sleep(LOOK_EVERY)
    await splice((reader, writer), upstream)


def want(measure: str) -> None:
    """Report that the service is in use. The supervisor removes the file when it has read it."""
    temporary = os.path.join(MEASURES, f"{measure}.{os.getpid()}~")  # a name that is no measurement's
    with contextlib.suppress(OSError):
        with open(temporary, "w", encoding="ascii") as file:
            file.write("1")
        os.rename(temporary, os.path.join(MEASURES, measure))


async def splice(one: Streams, other: Streams) -> None:
    """Pass bytes on in both directions until both have ended; `other` is closed then."""
    try:
        await asyncio.gather(_copy(one[0], other[1]), _copy(other[0], one[1]))
    finally:
        await closed(other[1])


async def closed(writer: asyncio.StreamWriter) -> None:
    """Close a side of a connection."""
    writer.close()
    with contextlib.suppress(OSError):
        await writer.wait_closed()


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(PIECE):
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
        else:
            writer.close()  # TLS has no end of one direction
    except OSError:
        writer.close()


def host(head: bytes) -> str:
    """The host name of a request's headers, without its port."""
    for line in head.decode("latin-1").split("\r\n")[1:]:
        name, _, value = line.partition(":")
        if name.strip().lower() == "host":
            return value.strip().partition(":")[0].lower()
    return ""


def refusal(reason: str) -> bytes:
    """A response for a request that is not passed on. AWS's clients do not repeat what has this status."""
    body = f'{{"__type": "ServiceNotOfferedException", "message": "{reason.translate({34: 39, 92: 47})}"}}'.encode()
    head = [
        "HTTP/1.1 400 Bad Request",
        "Content-Type: application/x-amz-json-1.1",
        "x-amzn-ErrorType: ServiceNotOfferedException",
        f"Content-Length: {len(body)}",
        "Connection: close",
    ]
    return "\r\n".join([*head, "", ""]).encode() + body


async def run(names: Names, authority: Authority, sockets: dict[str, int], services: dict[str, dict[str, Any]]) -> None:
    """Serve the listening sockets (by "http", "https" or a key of `services`) until idle."""
    import socket

    relay = Relay(names)
    servers = []
    for kind, fd in sockets.items():
        handler: Handler = relay.http
        if kind in services:
            found = services[kind]
            handler = _bound(found["to"], found["measure"])
        context = authority.context() if kind == "https" else None
        listening = socket.socket(fileno=os.dup(fd))
        serving = asyncio.start_server(relay.counted(handler), sock=listening, ssl=context, limit=LONGEST_HEAD)
        servers.append(await serving)
    while not relay.ended:
        await asyncio.sleep(1)
    for server in servers:
        server.close()


def _bound(place: str, measure: str) -> Handler:
    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await on_demand(place, measure, reader, writer)

    return handle


def serve(names: Names, authority: Authority, sockets: dict[str, int], services: dict[str, dict[str, Any]]) -> None:
    """Run the relay in this process."""
    try:
        asyncio.run(run(names, authority, sockets, services))
    except OSError as error:
        sys.stderr.write(f"localemr: relay: {error}\n")
