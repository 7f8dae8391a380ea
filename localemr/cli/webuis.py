"""Web pages of a cluster's daemons, as this host reaches them."""

from __future__ import annotations

from collections.abc import Iterable

from localemr.services import Member

NAMES = {
    9870: "HDFS NameNode",
    8088: "YARN ResourceManager",
    19888: "MapReduce JobHistory Server",
    18080: "Spark History Server",
    8042: "YARN NodeManager",
    9864: "HDFS DataNode",
}


def addresses(members: Iterable[Member], cluster_id: str) -> list[tuple[str, str, str]]:
    """(name, instance's id, URL) of each web page of this cluster, the master's first."""
    found = [
        (list(NAMES).index(inside), NAMES[inside], member.labels.get("localemr.instance", member.name), outside)
        for member in members
        if member.labels.get("localemr.cluster") == cluster_id
        for inside, outside in member.ports.items()
        if inside in NAMES
    ]
    return [(name, instance, f"http://127.0.0.1:{outside}") for _, name, instance, outside in sorted(found)]
