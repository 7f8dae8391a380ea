"""Calls in all forms that HTTP/1.1 has for them: the same answers, in the order of the calls."""

from __future__ import annotations

import json
import socket

import pytest

from tests.contract.endpoint import Endpoint

BODY = b'{"ClusterStates":["WAITING"]}'
ANSWER = {"Clusters": []}


def call(body: bytes = BODY, line: str = "POST / HTTP/1.1", **headers: str) -> bytes:
    """A call of ListClusters; `headers` have underscores for hyphens."""
    named = {
        "Host": "localhost",
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "ElasticMapReduce.ListClusters",
        "Content-Length": str(len(body)),
    }
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


@pytest.mark.parametrize(
    "parts",
    [
        [call()],
        [call() + call()],
        [call()[:30], call()[30:]],
        [call()[:-9], call()[-9:]],
        [call() + call()[:-9], call()[-9:] + call()],
        [call(line="POST / HTTP/1.0")],
        [call(Connection="close")],
        [call(Expect="100-continue")],
        [call(User_Agent="Boto3/1 m/B")],
    ],
)
def test_the_answer_is_the_same_however_the_calls_arrive(endpoint: Endpoint, parts: list[bytes]) -> None:
    line, calls = Line(endpoint), sum(part.count(b"POST /") for part in parts)
    for part in parts:
        line.socket.sendall(part)
    answers = [line.answer() for _ in range(calls)]
    answers = [line.answer() if status == 100 else (status, head, body) for status, head, body in answers]
    line.close()
    assert [(status, json.loads(body)) for status, _, body in answers] == [(200, ANSWER)] * calls
    assert len({head["x-amzn-requestid"] for _, head, _ in answers}) == calls


def test_a_body_in_chunks(endpoint: Endpoint) -> None:
    head = call(b"", Transfer_Encoding="chunked").replace(b"Content-Length: 0\r\n", b"")
    line = Line(endpoint)
    line.socket.sendall(head + b"%x\r\n%b\r\n0\r\n\r\n" % (len(BODY), BODY))
    assert json.loads(line.answer()[2]) == ANSWER
    line.close()


def test_a_refusal_leaves_the_connection_open(endpoint: Endpoint) -> None:
    line = Line(endpoint)
    line.socket.sendall(call(b"[1") + call())
    status, head, _ = line.answer()
    assert (status, head["x-amzn-errortype"]) == (400, "SerializationException")
    assert line.answer()[0] == 200
    line.close()


def test_half_a_call_and_no_more(endpoint: Endpoint) -> None:
    line = Line(endpoint)
    line.socket.sendall(call()[:-9])
    line.close()
    again = Line(endpoint)
    again.socket.sendall(call())
    assert again.answer()[0] == 200
    again.close()
