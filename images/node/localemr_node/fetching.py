"""A request by HTTP to a daemon of this node that never blocks: process 1 makes it between its other work."""

from __future__ import annotations

import _socket  # socket.py would load megabytes that this process does not need
import errno
import json
import select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

HOST = "127.0.0.1"
PIECE = 1 << 16
LONGEST = 1 << 24
"""Bytes of an answer."""


class Fetch:
    """A GET of a JSON document. Call `step` whenever `fd` is ready for `events`."""

    def __init__(self, port: int, path: str) -> None:
        """Raises OSError."""
        self._socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self._socket.setblocking(False)
        self.fd: int = self._socket.fileno()
        # In HTTP/1.0 an answer ends with the connection.
        head = f"GET {path} HTTP/1.0\r\nHost: {HOST}:{port}\r\nAccept: application/json\r\n\r\n"
        self._left = head.encode("ascii")
        self._received = bytearray()
        code = self._socket.connect_ex((HOST, port))
        if code not in (0, errno.EINPROGRESS):
            self.close()
            raise OSError(code, "the connection failed")

    @property
    def events(self) -> int:
        """What it waits for, as for poll."""
        return select.POLLOUT if self._left else select.POLLIN

    def step(self) -> bool:
        """Go on as far as possible. Returns whether the answer is complete. Raises OSError."""
        try:
            if self._left:
                self._left = self._left[self._socket.send(self._left) :]
                return False
            piece = self._socket.recv(PIECE)
        except BlockingIOError:
            return False
        self._received += piece
        if len(self._received) > LONGEST:
            raise OSError(errno.EFBIG, "the answer is too long")
        return not piece

    def document(self) -> Any:
        """The complete answer. Raises ValueError when it is no JSON document or an error."""
        head, _, body = bytes(self._received).partition(b"\r\n\r\n")
        if head.split(b" ", 2)[1:2] != [b"200"]:
            raise ValueError("the answer is an error")
        return json.loads(body)

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()
