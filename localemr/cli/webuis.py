"""Addresses of a cluster's daemons for the host: web pages at the controller's address (from which browsers are
redirected to the page's origin), other services at ports of loopback."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping
from typing import Any

from localemr.applications import applications
from localemr.domain.model.application import Application
from localemr.domain.model.dependencies import installed
from localemr.domain.model.records import MASTER
from localemr.installation.containers import Member
from localemr.settings import Settings
from localemr.webui.addresses import PREFIX
from localemr.webui.tickets import Tickets, with_ticket

Cluster = Mapping[str, Any]
"""As DescribeCluster shows it."""
Address = tuple[str, str, str]
"""Name, instance's id, URL."""


def addresses(settings: Settings, members: Iterable[Member], cluster: Cluster) -> list[Address]:
    """The web pages of this cluster, the master's first."""
    pages = [page for application in _may_have(cluster) for page in application.web_uis]
    pages.sort(key=lambda page: MASTER not in page.roles)
    return [
        (page.name, instance, _url(settings, cluster["Id"], instance, page.port))
        for page in pages
        for instance, _ in _at(members, cluster["Id"], page.port)
    ]


def services(members: Iterable[Member], cluster: Cluster) -> list[Address]:
    """The ports of this cluster that clients on this host can use, such as HiveServer2's."""
    return [
        (service.name, instance, service.url.format(host="127.0.0.1", port=published))
        for application in _may_have(cluster)
        for service in application.services
        for instance, published in _at(members, cluster["Id"], service.port)
    ]


def _may_have(cluster: Cluster) -> list[Application]:
    """The applications that the cluster may have. Some have the same ports, as Presto and Trino, so that published ones
    alone do not tell."""
    known, requested = applications(), [each["Name"] for each in cluster["Applications"]]
    return installed([*requested, *(each.name for each in known.values() if each.needed_by_three)], known)


def _at(members: Iterable[Member], cluster_id: str, port: int) -> list[tuple[str, int]]:
    """Ids of the cluster's instances that publish the port, and the published ports."""
    return sorted(
        (member.labels.get("localemr.instance", member.name), member.ports[port])
        for member in members
        if member.labels.get("localemr.cluster") == cluster_id and port in member.ports
    )


def _url(settings: Settings, cluster_id: str, instance: str, port: int) -> str:
    url = f"{settings.endpoint}{PREFIX}/{cluster_id}/{instance}/{port}/"
    keys = settings.accepted_keys
    return with_ticket(url, Tickets(keys).issue(cluster_id, time.time())) if keys else url
