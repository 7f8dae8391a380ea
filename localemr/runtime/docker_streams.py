"""Streams of the Docker daemon: outputs and files of containers, events, and builds of images. No threads.

The SDK's streams block a thread each. These are ordinary HTTP responses without end, read by an asynchronous client.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any

import httpx

from localemr.runtime.archives import tail
from localemr.runtime.base import RuntimeFailure, RuntimeUnavailable
from localemr.runtime.docker_client import Address

TAR, JSON = "application/x-tar", "application/json"
CONNECT_SECONDS = 10.0
STDOUT = 1
HEADER = 8
"""Bytes of the header of a frame of a container's output: the stream's number, three zeros, the length (big-endian)."""


class DockerStreams:
    """Streams of the daemon at the address that `find` returns when the first of them is opened."""

    def __init__(self, find: Callable[[], Address]) -> None:
        self._find = find
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def output(self, container: str, whole: bool) -> AsyncIterator[AsyncIterator[str]]:
        """Lines of a container's standard output, from its beginning or from now on, until it stops.

        The stream is open when the block is entered.
        """
        params = {"follow": "1", "stdout": "1", "tail": "all" if whole else "0"}
        async with self._open("GET", f"/containers/{container}/logs", params) as answer:
            yield _lines(_frames(_pieces(answer)))

    @asynccontextmanager
    async def events(self, since: float, filters: Mapping[str, Any]) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Events from a time of the daemon's clock on."""
        params = {"since": f"{since:.3f}", "filters": json.dumps(filters)}
        async with self._open("GET", "/events", params) as answer:
            yield _documents(_pieces(answer))

    @asynccontextmanager
    async def build(self, context: bytes, params: Mapping[str, str]) -> AsyncIterator[AsyncIterator[dict[str, Any]]]:
        """Messages of the build of an image from a context (a tar file). The daemon stops it when the block is left."""
        async with self._open("POST", "/build", params, context) as answer:
            yield _documents(_pieces(answer))

    async def read(self, container: str, path: str, start: int) -> AsyncIterator[bytes]:
        """See Runtime: `tail` in the container."""
        command = {"Cmd": tail(path, start), "AttachStdout": True}
        run = (await self._call("POST", f"/containers/{container}/exec", command))["Id"]
        empty = True
        async with self._open("POST", f"/exec/{run}/start", {}, json.dumps({}).encode(), JSON) as answer:
            async for piece in _frames(_pieces(answer)):
                empty = False
                yield piece
        if empty and (await self._call("GET", f"/exec/{run}/json"))["ExitCode"]:
            raise FileNotFoundError(path)

    async def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """One request; its answer as JSON."""
        content = json.dumps(body).encode() if body is not None else None
        async with self._open(method, path, {}, content, JSON) as answer:
            found: dict[str, Any] = json.loads(await answer.aread())
            return found

    async def close(self) -> None:
        """Close all connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None

    @asynccontextmanager
    async def _open(
        self, method: str, path: str, params: Mapping[str, str], content: bytes | None = None, kind: str = TAR
    ) -> AsyncIterator[httpx.Response]:
        if self._client is None:
            self._client = _client(self._find())
        headers = {"Content-Type": kind} if content is not None else None
        request = self._client.build_request(method, path, params=params, content=content, headers=headers)
        try:
            answer = await self._client.send(request, stream=True)
        except httpx.HTTPError as error:
            raise RuntimeUnavailable(f"Docker does not answer: {error!r}") from error
        try:
            if answer.is_error:
                await answer.aread()
                raise RuntimeFailure(f"Docker refused {path}: {answer.text.strip()}")
            yield answer
        finally:
            await answer.aclose()


def _client(address: Address) -> httpx.AsyncClient:
    socket, scheme = address.socket, address.url.partition("://")[0]
    if socket is None and scheme not in ("http", "https", "tcp"):
        raise RuntimeUnavailable(f"Docker at {address.url}: only unix, tcp and https addresses can be followed")
    transport = httpx.AsyncHTTPTransport(
        uds=socket,
        verify=address.ssl_context() or True,
        # A connection for each instance, used once.
        limits=httpx.Limits(max_connections=None, max_keepalive_connections=0),
    )
    return httpx.AsyncClient(
        transport=transport,
        base_url="http://docker" if socket else address.url.replace("tcp://", "http://"),
        timeout=httpx.Timeout(CONNECT_SECONDS, read=None, write=None, pool=None),
        trust_env=False,
    )


async def _pieces(answer: httpx.Response) -> AsyncIterator[bytes]:
    try:
        async for piece in answer.aiter_raw():
            yield piece
    except httpx.HTTPError as error:
        raise RuntimeUnavailable(f"Docker closed the connection: {error!r}") from error


async def _frames(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The frames of the standard output."""
    rest = b""
    async for piece in pieces:
        rest += piece
        while len(rest) >= HEADER:
            end = HEADER + int.from_bytes(rest[4:HEADER], "big")
            if len(rest) < end:
                break
            if rest[0] == STDOUT:
                yield rest[HEADER:end]
            rest = rest[end:]


async def _lines(pieces: AsyncIterator[bytes]) -> AsyncIterator[str]:
    rest = b""
    async for piece in pieces:
        *lines, rest = (rest + piece).split(b"\n")
        for line in lines:
            yield line.decode(errors="replace")


async def _documents(pieces: AsyncIterator[bytes]) -> AsyncIterator[dict[str, Any]]:
    async for line in _lines(pieces):
        if line.strip():
            yield json.loads(line)
