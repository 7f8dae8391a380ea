"""The login, where callers have keys."""

from __future__ import annotations

from starlette.responses import Response

from localemr.console.visits import Visit


async def page(visit: Visit) -> Response:
    """The form."""
    return form(visit)


def form(visit: Visit, status: int = 200, error: str = "") -> Response:
    """The form, after a refusal with its text."""
    wanted = visit.form.text("next") or visit.query.text("next")
    return visit.page("login.html", status, error=error, next=place(wanted))


def place(path: str) -> str:
    """A page of this console to go to; all else, such as another site's address, becomes the first page."""
    return path if path.startswith(("/console/", "/?")) and "\\" not in path and "//" not in path else "/"
