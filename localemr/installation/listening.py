"""Where the controller listens: for programs of this host, and for instances of clusters.

A controller on loopback gets a second address for instances alone: this host's in the installation's own network of
Docker. Every container reaches it through its gateway, and other machines have no route to it.
"""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from ipaddress import IPv4Network
from typing import Any

from localemr.installation.containers import Containers, connect, docker_errors_as_problems
from localemr.problem import Problem
from localemr.settings import Settings

log = logging.getLogger(__name__)

CONTROLLER = "controller"
"""The name of the controller's container in the networks of clusters."""
NONE = "off"


def node_address(settings: Settings, containers: Callable[[Settings], Containers] | None = None) -> str:
    """The address at which a controller on loopback listens for instances. Empty: none is needed, or there is none."""
    if settings.runtime != "docker" or settings.node_endpoint or not settings.listens_locally:
        return ""
    try:
        return _gateway((containers or _connected)(settings))
    except (Problem, OSError) as problem:
        log.warning("instances will not reach the controller: %s", problem)
        return ""


def node_endpoint(settings: Settings, address: str) -> str:
    """The controller's URL for instances; `address` is `node_address`. Empty: they do not reach it."""
    if settings.node_endpoint:
        return "" if settings.node_endpoint == NONE else settings.node_endpoint
    if settings.controller_container:
        return f"http://{CONTROLLER}:{settings.port}"
    if settings.listens_locally or settings.runtime == "kubernetes":  # there is no gateway
        return f"http://{address}:{settings.port}" if address else ""
    host = "{gateway}" if settings.host in ("0.0.0.0", "::") else settings.host
    return f"http://{host}:{settings.port}"


def sockets(settings: Settings, address: str) -> list[socket.socket]:
    """Listening sockets: those of the settings' host, and one at `address` (empty: none). Raises OSError when the
    settings' host cannot be used; without the address for instances the controller works all the same."""
    found = [
        _listening(family, place)
        for family, _, _, _, place in socket.getaddrinfo(
            settings.host, settings.port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )
    ]
    if address:
        try:
            found.append(_listening(socket.AF_INET, (address, settings.port)))
        except OSError as error:
            log.warning("instances will not reach the controller at %s:%d: %s", address, settings.port, error.strerror)
    return found


def _listening(family: int, place: Any) -> socket.socket:
    # asyncio sets TCP_NODELAY only where the protocol is named; without it every response takes 40 ms.
    made = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    try:
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind(place)
        made.listen(2048)
    except OSError:
        made.close()
        raise
    return made


def _connected(settings: Settings) -> Containers:
    return Containers(settings, connect())


def _gateway(docker: Containers) -> str:
    """This host's address in the installation's network."""
    with docker_errors_as_problems():
        docker.ensure_network()
        pools = docker.network_pools()
    for pool in pools:
        if ":" not in (subnet := str(pool.get("Subnet", ""))) and subnet:
            return str(pool.get("Gateway") or IPv4Network(subnet).network_address + 1)
    raise Problem(f"the network {docker.name} has no IPv4 addresses")
