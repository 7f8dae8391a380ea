"""Web pages of a cluster's daemons: all of them at the controller's own address."""

from __future__ import annotations

import time
from collections.abc import Iterable

from localemr.services import Member
from localemr.settings import Settings
from localemr.webui.links import PREFIX
from localemr.webui.tickets import Tickets, with_ticket

NAMES = {
    9870: "HDFS NameNode",
    8088: "YARN ResourceManager",
    19888: "MapReduce JobHistory Server",
    18080: "Spark History Server",
    8042: "YARN NodeManager",
    9864: "HDFS DataNode",
}


def addresses(settings: Settings, members: Iterable[Member], cluster_id: str) -> list[tuple[str, str, str]]:
    """(name, instance's id, URL) of each web page of this cluster, the master's first."""
    found = [
        (list(NAMES).index(port), NAMES[port], member.labels.get("localemr.instance", member.name))
        for member in members
        if member.labels.get("localemr.cluster") == cluster_id
        for port in member.ports
        if port in NAMES
    ]
    ports = {name: port for port, name in NAMES.items()}
    return [(name, instance, _url(settings, cluster_id, instance, ports[name])) for _, name, instance in sorted(found)]


def servers(members: Iterable[Member], cluster_id: str) -> list[str]:
    """JDBC URLs of the cluster's HiveServer2, if it has one: the port that is Hive's default, and that of HTTP mode."""
    found = {port: to for member in members if member.labels.get("localemr.cluster") == cluster_id
             for port, to in member.ports.items()}  # fmt: skip
    forms = {
        10000: "jdbc:hive2://127.0.0.1:{}/",
        10001: "jdbc:hive2://127.0.0.1:{}/;transportMode=http;httpPath=cliservice",
    }
    return [form.format(found[port]) for port, form in forms.items() if port in found]


def _url(settings: Settings, cluster_id: str, instance: str, port: int) -> str:
    url = f"{settings.endpoint}{PREFIX}/{cluster_id}/{instance}/{port}/"
    keys = settings.accepted_keys
    return with_ticket(url, Tickets(keys).issue(cluster_id, time.time())) if keys else url
