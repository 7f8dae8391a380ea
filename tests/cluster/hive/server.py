"""HiveServer2 of a cluster, for programs on the host."""

from __future__ import annotations

from typing import Any

from pyhive import hive

from tests.cluster.installation import Installation


def connect(installation: Installation, cluster_id: str) -> Any:
    """A session, through the loopback port that the master's HiveServer2 is published on."""
    master = installation.containers(cluster_id, "MASTER")[0]
    return hive.connect("127.0.0.1", int(master.ports["10000/tcp"][0]["HostPort"]), username="hadoop")
