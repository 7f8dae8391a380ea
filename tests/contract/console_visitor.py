"""A browser without scripts, for the console: it keeps cookies, reads pages and sends forms."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from html import unescape
from html.parser import HTMLParser
from typing import Any

import httpx


@dataclass
class Page(HTMLParser):
    """A page: status, headers, source, the texts outside of tags, the tags' names with their attributes."""

    answer: httpx.Response
    tags: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()
        self.feed(self.answer.text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        self.texts.append(data)

    @property
    def status(self) -> int:
        return self.answer.status_code

    @property
    def text(self) -> str:
        """What a reader sees, with single blanks."""
        return " ".join("".join(self.texts).split())

    @property
    def token(self) -> str:
        """The token that the page's forms carry."""
        return next(given["value"] for _, given in self.tags if given.get("name") == "token")

    @property
    def command(self) -> str:
        """The line of `aws emr` that the page shows."""
        found = re.search(r'<code id="command">(.*?)</code>', self.answer.text, re.DOTALL)
        assert found
        return unescape(found[1])

    def links(self) -> list[str]:
        return [given["href"] for tag, given in self.tags if tag == "a"]


class Visitor:
    """A browser at the console of an endpoint."""

    def __init__(self, endpoint: str) -> None:
        self.client = httpx.Client(base_url=endpoint, headers={"Accept": "text/html,*/*"}, trust_env=False)

    def get(self, path: str, **query: str) -> Page:
        return Page(self.client.get(path, params=query or None))

    def send(self, path: str, token: str | None = None, **fields: Any) -> Page:
        """Fill in the form of a page and send it; `token`: instead of the page's own."""
        page = self.get(path)
        sent = {"token": page.token if token is None else token} | fields
        return Page(self.client.post(path, data=sent))

    def close(self) -> None:
        self.client.close()
