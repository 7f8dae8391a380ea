"""The installation: its health and its settings."""

from __future__ import annotations

from dataclasses import fields

from starlette.responses import Response

from localemr.console.visits import Visit
from localemr.settings import PREFIX, Settings

SECRET = ("access_keys", "secret_key")
"""Settings whose values are not shown."""


async def page(visit: Visit) -> Response:
    """The page."""
    healthy, report = visit.site.health()
    parts = [(name, str(value)) for name, value in report.items() if name not in ("version", "now")]
    return visit.page(
        "installation.html",
        healthy=healthy,
        version=report["version"],
        parts_of_health=parts,
        settings=settings(visit.site.settings),
        endpoints=[("EMR, Glue, STS, IAM", visit.site.settings.endpoint), ("S3", visit.site.settings.s3_url)],
    )


def settings(found: Settings) -> list[tuple[str, str, bool, str]]:
    """Variable, value, whether the default was changed, and meaning of each setting."""
    rows = []
    for each in fields(found):
        value = getattr(found, each.name)
        shown = "(set)" if each.name in SECRET and value else str(value)
        rows.append((PREFIX + each.name.upper(), shown, value != each.default, each.metadata["help"]))
    return rows
