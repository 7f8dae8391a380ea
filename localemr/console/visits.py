"""One request for a page: its caller, its form, and the answers to it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from localemr.console.calls import Api
from localemr.console.sessions import Session, Sessions
from localemr.console.site import Site

HEADERS = {
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    # With no-referrer browsers would send `Origin: null` with forms, which the door refuses.
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cache-control": "no-store",
}
MOST_FIELDS = 1000


class Form:
    """The fields of a form or a query."""

    def __init__(self, text: str) -> None:
        """Raises ValueError for more than MOST_FIELDS fields."""
        self._fields = parse_qs(text, keep_blank_values=True, max_num_fields=MOST_FIELDS)

    def __contains__(self, name: str) -> bool:
        return name in self._fields

    def __iter__(self) -> Iterator[str]:
        return iter(self._fields)

    def text(self, name: str, default: str = "") -> str:
        """The field without blanks around it; `default`: it is empty or missing."""
        return self._fields.get(name, [""])[0].strip() or default

    def whole(self, name: str) -> str:
        """The field as it is; empty where it is missing."""
        return self._fields.get(name, [""])[0]

    def put(self, name: str, values: list[str]) -> None:
        """Give the field these values; without any it is missing."""
        self._fields.pop(name, None)
        if values:
            self._fields[name] = values

    def all(self, name: str) -> list[str]:
        """All values of the field that are not empty."""
        return [each for each in self._fields.get(name, []) if each]


@dataclass(frozen=True)
class Visit:
    """A request that may be answered: it has a session, and a form carried the session's token."""

    site: Site
    request: Request
    session: Session
    sessions: Sessions
    api: Api
    form: Form = field(default_factory=lambda: Form(""))

    @property
    def query(self) -> Form:
        """The fields of the query. Raises ValueError."""
        return Form(self.request.url.query)

    def path(self, name: str) -> str:
        """A part of the path."""
        return str(self.request.path_params[name])

    def page(self, template: str, status: int = 200, **values: Any) -> Response:
        """A page."""
        common = {
            "site": self.site,
            "now": self.site.now(),
            "token": self.sessions.token(self.session),
            "user": self.session.access_key,
            "here": self.request.url.path,
        }
        text = self.site.templates.get_template(template).render(common | values)
        return HTMLResponse(text, status, HEADERS)

    def go(self, path: str) -> Response:
        """To another page, after a form."""
        return RedirectResponse(path, 303, HEADERS)
