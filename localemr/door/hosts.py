"""Names under which the controller may be requested: the protection against DNS rebinding.

For a browser, a web page whose own host name suddenly resolves to this machine has the same origin as the controller.
Its requests have that name in Host. Addresses cannot be rebound, so every IP literal is accepted.
"""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Iterable
from functools import lru_cache
from ipaddress import ip_address
from urllib.parse import urlsplit

LOOPBACK = "localhost"
CONTAINERS = frozenset({
    "controller",  # the service's name under Compose
    "host.docker.internal", "gateway.docker.internal", "host.containers.internal", "host.testcontainers.internal",
})  # fmt: skip
"""Names that Docker, Podman and testcontainers give to the controller or its host, inside containers."""

LONGEST = 263
"""Room for a host name of 253 characters, a final dot and a port."""
_NETLOC = re.compile(r"(\[[0-9a-f:.]+\]|[^\s:@/\\\[\]]*[^\s:@/\\\[\].])\.?(?::\d{1,5})?", re.IGNORECASE | re.ASCII)


def host_name(netloc: str) -> str | None:
    """The name or address of a Host header, in lower case, without port and final dot; None: it is malformed."""
    match = _NETLOC.fullmatch(netloc) if len(netloc) <= LONGEST else None
    return match[1].lower() if match else None


def own_names(*names: str) -> frozenset[str]:
    """`names`, this machine's host name, and its names inside containers."""
    machine = socket.gethostname()
    return CONTAINERS | {each.lower() for each in (*names, machine, f"{machine}.local") if each}


class Hosts:
    """The hosts that the controller accepts."""

    def __init__(
        self, names: Iterable[str] = (), one_label: bool = False, page: Callable[[str], str | None] = lambda name: None
    ) -> None:
        """`names` are accepted as they are, and with a dot before them (`.example.com`) for all names below.

        `one_label` accepts every name without a dot, as containers have: safe only where callers sign. `page` returns
        the site of a host that serves pages of clusters (pages of one site may call each other); None for other hosts.
        """
        lowered = {each.strip().lower() for each in names} - {""}
        self._names = {each for each in lowered if not each.startswith(".")} | {LOOPBACK}
        self._below = (f".{LOOPBACK}", *(each for each in lowered if each.startswith(".")))
        self._one_label = one_label
        self._page = page
        # Cached: clients use few Host headers, and parsing one takes longer than most replies.
        self.accept = lru_cache(256)(self._accept)
        self.site = lru_cache(256)(self._site)

    accept: Callable[[str], bool]
    """Whether a Host header names the controller, or a page of a cluster."""
    site: Callable[[str], str | None]
    """The site of the page that a Host header names; None: it is not a page's host."""

    def _site(self, netloc: str) -> str | None:
        name = host_name(netloc)
        return self._page(name) if name else None

    def _accept(self, netloc: str) -> bool:
        name = host_name(netloc)
        if name is None:
            return False
        if name in self._names or name.endswith(self._below) or _is_address(name) or self._page(name) is not None:
            return True
        return self._one_label and "." not in name

    def same_site(self, origin: str, netloc: str) -> bool:
        """Whether a request with this Origin comes from the requested host itself, or from a page of its site."""
        try:
            source = urlsplit(origin).netloc.lower()
        except ValueError:
            return False
        if source and source == netloc.lower():
            return True
        site = self.site(source)
        return site is not None and site == self.site(netloc)


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True
