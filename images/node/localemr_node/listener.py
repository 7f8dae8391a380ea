"""A service that costs nothing without requests: the supervisor holds its socket, and a fork answers each connection.

A server of its own would be 20 MB in every node, and starting one takes longer than the second that clients wait.
"""

from __future__ import annotations

import _socket  # socket.py would load megabytes that this process does not need
import os
import signal
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Respond = Callable[[bytes], bytes]
    """From a request, up to the empty line after its headers, to the whole answer."""

NOBODY_ID = 65534
TIMEOUT = 5
"""Seconds for one connection."""
LONGEST = 16384
"""Bytes of a request."""


class Listener:
    """A listening socket, and the function that answers its connections."""

    def __init__(self, address: str, port: int, respond: Respond) -> None:
        """Raises OSError when this host has no such address, or the port is taken."""
        self._socket = _socket.socket(_socket.AF_INET, _socket.SOCK_STREAM)
        self._socket.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
        self._socket.bind((address, port))
        self._socket.listen(128)
        self._socket.setblocking(False)
        self._respond = respond
        self.fd: int = self._socket.fileno()
        self.port: int = self._socket.getsockname()[1]

    def accept(self) -> None:
        """Take the next connection and have a child answer it; a client that has gone is ignored."""
        try:
            connection: int = self._socket._accept()[0]  # type: ignore[attr-defined]  # typeshed has it one class below
        except OSError:
            return
        try:
            if os.fork() == 0:
                _answer(connection, self._respond)
        except OSError as error:  # no process can be made
            sys.stderr.write(f"localemr: metadata: {error}\n")
        os.close(connection)


def listen(address: str, port: int, respond: Respond) -> Listener | None:
    """A listener, or None where it cannot listen: a container without that address is a node, too."""
    try:
        return Listener(address, port, respond)
    except OSError:
        return None


def _answer(connection: int, respond: Respond) -> None:
    """In the child: one request, one answer, as user nobody. Never returns."""
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        signal.alarm(TIMEOUT)
        become_nobody()
        os.set_blocking(connection, True)
        request = b""
        while b"\r\n\r\n" not in request and len(request) < LONGEST:
            piece = os.read(connection, LONGEST)
            if not piece:
                return
            request += piece
        answer = respond(request.partition(b"\r\n\r\n")[0])
        while answer:
            answer = answer[os.write(connection, answer) :]
    except OSError:
        pass  # the client has gone
    finally:
        os._exit(0)


def become_nobody() -> None:
    """Drop root's rights, if this process has them."""
    if os.getuid() == 0:
        os.setgroups([])
        os.setgid(NOBODY_ID)
        os.setuid(NOBODY_ID)
