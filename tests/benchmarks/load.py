"""Load on loopback: a client that costs next to nothing, so that what is measured is the server."""

from __future__ import annotations

import os
import re
import select
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
from botocore import xform_name

from tests.benchmarks.rivals import NotServed

TICKS = os.sysconf("SC_CLK_TCK")
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSES = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)


class Writer:
    """Writes calls as boto3 sends them: its headers, signed; nothing is sent."""

    def __init__(self) -> None:
        keys = {"aws_access_key_id": "test", "aws_secret_access_key": "test"}
        self._client = boto3.client("emr", region_name="us-east-1", endpoint_url="http://127.0.0.1", **keys)
        self._client.meta.events.register("before-send.emr", self._keep)
        self._kept = b""

    def write(self, operation: str, request: Mapping[str, Any]) -> bytes:
        """The call as it goes over the wire."""
        try:
            getattr(self._client, xform_name(operation))(**request)
        except _Kept:
            return self._kept
        raise AssertionError("boto3 did not send")

    def _keep(self, request: Any, **_: Any) -> None:
        lines = ["POST / HTTP/1.1", "Host: 127.0.0.1", "Accept-Encoding: identity"]
        for name, value in request.headers.items():
            lines.append(f"{name}: {value.decode() if isinstance(value, bytes) else value}")
        self._kept = "\r\n".join([*lines, "", ""]).encode() + request.body
        raise _Kept


class _Kept(Exception):
    """The call is written."""


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@dataclass
class _Connection:
    port: int
    began: float = 0.0
    head: bytes = b""
    left: int = 0
    requested: bytes = b""
    closes: bool = False
    socket: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> None:
        self.head, self.left, self.requested, self.began = b"", 0, request, time.monotonic()
        self.socket.sendall(request)

    def took(self, chunk: bytes) -> bool:
        """Whether the answer is whole with this. Raises NotServed for any other status than 200."""
        if self.left:
            self.left -= len(chunk)
            return self.left <= 0
        self.head += chunk
        end = self.head.find(b"\r\n\r\n")
        if end < 0:
            return False
        if not self.head.startswith(b" 200 ", 8):
            raise NotServed(self.head[:200].decode(errors="replace"))
        self.closes = _CLOSES.search(self.head, 0, end) is not None
        length = _LENGTH.search(self.head, 0, end)
        if length is None:
            raise NotServed("an answer without a length")
        self.left = int(length[1]) - (len(self.head) - end - 4)
        return self.left <= 0


def drive(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> list[float]:
    """The seconds of each call: every connection asks as soon as it was answered, until the time is over.

    A server that closes a connection (some do after each answer, some after 1,000) gets a new one.
    """
    taken, end, open_ = list[float](), time.monotonic() + seconds, dict[int, _Connection]()
    with select.epoll() as poller:

        def connect(request: bytes) -> None:
            connection = _Connection(port)
            open_[connection.socket.fileno()] = connection
            poller.register(connection.socket, select.EPOLLIN)
            connection.ask(request)

        def leave(connection: _Connection) -> None:
            poller.unregister(connection.socket)
            del open_[connection.socket.fileno()]
            connection.socket.close()

        for _ in range(connections):
            connect(next(requests))
        while open_:
            for number, _ in poller.poll():
                connection = open_[number]
                chunk = connection.socket.recv(1 << 18)
                if not chunk:
                    leave(connection)
                    connect(connection.requested)
                elif connection.took(chunk):
                    now = time.monotonic()
                    taken.append(now - connection.began)
                    if now >= end or connection.closes:
                        leave(connection)
                    if now < end:
                        connect(next(requests)) if connection.closes else connection.ask(next(requests))
    return taken
