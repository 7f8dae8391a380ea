"""What the servers of Presto's family of engines have in common: their place in a cluster, and EMR's values for it.

An engine has its own names for sizes and spilling, and adds them.
"""

from __future__ import annotations

import re

from localemr.applications.java import home, java_home
from localemr.domain.model.application import Command, Facts, Leave, Properties
from localemr.domain.model.records import MASTER

PORT = 8889
MOST_DRIVERS = 16
"""The largest number of parallel parts of a task."""

TIMEOUT = "graceful-shutdown-timeout"
"""EMR's own property: how long the worker of an instance that leaves may go on with its tasks."""
GRACE = "shutdown.grace-period"
GRACE_SECONDS = 10
"""A worker waits so long before it looks at its tasks, and again after their end (the engines' default: 2 minutes). The
coordinator notices within 10 s that a worker is to get no more of them."""
_DURATION = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(ms|s|m|h|d|)\s*")
_SECONDS = {"ms": 0.001, "s": 1, "": 1, "m": 60, "h": 3600, "d": 86400}
SHUT_DOWN = f"""\
curl -sSf -X PUT -H 'Content-Type: application/json' -H "X-$1-User: $2" -d '"SHUTTING_DOWN"' \\
  http://localhost:{PORT}/v1/info/state || exit
while curl -s -o /dev/null http://localhost:{PORT}/v1/info; do sleep 1; done
"""
"""Has a worker finish its tasks and end, and waits for it. $1 is the engine's name in headers, $2 its user."""


def seconds(text: str) -> float:
    """A duration as engines write it (`30m`), or as a number of seconds; 0 for another text."""
    found = _DURATION.fullmatch(text)
    return float(found[1]) * _SECONDS[found[2]] if found else 0.0


def leave(engine: str) -> Leave:
    """How the worker of an instance ends that leaves by a resize: at once, or with the property within its time."""

    def argv(facts: Facts) -> Command:
        return ("bash", "-c", SHUT_DOWN, "leave", engine.capitalize(), engine)

    return Leave(argv, lambda facts: _timeout(facts, engine))


def _timeout(facts: Facts, engine: str) -> float:
    return seconds(facts.requested.get(f"{engine}-config", {}).get(TIMEOUT, ""))


def data(engine: str) -> str:
    """The folder of an engine's data; `engine` is its name in paths."""
    return f"/mnt/var/lib/{engine}"


def config(facts: Facts, engine: str) -> Properties:
    """The server: the coordinator on the master, which works itself only where there is no other instance."""
    coordinator = facts.role == MASTER
    return {
        "coordinator": str(coordinator).lower(),
        "node-scheduler.include-coordinator": str(coordinator and facts.workers == 0).lower(),
        "discovery.uri": f"http://{facts.master_host}:{PORT}",
        "http-server.http.port": str(PORT),
        # Servers exchange the states of tasks several times a second: that log would be sent to LogUri.
        "http-server.log.enabled": "false",
        "http-server.log.path": f"/var/log/{engine}/http-request.log",
        # A minute instead of five: a query does not wait longer for a worker that is gone.
        "query.remote-task.max-error-duration": "1m",
        **({GRACE: f"{GRACE_SECONDS}s"} if _timeout(facts, engine) else {}),
        # A power of two.
        "task.concurrency": str(min(1 << max(facts.yarn_vcores, 2).bit_length() - 1, MOST_DRIVERS)),
    }


def node(facts: Facts, engine: str) -> Properties:
    """The instance: its id stays, whatever restarts."""
    return {
        "node.environment": "production",
        "node.id": facts.instance_id or facts.host,
        "node.internal-address": facts.host,
        "node.data-dir": f"{data(engine)}/data",
    }


def env(facts: Facts, application: str, heap: str, heap_mb: int) -> Properties:
    """Variables of the server and of its command line: `heap` is the one with the heap in MiB; Java's where it is not
    the instance's own."""
    own = java_home(facts, application)
    return {
        heap: str(heap_mb),
        **({"JAVA_HOME": own} if own != home(facts.release.default_java) else {}),
    }


def password_authenticator(facts: Facts) -> Properties:
    """The kind of authenticator that EMR supports; its server and patterns are the user's."""
    return {"password-authenticator.name": "ldap"}
