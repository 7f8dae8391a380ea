"""What the console needs of the controller, and how it makes pages."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from localemr.api.changes import Changes
from localemr.console import charts, texts
from localemr.console.calls import Inside
from localemr.domain.cost.prices import Prices
from localemr.domain.model.records import Event
from localemr.installation.objects import Objects
from localemr.settings import Settings
from localemr.webui.directory import Directory

FOLDER = Path(__file__).parent
STATIC = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""Files that pages load, with their types."""


StepLog = Callable[[str, str, str, int], AsyncIterator[bytes]]
"""Cluster, step, log, and the byte from which on it is read (negative: so many at its end) → its pieces. Raises
FileNotFoundError, OSError."""

UPLOADS = 2

Events = Callable[[str, str, int | None, int], Sequence[tuple[int, Event]]]
"""A cluster's events of a kind (empty: all) before a number (None: the newest), at most so many, newest first, with
their numbers."""


@dataclass(frozen=True)
class Site:
    """Parts of the controller. `inside` executes operations (api/front.py), `health` is the health page's report, `now`
    the controller's clock, `changes` those of clusters in the store. `events` reads the event log, `prices` the prices
    (raises Problem). `objects` is S3 (None: the installation has none), `step_log` reads logs of steps on the master.
    `applications` and `release` are those that the form for a cluster offers."""

    settings: Settings
    inside: Inside
    directory: Directory
    health: Callable[[], tuple[bool, Mapping[str, Any]]]
    now: Callable[[], float]
    changes: Changes
    events: Events
    prices: Callable[[], Prices]
    objects: Objects | None
    step_log: StepLog
    applications: Sequence[str]
    release: str
    machine: Callable[[], Sequence[tuple[str, str, str, str]]] = tuple
    """What `localemr doctor` finds on the machine: name, verdict, what was found, how to fix it. Blocks."""
    uploads: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(UPLOADS))
    """Uploads at a time: each has a thread as long as it lasts."""
    templates: Environment = field(default_factory=lambda: environment())
    files: Mapping[str, bytes] = field(
        default_factory=lambda: {name: (FOLDER / "static" / name).read_bytes() for name in STATIC}
    )

    @property
    def version(self) -> str:
        """Changes with the files that pages load, so that browsers may keep them."""
        return hashlib.sha256(b"".join(self.files.values())).hexdigest()[:12]


def environment() -> Environment:
    """The templates: every value is escaped, and shown without codes for terminals."""
    made = Environment(
        loader=FileSystemLoader(FOLDER / "templates"),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=lambda value: texts.plain(value) if type(value) is str else value,
    )
    made.filters |= {"figure": charts.figure}
    made.filters |= {"duration": texts.duration, "moment": texts.moment, "size": texts.size, "s3": texts.s3_parts}
    return made
