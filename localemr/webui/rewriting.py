"""Absolute addresses of a cluster's pages, rewritten so that they resolve outside the cluster.

Pure, on bytes: pages may have any encoding. Every pattern has a maximum length, so the time is linear and a stream
buffers a few bytes only.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from localemr.webui.addresses import PREFIX

HTML = ("text/html", "application/xhtml+xml")
TEXTS = (*HTML, "application/json", "application/javascript", "text/javascript")
"""Rewritten content types. Logs and configuration files, as plain text and XML, are returned unchanged."""

Find = Callable[[str, int], str | None]
"""Host and port in pages → their replacement with the scheme; None: no replacement."""

_ADDRESS = rb"(?:https?:)?//(?P<host>[A-Za-z0-9][A-Za-z0-9.-]{0,99})(?::(?P<port>\d{1,5}))?(?![\w.:-])"
_HEAD = rb"(?P<head><(?i:head)(?=[\s>])[^>]{0,100}>)"
_ROOTED = rb"""(?P<rooted>(?i:href|src|action)\s{0,8}=\s{0,8}\\?["'](?=/(?![/\\]))(?!%s/))""" % PREFIX.encode()
_IN_TEXT = re.compile(_ADDRESS)
_IN_HTML = re.compile(b"|".join((_ADDRESS, _HEAD, _ROOTED)))
_LONGEST = 256
"""Bytes. Every pattern including its look-ahead is shorter."""


class Rewriter:
    """Rewrites one answer of a page.

    `root` is put before addresses that begin with a slash, in attributes of HTML and in redirects (empty: the page is
    at the root of its own origin). `script` is the address of a script that is added to HTML (empty: none).
    """

    def __init__(self, find: Find, root: str = "", script: str = "") -> None:
        self._find = find
        self._root = root
        self._script = script
        self._rest = b""

    def location(self, value: str) -> str:
        """A Location header."""
        moved = _IN_TEXT.sub(self._replacement, value.encode("latin-1")).decode("latin-1")
        rooted = moved.startswith("/") and not moved.startswith(("//", f"{PREFIX}/"))
        return self._root + moved if rooted else moved

    def feed(self, data: bytes, html: bool) -> bytes:
        """Add a piece of a text; returns the part that is complete."""
        data = self._rest + data
        return self._rewrite(data, len(data) - _LONGEST, html)

    def end(self, html: bool) -> bytes:
        """The buffered remainder."""
        return self._rewrite(self._rest, len(self._rest), html)

    def _rewrite(self, data: bytes, until: int, html: bool) -> bytes:
        """Rewrite matches that begin before `until`, and buffer the remainder."""
        parts: list[bytes] = []
        at = 0
        for found in (_IN_HTML if html else _IN_TEXT).finditer(data):
            if found.start() >= until:
                break
            parts += data[at : found.start()], self._replacement(found)
            at = found.end()
        cut = max(at, until)
        parts.append(data[at:cut])
        self._rest = data[cut:]
        return b"".join(parts)

    def _replacement(self, found: re.Match[bytes]) -> bytes:
        if found["host"] is not None:
            moved = self._find(found["host"].decode("ascii").lower(), int(found["port"] or 80))
            return found[0] if moved is None else moved.encode()
        if found["rooted"] is not None:
            return found[0] + self._root.encode()
        script, self._script = self._script, ""
        return found[0] + (f'<script src="{script}"></script>'.encode() if script else b"")
