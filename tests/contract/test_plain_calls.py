"""Calls that are answered past ASGI, and those that must not be: the same answers, in the order of the questions."""

from __future__ import annotations

import json
import socket
from queue import Queue
from typing import Any

import pytest

from localemr.api.protocol import PlainCalls
from localemr.api.routes import EmrEndpoint
from tests.contract.endpoint import Endpoint

BODY = b'{"ClusterStates":["WAITING"]}'
ANSWER = {"Clusters": []}


def call(body: bytes = BODY, line: str = "POST / HTTP/1.1", **headers: str) -> bytes:
    """A call of ListClusters; `headers` have underscores for hyphens."""
    named = {"Host": "localhost", "X-Amz-Target": "ElasticMapReduce.ListClusters", "Content-Length": str(len(body))}
    named |= {name.replace("_", "-"): value for name, value in headers.items()}
    return "\r\n".join([line, *(f"{name}: {value}" for name, value in named.items()), "", ""]).encode() + body


class Line:
    """A connection."""

    def __init__(self, endpoint: Endpoint) -> None:
        self.socket = socket.create_connection(("127.0.0.1", endpoint.server.port), 10)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.file = self.socket.makefile("rb")

    def answer(self) -> tuple[int, dict[str, str], bytes]:
        """The next answer: status, headers (lower case), body."""
        status = int(self.file.readline().split()[1])
        headers = dict[str, str]()
        while line := self.file.readline().strip():
            name, _, value = line.decode().partition(": ")
            headers[name.lower()] = value
        return status, headers, self.file.read(int(headers.get("content-length", 0)))

    def close(self) -> None:
        self.file.close()
        self.socket.close()


class Seen:
    """What the server saw: how each call was answered (`plain`, or `ASGI`), and how long each read was."""

    def __init__(self) -> None:
        self.ways: list[str] = []
        self.reads: Queue[int] = Queue()

    def has_read(self, length: int) -> None:
        """Wait until it has taken in so many bytes more."""
        while length > 0:
            length -= self.reads.get(timeout=10)


@pytest.fixture
def seen(monkeypatch: pytest.MonkeyPatch) -> Seen:
    found = Seen()
    write, read, ordinary = PlainCalls._write, PlainCalls.data_received, EmrEndpoint.__call__

    def plain(self: PlainCalls, reply: Any) -> None:
        found.ways.append("plain")
        write(self, reply)

    def note_read(self: PlainCalls, data: bytes) -> None:
        read(self, data)
        found.reads.put(len(data))

    async def asgi(self: EmrEndpoint, scope: Any, receive: Any, send: Any) -> None:
        found.ways.append("ASGI")
        await ordinary(self, scope, receive, send)

    monkeypatch.setattr(PlainCalls, "_write", plain)
    monkeypatch.setattr(PlainCalls, "data_received", note_read)
    monkeypatch.setattr(EmrEndpoint, "__call__", asgi)
    return found


@pytest.mark.parametrize(
    ("parts", "ways"),
    [
        ([call()], ["plain"]),
        ([call() + call()], ["plain", "plain"]),
        ([call()[:30], call()[30:]], ["plain"]),
        ([call()[:-9], call()[-9:]], ["ASGI"]),
        ([call() + call()[:-9], call()[-9:] + call()], ["plain", "ASGI"]),
        ([call(line="POST / HTTP/1.0")], ["ASGI"]),
        ([call(Connection="close")], ["ASGI"]),
        ([call(Expect="100-continue")], ["ASGI"]),
        ([call(User_Agent="Boto3/1 m/B")], ["ASGI"]),
    ],
)
def test_the_answer_is_the_same_whichever_way(
    endpoint: Endpoint, seen: Seen, parts: list[bytes], ways: list[str]
) -> None:
    line, asked = Line(endpoint), sum(part.count(b"POST /") for part in parts)
    for part in parts:
        line.socket.sendall(part)
        seen.has_read(len(part))
    answers = [line.answer() for _ in range(asked)]
    answers = [line.answer() if status == 100 else (status, head, body) for status, head, body in answers]
    line.close()
    assert [(status, json.loads(body)) for status, _, body in answers] == [(200, ANSWER)] * asked
    assert len({head["x-amzn-requestid"] for _, head, _ in answers}) == asked
    assert seen.ways[: len(ways)] == ways


def test_a_body_in_chunks(endpoint: Endpoint) -> None:
    head = call(b"", Transfer_Encoding="chunked").replace(b"Content-Length: 0\r\n", b"")
    line = Line(endpoint)
    line.socket.sendall(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY))
    assert json.loads(line.answer()[2]) == ANSWER
    line.close()


def test_a_refusal_leaves_the_connection_open(endpoint: Endpoint, seen: Seen) -> None:
    line = Line(endpoint)
    line.socket.sendall(call(b"[1") + call())
    status, head, _ = line.answer()
    assert (status, head["x-amzn-errortype"]) == (400, "SerializationException")
    assert line.answer()[0] == 200
    line.close()
    assert seen.ways == ["plain", "plain"]


def test_half_a_call_and_no_more(endpoint: Endpoint) -> None:
    line = Line(endpoint)
    line.socket.sendall(call()[:-9])
    line.close()
    again = Line(endpoint)
    again.socket.sendall(call())
    assert again.answer()[0] == 200
    again.close()
