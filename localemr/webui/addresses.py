"""Addresses of clusters' pages. Pure.

In browsers every page has its own origin, whose host name encodes the place of the page:
`<cluster>--<host>--<port>.localhost`. Browsers resolve names below `localhost` to the loopback address (RFC 6761, 6.3);
below `LOCALEMR_PAGES_DOMAIN` the user's DNS resolves them. Programs use `<PREFIX>/<cluster>/<host>/<port>/…` at the
controller's own address.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from localemr.door.hosts import LOOPBACK, host_name
from localemr.door.routes import PAGES as PREFIX

__all__ = ["PREFIX", "Domains", "Place", "short_name"]

LOOPBACK_HOSTS = (LOOPBACK, "127.0.0.1", "[::1]")
_LABEL = re.compile(r"(j-[a-z0-9]{12,13})--([a-z0-9][a-z0-9-]*?)--(\d{1,5})", re.ASCII)
_ADDRESS = re.compile(r"\d+(\.\d+){3}", re.ASCII)


@dataclass(frozen=True)
class Place:
    """The place of a page: cluster, short name of an instance's host, port."""

    cluster_id: str
    host: str
    port: int

    @property
    def label(self) -> str:
        """As one label of a host name, in lower case: at most 42 of the 63 allowed characters."""
        return f"{self.cluster_id.lower()}--{self.host}--{self.port}"


def short_name(host: str) -> str:
    """The part of a host name that is unique inside a cluster, as written in a label.

    >>> short_name("ip-10-213-0-11.eu-west-1.compute.internal"), short_name("10.213.0.11")
    ('ip-10-213-0-11', '10-213-0-11')
    """
    return host.replace(".", "-") if _ADDRESS.fullmatch(host) else host.split(".", maxsplit=1)[0].lower()


class Domains:
    """The domains below which pages have host names: `localhost`, and `own` unless it is empty."""

    def __init__(self, own: str = "") -> None:
        self._own = own.strip().strip(".").lower()
        self._suffixes = tuple(f".{each}" for each in (LOOPBACK, self._own) if each)

    def place(self, name: str) -> Place | None:
        """The place that a host name (a result of `host_name`) encodes; None: it is not the host of a page."""
        for suffix in self._suffixes:
            if name.endswith(suffix) and (match := _LABEL.fullmatch(name.removesuffix(suffix))):
                cluster = match[1].upper().replace("J", "j", 1)
                return Place(cluster, match[2], int(match[3]))
        return None

    def site(self, name: str) -> str | None:
        """The cluster whose page has this host name; None: it is not the host of a page."""
        place = self.place(name)
        return place.cluster_id if place else None

    def suffix(self, netloc: str) -> str | None:
        """The part after the label in host names of pages, with the port, for a client that reached the controller, or
        a page, at `netloc`. None: no such name resolves for this client."""
        name = host_name(netloc)
        if name is None:
            return None
        port = re.search(r":\d+$", netloc, re.ASCII)
        domain = next((each for each in self._suffixes if name.endswith(each) and self.place(name)), None)
        if domain is None:
            domain = f".{LOOPBACK}" if name in LOOPBACK_HOSTS else f".{self._own}" if self._own else None
        return domain and domain + (port[0] if port else "")
