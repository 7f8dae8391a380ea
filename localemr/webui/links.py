"""Links of a cluster's pages, made to lead to the controller. Pure, on bytes: pages may have any encoding.

A page is served at <PREFIX>/<cluster>/<host>/<port>/<its own path>. Absolute addresses of the cluster's pages are
rewritten in every text (HTML, JSON, scripts), those that begin with a slash in attributes of HTML. What scripts put
together in the browser is left to the script SHIM and, for addresses with a slash, to the referrer (routes.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from functools import lru_cache

PREFIX = "/_localemr/ui"
Known = Callable[[str, int], bool]
"""Whether the cluster has a web page at this host and port."""

HTML = ("text/html", "application/xhtml+xml")
TEXTS = (*HTML, "application/json", "application/javascript", "text/javascript")
"""Types of content that are rewritten. Logs and configuration files, as plain text and XML, are shown as they are."""
SHIM = f"{PREFIX}/links.js"

_ATTRIBUTE = re.compile(rb"""(\b(?i:href|src|action)\s*=\s*\\?["'])(?=/(?![/\\]))(?!%s/)""" % PREFIX.encode())
_SPARK_ROOT = re.compile(rb"\b(set(?:UIRoot|AppBasePath)\(')(?!%s/)(?=['/])" % PREFIX.encode())
"""Spark's pages tell their scripts where they are."""
_HEAD = re.compile(rb"<head[^>]*>", re.IGNORECASE)
_COOKIE_PATH = re.compile(r"(;\s*path=)(/[^;]*)", re.IGNORECASE)
_SAFE_CUTS = (b"\n", b">", b",")
"""None of what is rewritten contains one of these, except at its end."""
_LONGEST_REST = 1 << 16


class Links:
    """Rewrites what comes from one host and port of a cluster. `origin` is the controller's, as the browser has it."""

    def __init__(self, origin: str, cluster_id: str, host: str, port: int, hosts: Iterable[str], known: Known) -> None:
        self.base = f"{PREFIX}/{cluster_id}/{host}/{port}"
        self._cluster = f"{origin}{PREFIX}/{cluster_id}"
        self._known = known
        self._address = _address(tuple(sorted(hosts, key=len, reverse=True)))

    def text(self, data: bytes, html: bool) -> bytes:
        """A text with its links rewritten."""
        data = self._address.sub(self._moved, data)
        if html:
            base = self.base.encode()
            data = _ATTRIBUTE.sub(lambda found: found[1] + base, data)
            data = _SPARK_ROOT.sub(lambda found: found[1] + base, data)
            data = _HEAD.sub(lambda found: found[0] + f'<script src="{SHIM}"></script>'.encode(), data, count=1)
        return data

    def location(self, value: str) -> str:
        """A Location header."""
        moved = self._address.sub(self._moved, value.encode()).decode()
        rooted = moved.startswith("/") and not moved.startswith(("//", f"{PREFIX}/"))
        return self.base + moved if rooted else moved

    def cookie(self, value: str) -> str:
        """A Set-Cookie header: its path lies below the page's own."""
        return _COOKIE_PATH.sub(lambda found: f"{found[1]}{self.base}{found[2]}", value)

    def _moved(self, found: re.Match[bytes]) -> bytes:
        host, port = found["host"].decode(), int(found["port"] or 80)
        return f"{self._cluster}/{host}/{port}".encode() if self._known(host, port) else found[0]


@lru_cache(maxsize=256)
def _address(hosts: tuple[str, ...]) -> re.Pattern[bytes]:
    names = "|".join(map(re.escape, hosts))
    return re.compile(rf"(?:https?:)?//(?P<host>{names})(?::(?P<port>\d+))?(?![\w.:-])".encode())


class Stream:
    """Rewrites a text that comes in pieces, keeping back what may be half a link: memory is bounded."""

    def __init__(self, links: Links, html: bool) -> None:
        self._links = links
        self._html = html
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """What can be passed on after one more piece."""
        data = self._rest + data
        cut = max(data.rfind(each) for each in _SAFE_CUTS) + 1
        if cut == 0 and len(data) > _LONGEST_REST:
            cut = len(data)
        self._rest = data[cut:]
        return self._links.text(data[:cut], self._html)

    def end(self) -> bytes:
        """What was kept back."""
        rest, self._rest = self._rest, b""
        return self._links.text(rest, self._html)
