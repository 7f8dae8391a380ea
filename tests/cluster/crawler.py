"""Follows the links of web pages as a browser on the host would."""

from __future__ import annotations

import html
import re
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urldefrag, urljoin, urlsplit

LINKS = {"a": "href", "link": "href", "script": "src", "img": "src", "form": "action", "iframe": "src"}
IN_SCRIPTS = re.compile(r"""href=\\?['"]([^'"\\<>]+)\\?['"]""")
MOST = 4_000_000  # bytes of a page that are read


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
    """What was seen: every address with its status; addresses that lead elsewhere, with the page that has them."""

    home: str
    answers: dict[str, int] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    elsewhere: dict[str, str] = field(default_factory=dict)
    broken: dict[str, str] = field(default_factory=dict)

    def follow(self, start: str, depth: int) -> None:
        """Visit a page, and what it links to, `depth` times further."""
        level = {start: start}
        for left in range(depth, -1, -1):
            following: dict[str, str] = {}
            for address, came_from in level.items():
                for link in self._visit(address, came_from):
                    if link not in self.answers:
                        following.setdefault(link, address)
            level = following if left else {}

    def _visit(self, address: str, came_from: str) -> list[str]:
        if address in self.answers:
            return []
        request = urllib.request.Request(address, headers={"Referer": came_from})
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                self.answers[address] = answer.status
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
        if urlsplit(base).netloc != urlsplit(self.home).netloc:
            self.elsewhere[base] = f"{address} on {came_from}"
        self.pages[address] = text
        return self._links(base, text) if is_html else []

    def _links(self, base: str, text: str) -> list[str]:
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
            if urlsplit(address).netloc != urlsplit(self.home).netloc:
                self.elsewhere[address] = base
            elif tag != "form":  # sending one changes something
                found.append(address)
        return found
