"""Docker's streams, over a daemon that is a socket: what is read from them, and that they take no threads."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from localemr.runtime.base import RuntimeFailure, RuntimeUnavailable
from localemr.runtime.docker_client import Address
from localemr.runtime.docker_streams import DockerStreams

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
END = b"0\r\n\r\n"

Answer = Callable[[str, asyncio.StreamWriter], Awaitable[None]]


def chunk(data: bytes) -> bytes:
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


def frame(text: bytes, stream: int = 1) -> bytes:
    return bytes([stream, 0, 0, 0]) + len(text).to_bytes(4, "big") + text


def play(path: Path, answer: Answer, test: Callable[[DockerStreams], Awaitable[None]]) -> list[str]:
    """Run a test against a daemon at a Unix socket; what was requested."""
    requests: list[str] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        requests.append(head.split("\r\n")[0])
        try:
            await answer(requests[-1], writer)
            await writer.drain()
        finally:
            writer.close()

    async def body() -> None:
        socket = str(path / "docker.sock")
        server = await asyncio.start_unix_server(serve, socket)
        streams = DockerStreams(lambda: Address(f"unix://{socket}"))
        try:
            await test(streams)
        finally:
            await streams.close()
            server.close()

    asyncio.run(body())
    return requests


def test_lines_of_the_standard_output_however_they_are_cut(tmp_path: Path) -> None:
    data = frame(b"one\ntw") + frame(b"error\n", stream=2) + frame(b"o\n") + frame("dreiß\n".encode())

    async def answer(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        for number in range(len(data)):
            writer.write(chunk(data[number : number + 1]))
        writer.write(END)

    async def test(streams: DockerStreams) -> None:
        async with streams.output("c", whole=True) as lines:
            assert [each async for each in lines] == ["one", "two", "dreiß"]
        async with streams.output("c", whole=False) as lines:
            assert [each async for each in lines] == ["one", "two", "dreiß"]

    first, second = play(tmp_path, answer, test)
    assert first.split()[1] == "/containers/c/logs?follow=1&stdout=1&tail=all"
    assert "tail=0" in second


def test_events_are_documents(tmp_path: Path) -> None:
    async def answer(_: str, writer: asyncio.StreamWriter) -> None:
        text = json.dumps({"Action": "start"}).encode()
        writer.write(HEAD + chunk(text[:5]) + chunk(text[5:] + b"\n" + text + b"\n") + END)

    async def test(streams: DockerStreams) -> None:
        async with streams.events(5.5, {"type": ["container"]}) as events:
            assert [each async for each in events] == [{"Action": "start"}] * 2

    (request,) = play(tmp_path, answer, test)
    assert "since=5.500" in request and "filters=" in request


def test_a_refusal_and_a_daemon_that_goes_away(tmp_path: Path) -> None:
    async def answer(request: str, writer: asyncio.StreamWriter) -> None:
        if "gone" in request:
            writer.write(b"HTTP/1.1 404 Not Found\r\nContent-Length: 17\r\n\r\nno such container")
        else:
            writer.write(HEAD + chunk(frame(b"one\n")))  # and no end

    async def test(streams: DockerStreams) -> None:
        with pytest.raises(RuntimeFailure, match="no such container"):
            async with streams.output("gone", whole=True):
                pass
        heard = []
        with pytest.raises(RuntimeUnavailable):
            async with streams.output("c", whole=True) as lines:
                async for line in lines:
                    heard.append(line)
        assert heard == ["one"]

    play(tmp_path, answer, test)


def test_a_daemon_that_is_away() -> None:
    async def test(url: str) -> None:
        with pytest.raises(RuntimeUnavailable):
            async with DockerStreams(lambda: Address(url)).output("c", whole=True):
                pass

    for url in ("unix:///nowhere/docker.sock", "ssh://host", "http://127.0.0.1:9"):
        asyncio.run(test(url))


def test_hundreds_are_followed_without_a_thread(tmp_path: Path) -> None:
    go = asyncio.Event()

    async def answer(_: str, writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        await writer.drain()
        await go.wait()
        writer.write(chunk(frame(b"line\n")) + END)

    async def test(streams: DockerStreams) -> None:
        before = threading.active_count()
        heard: list[str] = []

        async def follow(number: int) -> None:
            async with streams.output(str(number), whole=True) as lines:
                heard.extend([each async for each in lines])

        following = [asyncio.create_task(follow(number)) for number in range(240)]
        async with asyncio.timeout(30):
            await asyncio.sleep(0.5)
            assert threading.active_count() == before
            go.set()
            await asyncio.gather(*following)
        assert heard == ["line"] * 240

    play(tmp_path, answer, test)


def test_a_file_of_a_container_is_read(tmp_path: Path) -> None:
    async def answer(request: str, writer: asyncio.StreamWriter) -> None:
        if request.startswith("POST /exec/1/start"):
            # As Docker sends it: frames until the connection ends.
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/vnd.docker.raw-stream\r\n\r\n")
            writer.write(frame(b"abc") + frame(b"error", stream=2) + frame(b"def"))
            return
        writer.write(HEAD + chunk(b'{"Id": "1"}') + END)

    async def test(streams: DockerStreams) -> None:
        assert [each async for each in streams.read("c", "/a b", -7)] == [b"abc", b"def"]

    requests = play(tmp_path, answer, test)
    assert [each.rpartition(" ")[0] for each in requests] == ["POST /containers/c/exec", "POST /exec/1/start"]


def test_a_file_that_is_missing(tmp_path: Path) -> None:
    async def answer(request: str, writer: asyncio.StreamWriter) -> None:
        body = (
            b'{"Id": "1"}' if "containers" in request else b'{"ExitCode": 1}' if "json" in request else frame(b"no", 2)
        )
        writer.write(HEAD + chunk(body) + END)

    async def test(streams: DockerStreams) -> None:
        with pytest.raises(FileNotFoundError):
            [each async for each in streams.read("c", "/none", 0)]

    assert len(play(tmp_path, answer, test)) == 3
