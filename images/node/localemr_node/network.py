"""AWS's host names on this node: sockets that process 1 holds, and the processes that serve them.

The name server is a fork that is always there (its memory is shared with process 1), the relay one that comes with a
connection. Both run as user nobody.
"""

from __future__ import annotations

import _socket  # socket.py would load megabytes that this process does not need
import json
import os
import signal
import sys
import time

from localemr_node import nameserver, resolvconf
from localemr_node.awsnames import Names
from localemr_node.files import read_text
from localemr_node.listener import NOBODY_ID, become_nobody

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    Document = dict[str, Any]

FILE = "names.json"
DNS = 53
PORTS = {"http": 80, "https": 443, "dns": DNS}
"""Of the relay's sockets. Long answers of DNS come by TCP."""
RESTART_SECONDS = 1.0


class Network:
    """The sockets and the name server of a node."""

    def __init__(self, document: Document, upstream: str, sockets: dict[str, int], questions: int) -> None:
        """`sockets` are listening ones, by the key of `services` or of PORTS; `questions` is the name server's."""
        self._names = Names(document)
        self._upstream = upstream
        self._sockets = sockets
        self._questions = questions
        passed_on = {"to": f"{upstream}:{DNS}", "measure": ""}
        self._services: dict[str, dict[str, Any]] = {**document["on_demand"], "dns": passed_on}

    @classmethod
    def open(cls, root: str) -> Network | None:
        """Take over the node's names. None: the controller has sent no document, or this container has no network."""
        text = read_text(os.path.join(root, FILE))
        if text is None:
            return None
        try:
            document = json.loads(text)
            ports = PORTS | {name: each["port"] for name, each in document["on_demand"].items()}
            sockets = {kind: _bound(_socket.SOCK_STREAM, port) for kind, port in ports.items()}
            questions = _bound(_socket.SOCK_DGRAM, DNS)
            # Last: from now on all names depend on this node's server.
            upstream = resolvconf.take_over(nameserver.ADDRESS)
        except (OSError, ValueError, KeyError) as error:
            sys.stderr.write(f"localemr: AWS's names are not answered here: {error}\n")
            return None
        if upstream is None:
            return None
        _wait_for(lambda: _make_authority(document["domains"]))
        return cls(document, upstream, sockets, questions)

    def start(self) -> int:
        """Start the name server; its process id. 0: no process can be made."""
        try:
            pid = os.fork()
        except OSError as error:
            sys.stderr.write(f"localemr: name server: {error}\n")
            return 0
        if pid == 0:
            _child(self._serve)
        return pid

    def _serve(self) -> None:
        _close_others({self._questions, *self._sockets.values()})
        become_nobody()
        listeners = list(self._sockets.values())
        nameserver.serve(self._names, self._questions, listeners, (self._upstream, DNS), self._relay)

    def _relay(self) -> None:
        from localemr_node.authority import Authority
        from localemr_node.relay import serve

        serve(self._names, Authority(), self._sockets, self._services)


def _bound(kind: int, port: int) -> int:
    """The descriptor of a socket at this port. Raises OSError."""
    made = _socket.socket(_socket.AF_INET, kind)
    made.setsockopt(_socket.SOL_SOCKET, _socket.SO_REUSEADDR, 1)
    made.bind((nameserver.ADDRESS, port))
    if kind == _socket.SOCK_STREAM:
        made.listen(1024)
    return made.detach()


def _make_authority(domains: list[str]) -> None:
    """In a child, as root: it loads what process 1 does not need."""
    from localemr_node.authority import Authority, trust

    authority = Authority()
    authority.make(domains)
    trust(authority.certificate)
    authority.give(NOBODY_ID)


def _wait_for(work: Callable[[], None]) -> None:
    """Do the work in a child, and wait for its end: the first run of this node finds it done."""
    pid = os.fork()
    if pid == 0:
        _child(work, pause=0.0)
    os.waitpid(pid, 0)


def _child(work: Callable[[], None], pause: float = RESTART_SECONDS) -> None:
    """In the child: the work. Never returns. After a failure it waits, since it is started again at once."""
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGCHLD, signal.SIGINT):
            signal.signal(number, signal.SIG_DFL)
        work()
        os._exit(0)
    except BaseException as error:
        sys.stderr.write(f"localemr: {type(error).__name__}: {error}\n")
        time.sleep(pause)
    finally:
        os._exit(1)


def _close_others(kept: set[int]) -> None:
    """Close the descriptors of process 1 that the child has no use for: journal, output, other sockets."""
    for fd in map(int, os.listdir("/proc/self/fd")):
        if fd > 2 and fd not in kept:
            try:
                os.close(fd)
            except OSError:
                continue  # the folder's own
