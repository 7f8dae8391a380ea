"""The installation: its health and its settings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import fields

from starlette.responses import Response

from localemr.console import stream
from localemr.console.visits import Visit
from localemr.settings import PREFIX, Settings

SECONDS = 15.0
SECRET = ("access_keys", "secret_key")
"""Settings whose values are not shown."""


async def page(visit: Visit) -> Response:
    """The page."""
    healthy, report = visit.site.health()
    # Its stream is about what changes: the machine is looked at when the page is opened.
    machine = [] if stream.is_wanted(visit.request) else await _machine(visit)
    parts = [(name, str(value)) for name, value in report.items() if name not in ("version", "now")]
    return visit.page(
        "installation.html",
        healthy=healthy,
        version=report["version"],
        parts_of_health=parts,
        machine=machine,
        settings=settings(visit.site.settings),
        endpoints=[("EMR, Glue, STS, IAM", visit.site.settings.endpoint), ("S3", visit.site.settings.s3_url)],
    )


async def _machine(visit: Visit) -> Sequence[tuple[str, str, str, str]]:
    try:
        async with asyncio.timeout(SECONDS):
            return await asyncio.to_thread(visit.site.machine)
    except TimeoutError:
        return [("Docker daemon", "missing", f"does not answer within {SECONDS:g} s", "see `localemr doctor`")]


def settings(found: Settings) -> list[tuple[str, str, bool, str]]:
    """Variable, value, whether the default was changed, and meaning of each setting."""
    rows = []
    for each in fields(found):
        value = getattr(found, each.name)
        shown = "(set)" if each.name in SECRET and value else str(value)
        rows.append((PREFIX + each.name.upper(), shown, value != each.default, each.metadata["help"]))
    return rows
