"""Tickets: a client with a ticket may see a cluster's web pages. Needed where callers sign, which browsers cannot do.

Tickets are not stored: a ticket is its expiry time and a keyed digest of that time and the cluster.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping

from starlette.responses import Response

SECONDS = 12 * 3600
"""Validity of a ticket in seconds."""
PARAMETER = "localemr-ticket"
"""The ticket's parameter in a URL. The cookie's name is this and the cluster's id."""
PATH = f"/_localemr/{PARAMETER}/"
"""Prefix of a ticket before a path, on a page's own origin."""
MISSING = "A ticket is needed: the addresses of `localemr status` and GetOnClusterAppUIPresignedURL have one."


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


def path_of(ticket: str) -> str:
    """The ticket as the beginning of a path, without a final slash; empty for an empty one."""
    return PATH + ticket if ticket else ""


def split(path: bytes) -> tuple[str, bytes]:
    """Ticket and remaining path; an empty ticket and the path if it has none."""
    if not path.startswith(PATH.encode()):
        return "", path
    ticket, _, rest = path[len(PATH) :].partition(b"/")
    return ticket.decode("latin-1"), b"/" + rest


def keep(answer: Response, cluster_id: str, ticket: str) -> None:
    """Set the ticket as a cookie for the response's host only."""
    answer.set_cookie(cookie(cluster_id), ticket, max_age=SECONDS, httponly=True, samesite="lax")
