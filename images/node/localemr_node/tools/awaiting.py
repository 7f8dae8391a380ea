"""Wait until checks hold: JSON documents of this host, or of a check's own, have values or contain names.

Its spec is AwaitSpec. Exit code 0 when all hold; 1 when its time is over, and on TERM. The note names what is missing.
"""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import sys
import time

from localemr_node.notes import leave
from localemr_node.specs import AwaitSpec, CheckSpec, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PAUSE = 0.1  # seconds
TIMEOUT = 30  # seconds for one request


class Patience:
    """Seconds that are left. On a busy machine they pass more slowly, by how many processes wait for a processor: what
    takes long there is not to be taken for what never comes."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._last = time.monotonic()

    def is_over(self) -> bool:
        """Whether nothing is left. To be called often: each call counts the time since the last one."""
        now = time.monotonic()
        self._left -= (now - self._last) * min(1.0, (os.cpu_count() or 1) / max(os.getloadavg()[0], 0.01))
        self._last = now
        return self._left < 0


def missing(check: CheckSpec) -> str:
    """What is missing, in words; empty when the check holds. Of several hosts the one that lacks least is shown."""
    found = [missing_on(host, check) for host in check.hosts or [check.host]]
    return min(found, key=lambda each: (bool(each), each.startswith("port "), len(each)))


def missing_on(host: str, check: CheckSpec) -> str:
    """The same on a host."""
    try:
        if not check.path:
            socket.create_connection((host, check.port), TIMEOUT).close()
            return ""
        value = read(host, check)
    except (OSError, ValueError, LookupError, TypeError, http.client.HTTPException) as error:
        return f"port {check.port}: {error or type(error).__name__}"
    if check.contains is not None:
        absent = [name for name in check.contains if name not in str(value)]
        required = len(check.contains)
        return f"{required - len(absent)} of {required}, missing {', '.join(absent)}" if absent else ""
    if check.least is not None:
        return "" if isinstance(value, (int, float)) and value >= check.least else f"{value!r} of {check.least}"
    return "" if value == check.equals else f"{value!r}"


def read(host: str, check: CheckSpec) -> Any:
    """The value in the check's document. Raises OSError, HTTPException, ValueError, LookupError, TypeError."""
    connection = http.client.HTTPConnection(host, check.port, timeout=TIMEOUT)
    try:
        connection.request("GET", check.path)
        value = json.loads(connection.getresponse().read())
    finally:
        connection.close()
    for part in check.key.split("."):
        value = value[int(part)] if isinstance(value, list) else value[part]
    return value


def log(text: str) -> None:
    """A line of the log that goes to provision-node/."""
    print(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), text, flush=True)


def main() -> int:
    """The tool."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    reported = None
    spec = load(AwaitSpec)
    checks, patience = [CheckSpec(each) for each in spec.checks], Patience(spec.within)
    while checks:
        rest = missing(checks[0])
        if not rest:
            log(f"{checks.pop(0).what}: done")
            continue
        note = f"{checks[0].what}: {rest}"
        if note != reported:
            leave(note)
            log(note)
            reported = note
        if patience.is_over():
            return 1
        time.sleep(PAUSE)
    leave("")
    return 0
