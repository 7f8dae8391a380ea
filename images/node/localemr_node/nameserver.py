"""The node's name server: answers AWS's names and buckets' names, and passes on all other questions.

It runs in a fork of the supervisor, which holds its sockets, and has the relay (relay.py) started when a connection
comes. Docker's name server, which the container had before, gets what is passed on.
"""

from __future__ import annotations

import _socket  # socket.py would load megabytes that this process does not need
import contextlib
import os
import select
import time

from localemr_node import dns
from localemr_node.awsnames import HERE, OUTSIDE, Names

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    Client = tuple[str, int]

ADDRESS = "127.0.0.53"
"""Of this name server, and of all names that the node answers itself."""
LONGEST = 65535
MOST_WAITING = 1000
"""Questions that were passed on and are not answered; older ones are forgotten."""
PAUSE = 1.0
"""Seconds between two starts of the relay."""


class Server:
    """Answers questions. `send` sends an answer to a client, `ask` a question to Docker's name server."""

    def __init__(self, names: Names, send: Callable[[bytes, Client], object], ask: Callable[[bytes], object]) -> None:
        self._names, self._send, self._ask = names, send, ask
        self._own = _socket.inet_aton(ADDRESS)
        self._next = int.from_bytes(os.urandom(2), "big")
        self._waiting: dict[int, tuple[Client, dns.Question, bool]] = {}

    def on_query(self, message: bytes, client: Client) -> None:
        """Answer a question, or pass it on. One that cannot be read is dropped."""
        try:
            wanted = dns.question(message)
        except dns.Malformed:
            return
        bucket = self._names.is_bucket(wanted.name)
        decided = OUTSIDE if bucket else self._names.decide(wanted.name)
        if bucket and wanted.kind == dns.A:
            self._pass_on(dns.query(0, self._names.s3_host), client, wanted, rewritten=True)
        elif bucket or decided == HERE:
            self._send(dns.reply(wanted, () if bucket else (self._own,)), client)
        elif decided == OUTSIDE:
            self._pass_on(message, client, wanted, rewritten=False)
        else:
            self._send(dns.reply(wanted, code=dns.NO_SUCH_NAME), client)

    def _pass_on(self, message: bytes, client: Client, wanted: dns.Question, rewritten: bool) -> None:
        self._next = (self._next + 1) % 65536
        if len(self._waiting) >= MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._waiting.pop(self._next, None)
        self._waiting[self._next] = (client, wanted, rewritten)
        self._ask(self._next.to_bytes(2, "big") + message[2:])

    def on_answer(self, message: bytes) -> None:
        """Hand an answer of Docker's name server to the client that waits for it."""
        client, wanted, rewritten = self._waiting.pop(int.from_bytes(message[:2], "big"), (None, None, False))
        if client is None or wanted is None:
            return
        if not rewritten:
            self._send(wanted.number.to_bytes(2, "big") + message[2:], client)
            return
        with contextlib.suppress(dns.Malformed):
            found = dns.addresses(message)
            self._send(dns.reply(wanted, found, dns.NO_ERROR if found else dns.SERVER_FAILURE), client)


def serve(names: Names, own: int, listeners: list[int], upstream: Client, relay: Callable[[], object]) -> None:
    """Answer questions for ever. `own` is the descriptor of the name server's socket, `listeners` are those for which a
    fork calls `relay`, which returns when it has been idle."""
    mine = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM, 0, own)
    theirs = _socket.socket(_socket.AF_INET, _socket.SOCK_DGRAM)
    theirs.connect(upstream)
    server = Server(names, _harmless(mine.sendto), _harmless(theirs.send))
    relays = Relays(listeners, relay)
    while True:
        poll = select.poll()
        for fd in (own, theirs.fileno(), *relays.awaited()):
            poll.register(fd, select.POLLIN)
        for fd, _ in poll.poll(relays.milliseconds()):
            if fd in listeners:
                relays.start()
                break
            with contextlib.suppress(OSError):
                if fd == own:
                    server.on_query(*mine.recvfrom(LONGEST))
                else:
                    server.on_answer(theirs.recv(LONGEST))


def _harmless(call: Callable[..., object]) -> Callable[..., None]:
    """The call, which may fail: the client repeats its question."""

    def attempt(*arguments: object) -> None:
        with contextlib.suppress(OSError):
            call(*arguments)

    return attempt


class Relays:
    """The relay's process: there is at most one, and none while there is no connection."""

    def __init__(self, listeners: list[int], relay: Callable[[], object]) -> None:
        self._listeners = listeners
        self._relay = relay
        self._pid = 0
        self._started = -PAUSE

    def awaited(self) -> list[int]:
        """The listeners for whose connections a relay must be started."""
        if self._pid and os.waitpid(self._pid, os.WNOHANG)[0]:
            self._pid = 0
        return [] if self._pid or self._pause() > 0 else self._listeners

    def milliseconds(self) -> float | None:
        """Until `awaited` must be looked at again. None: at the next question."""
        if self._pid:
            return PAUSE * 1000
        return self._pause() * 1000 if self._pause() > 0 else None

    def start(self) -> None:
        """Fork the relay."""
        self._started = time.monotonic()
        try:
            self._pid = os.fork()
        except OSError:
            return  # no process can be made: later
        if self._pid == 0:
            try:
                self._relay()
            finally:
                os._exit(0)

    def _pause(self) -> float:
        return self._started + PAUSE - time.monotonic()
