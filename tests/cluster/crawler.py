"""Follows the links of web pages as a browser on the host would: it sends what browsers send, and names below
`localhost` resolve to the loopback address."""

from __future__ import annotations

import html
import http.client
import re
import socket
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

LINKS = {"a": "href", "link": "href", "script": "src", "img": "src", "form": "action", "iframe": "src"}
IN_SCRIPTS = re.compile(r"""href=\\?['"]([^'"\\<>]+)\\?['"]""")
OPENED = ("a", "meta", "iframe", "form")
"""Tags whose addresses a browser opens as pages; it loads those of others into the page."""
MOST = 4_000_000  # bytes of a page that are read


class _Connection(http.client.HTTPConnection):
    """Everything that is crawled is on this host."""

    def connect(self) -> None:
        self.sock = socket.create_connection(("127.0.0.1", self.port), self.timeout)


class _Handler(urllib.request.HTTPHandler):
    def http_open(self, request: urllib.request.Request) -> http.client.HTTPResponse:
        return self.do_open(_Connection, request)


_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _Handler)


def _headers(address: str, tag: str, came_from: str) -> dict[str, str]:
    here, there = urlsplit(came_from).netloc, urlsplit(address).netloc
    site = {"Sec-Fetch-Site": "same-origin" if here == there else "cross-site", "Referer": came_from}
    if tag in OPENED:
        return site | {"Sec-Fetch-Mode": "navigate", "Accept": "text/html,*/*;q=0.8"}
    return site | {"Sec-Fetch-Mode": "no-cors", "Accept": "*/*"}


class _Finder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, str]] = []
        self.script = ""
        self._in_script = False

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        self._in_script = tag == "script"
        named = dict(attributes)
        value = named.get(LINKS.get(tag, ""))
        if tag == "meta" and (named.get("http-equiv") or "").lower() == "refresh":
            value = (named.get("content") or "").partition("=")[2]
        if value:
            self.found.append((tag, value))

    def handle_endtag(self, tag: str) -> None:
        self._in_script = False

    def handle_data(self, data: str) -> None:
        if self._in_script:
            self.script += data


@dataclass
class Crawl:
    """What was seen: every address with its status, and where its redirects ended; addresses that lead elsewhere, with
    the page that has them."""

    home: str
    answers: dict[str, int] = field(default_factory=dict)
    reached: dict[str, str] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def follow(self, start: str, depth: int) -> None:
        """Visit a page, and what it links to, `depth` times further."""
        level = {start: ("a", start)}
        for left in range(depth, -1, -1):
            following: dict[str, tuple[str, str]] = {}
            for address, (tag, came_from) in level.items():
                for kind, link in self._visit(address, tag, came_from):
                    if link not in self.answers:
                        following.setdefault(link, (kind, self.reached.get(address, address)))
            level = following if left else {}

    def _is_ours(self, address: str) -> bool:
        """Whether it is the controller's own address, or a page's."""
        home, found = urlsplit(self.home), urlsplit(address)
        return found.netloc == home.netloc or (
            (found.hostname or "").endswith(".localhost") and found.port == home.port
        )

    def _visit(self, address: str, tag: str, came_from: str) -> list[tuple[str, str]]:
        if address in self.answers:
            return []
        request = urllib.request.Request(address, headers=_headers(address, tag, came_from))
        try:
            with _opener.open(request, timeout=60) as answer:
                self.answers[address] = answer.status
                self.reached[address] = answer.url
                is_html = "html" in answer.headers.get("Content-Type", "")
                text = answer.read(MOST).decode(errors="replace")
                base = answer.url
        except urllib.error.HTTPError as error:
            self.answers[address] = error.code
            self.broken[address] = f"{error.code} from {came_from}"
            return []
        except OSError as error:
            self.answers[address] = 0
            self.broken[address] = f"{error} from {came_from}"
            return []
        if not self._is_ours(base):
            self.elsewhere[base] = f"{address} on {came_from}"
        self.pages[address] = text
        return self._links(base, text) if is_html else []

    def _links(self, base: str, text: str) -> list[tuple[str, str]]:
        finder = _Finder()
        finder.feed(text)
        in_scripts = [("a", html.unescape(link)) for link in IN_SCRIPTS.findall(finder.script)]
        found = []
        for tag, link in finder.found + in_scripts:
            if "{" in link:
                continue  # a template, which a script fills in
            address = urldefrag(urljoin(base, link.strip())).url
            if not address.startswith("http"):
                continue
            if not self._is_ours(address):
                self.elsewhere[address] = base
            elif tag != "form":  # sending one changes something
                found.append((tag, address))
        return found
