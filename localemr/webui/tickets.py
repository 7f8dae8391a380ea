"""Tickets: who holds one may see a cluster's web pages. Needed where callers have to sign, which browsers cannot.

Nothing is kept: a ticket is the time at which it expires and a keyed digest of that and the cluster.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

SECONDS = 12 * 3600
"""How long a ticket is good."""
PARAMETER = "localemr-ticket"
"""In an address; pages then hold it in a cookie of this name and the cluster's."""


class Tickets:
    """Issues and checks tickets; `keys` are those with which callers sign (access key → secret)."""

    def __init__(self, keys: Mapping[str, str]) -> None:
        self._secret = hashlib.sha256("\n".join(f"{k}:{v}" for k, v in sorted(keys.items())).encode()).digest()

    def issue(self, cluster_id: str, now: float) -> str:
        """A fresh ticket for a cluster."""
        expires = round(now) + SECONDS
        return f"{expires}.{self._digest(cluster_id, expires)}"

    def good(self, ticket: str, cluster_id: str, now: float) -> bool:
        """Whether the ticket is this cluster's and has not expired."""
        expires, _, digest = ticket.partition(".")
        if not (expires.isascii() and expires.isdigit()) or int(expires) < now:
            return False
        return hmac.compare_digest(digest.encode(), self._digest(cluster_id, int(expires)).encode())

    def _digest(self, cluster_id: str, expires: int) -> str:
        return hmac.new(self._secret, f"{cluster_id}/{expires}".encode(), hashlib.sha256).hexdigest()


def with_ticket(address: str, ticket: str) -> str:
    """The address with the ticket in its query."""
    return f"{address}{'&' if '?' in address else '?'}{PARAMETER}={ticket}"


def cookie(cluster_id: str) -> str:
    """Name of the cookie that holds a cluster's ticket."""
    return f"{PARAMETER}-{cluster_id}"
