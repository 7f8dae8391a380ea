"""The connection of a session's program to its server: lines of JSON."""

from __future__ import annotations

import json
import socket
import threading
import time
from collections.abc import Iterator
from typing import Any

PAUSE = 0.5  # seconds between two attempts


class Connection:
    """A connection to the server."""

    def __init__(self, host: str, port: int, seconds: float) -> None:
        """Raises OSError when the server cannot be reached within the time."""
        deadline = time.monotonic() + seconds
        while True:
            try:
                self._socket = socket.create_connection((host, port), timeout=seconds)
                break
            except OSError:
                if time.monotonic() > deadline:
                    raise
            time.sleep(PAUSE)
        self._socket.settimeout(None)
        self._lock = threading.Lock()

    def send(self, message: Any) -> None:
        """Send a message; one that the server does not get any more is dropped. What is no JSON is sent as a text."""
        line = json.dumps(message, default=str).encode() + b"\n"
        try:
            with self._lock:
                self._socket.sendall(line)
        except OSError:
            pass

    def messages(self) -> Iterator[Any]:
        """The server's messages, until it is gone."""
        try:
            with self._socket.makefile("rb") as lines:
                for line in lines:
                    yield json.loads(line)
        except (OSError, ValueError):
            return
