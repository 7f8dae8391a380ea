"""What the servers of Presto's family of engines have in common: their place in a cluster, and EMR's values for it.

An engine has its own names for sizes and spilling, and adds them.
"""

from __future__ import annotations

from localemr.applications.java import own_java
from localemr.domain.model.application import Facts, Properties
from localemr.domain.model.records import MASTER

PORT = 8889
MOST_DRIVERS = 16
"""The largest number of parallel parts of a task."""


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
    return {
        heap: str(heap_mb),
        **own_java(facts, application),
    }


def password_authenticator(facts: Facts) -> Properties:
    """The kind of authenticator that EMR supports; its server and patterns are the user's."""
    return {"password-authenticator.name": "ldap"}
