"""Load on loopback: a client that costs next to nothing, so that what is measured is the server."""

from __future__ import annotations

import json
import os
import selectors
import socket
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.benchmarks.rivals import AUTHORIZATION, NotServed

TICKS = os.sysconf("SC_CLK_TCK")


def request_bytes(operation: str, request: Mapping[str, Any]) -> bytes:
    """The call as it goes over the wire."""
    body = json.dumps(request)
    lines = (
        "POST / HTTP/1.1", "Host: 127.0.0.1", f"X-Amz-Target: ElasticMapReduce.{operation}",
        "Content-Type: application/x-amz-json-1.1", f"Authorization: {AUTHORIZATION}", f"Content-Length: {len(body)}",
        "", body,
    )  # fmt: skip
    return "\r\n".join(lines).encode()


def processor_seconds(pid: int) -> float:
    """Processor time that a process has used so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


@dataclass
class _Connection:
    port: int
    began: float = 0.0
    received: bytes = b""
    asked: bytes = b""
    closes: bool = False
    socket: socket.socket = field(init=False)

    def __post_init__(self) -> None:
        self.socket = socket.create_connection(("127.0.0.1", self.port))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def ask(self, request: bytes) -> None:
        self.received, self.asked, self.began = b"", request, time.monotonic()
        self.socket.sendall(request)

    def answered(self) -> bool:
        """Read what is there; whether it is the whole answer. Raises NotServed for any other status than 200."""
        chunk = self.socket.recv(1 << 18)
        self.received += chunk
        head, end, body = self.received.partition(b"\r\n\r\n")
        if not end:
            return False
        if b" 200 " not in head.partition(b"\r\n")[0]:
            raise NotServed(self.received[:200].decode(errors="replace"))
        self.closes = b"connection: close" in head.lower()
        return len(body) >= _length(head)


def _length(head: bytes) -> int:
    low = head.lower()
    at = low.index(b"content-length:") + len(b"content-length:")
    return int(low[at:].partition(b"\r\n")[0])


def drive(port: int, requests: Iterator[bytes], connections: int, seconds: float) -> list[float]:
    """The seconds of each call: every connection asks as soon as it was answered, until the time is over.

    A server that closes a connection (some do after each answer, some after 1,000) gets a new one.
    """
    taken, end = list[float](), time.monotonic() + seconds
    with selectors.DefaultSelector() as selector:

        def connect(request: bytes) -> None:
            connection = _Connection(port)
            selector.register(connection.socket, selectors.EVENT_READ, connection)
            connection.ask(request)

        def leave(connection: _Connection) -> None:
            selector.unregister(connection.socket)
            connection.socket.close()

        for _ in range(connections):
            connect(next(requests))
        while selector.get_map():
            for key, _ in selector.select():
                connection: _Connection = key.data
                before = len(connection.received)
                if connection.answered():
                    taken.append(time.monotonic() - connection.began)
                    over = time.monotonic() >= end
                    if over or connection.closes:
                        leave(connection)
                    if not over:
                        connect(next(requests)) if connection.closes else connection.ask(next(requests))
                elif len(connection.received) == before:
                    leave(connection)
                    connect(connection.asked)
    return taken
