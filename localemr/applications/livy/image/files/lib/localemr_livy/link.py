"""The connections of sessions' programs: lines of JSON in both directions. A program proves by a secret whose it is."""

from __future__ import annotations

import contextlib
import hmac
import json
import logging
import socket
import threading
from collections.abc import Callable
from typing import Any

LOG = logging.getLogger("livy.link")
HELLO_SECONDS = 30.0
LONGEST_HELLO = 4096


class Link:
    """A connection to a session's program."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket = connection
        self._lock = threading.Lock()

    def send(self, message: Any) -> bool:
        """Send a message. False when the program is gone."""
        try:
            with self._lock:
                self._socket.sendall(json.dumps(message).encode() + b"\n")
        except OSError:
            return False
        return True

    def close(self) -> None:
        """End the connection: the program then ends itself."""
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()


class Exchange:
    """The port at which programs connect. `greeted` gets the first message of each with its connection and returns what
    gets all further ones, then None at its end; or None when the program is not known."""

    def __init__(self, host: str, ports: str, greeted: Callable[[Any, Link], Callable[[Any], None] | None]) -> None:
        """`ports` is a range such as `10000~10110`. Raises OSError when all are taken."""
        self._greeted = greeted
        self._socket = _bound(host, ports)
        self.port: int = self._socket.getsockname()[1]
        threading.Thread(target=self._accept, name="exchange", daemon=True).start()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        link = Link(connection)
        try:
            connection.settimeout(HELLO_SECONDS)
            with connection, connection.makefile("rb") as lines:
                take = self._greeted(json.loads(lines.readline(LONGEST_HELLO)), link)
                if take is None:
                    return
                connection.settimeout(None)
                try:
                    for line in lines:
                        take(json.loads(line))
                finally:
                    take(None)
        except (OSError, ValueError) as error:
            LOG.info("a session's connection ended: %s", error)

    def close(self) -> None:
        """Stop listening."""
        self._socket.close()


def _bound(host: str, ports: str) -> socket.socket:
    first, _, last = ports.partition("~")
    for port in range(int(first), int(last or first) + 1):
        server = socket.socket()
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            server.bind((host, port))
            server.listen(64)
            return server
        except OSError:
            server.close()
    raise OSError(f"all ports of {ports} are taken")


def same(given: Any, secret: str) -> bool:
    """Whether a program's secret is right."""
    return isinstance(given, str) and hmac.compare_digest(given.encode(), secret.encode())
