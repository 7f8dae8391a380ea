"""The checks that stand before the application, for callers on this host and for instances of clusters."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from starlette.types import ASGIApp

from localemr.api.access import Access
from localemr.api.beside import Beside, PassedOn
from localemr.api.instances import InstancesOnly
from localemr.domain.node.aws_tools import BESIDE, DOMAINS, OWN, S3
from localemr.door import Door, Hosts, Sides, own_names
from localemr.settings import Settings
from localemr.webui.addresses import Domains
from localemr.webui.directory import Directory
from localemr.webui.origins import PageOrigins

AWS_DOMAINS = tuple(f".{domain}" for domain in DOMAINS)
OWN_SERVICES = frozenset(host for name, host in OWN.items() if name != S3)
"""The controller's services by their names in signatures, which are those in AWS's host names."""


class Parts(Protocol):
    """The parts of a controller that checks lead to."""

    directory: Directory
    beside: Beside


def behind_door(
    app: ASGIApp, settings: Settings, controller: Callable[[], Parts | None], node_address: str = ""
) -> ASGIApp:
    """The application behind the checks of requests, with separate origins for pages, and for instances only AWS's
    services."""

    def directory() -> Directory | None:
        found = controller()
        return found.directory if found else None

    def beside() -> Beside | None:
        found = controller()
        return found.beside if found else None

    keys = settings.accepted_keys
    inside = PassedOn(app, beside, OWN_SERVICES, Access(keys) if keys else None)
    # Signatures of instances are checked before.
    for_nodes = for_instances(PassedOn(app, beside, OWN_SERVICES), settings, beside)
    domains = Domains(settings.pages_domain)
    names = own_names(settings.host, settings.controller_container, *settings.allowed_hosts.split(","))
    # Pods have any addresses: instances come in here, too, where they call AWS's own host names.
    aws = AWS_DOMAINS if settings.on_kubernetes else ()
    hosts = Hosts([*names, *aws], one_label=bool(keys), page=domains.site)
    front = Door(PageOrigins(inside, domains, directory), hosts)
    return Sides(front, for_nodes, settings.subnets, node_address)


def for_instances(app: ASGIApp, settings: Settings, beside: Callable[[], Beside | None]) -> ASGIApp:
    """The application as instances of clusters reach it: signed calls alone, under AWS's host names too. `beside` has
    the services that it passes on."""

    def signed_as() -> frozenset[str]:
        found = beside()
        return OWN_SERVICES | {each for each in BESIDE.values() if found and found.offers(each)}

    access = Access({settings.access_key: settings.secret_key})
    return Door(InstancesOnly(app, access, signed_as), Hosts(AWS_DOMAINS, one_label=True))
