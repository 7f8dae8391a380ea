"""What the console needs of the controller, and how it makes pages."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader

from localemr.console import texts
from localemr.console.calls import Inside
from localemr.installation.objects import Objects
from localemr.settings import Settings
from localemr.webui.directory import Directory

FOLDER = Path(__file__).parent
STATIC = {"console.css": "text/css", "console.js": "text/javascript", "icon.svg": "image/svg+xml"}
"""Files that pages load, with their types."""


@dataclass(frozen=True)
class Site:
    """Parts of the controller. `inside` executes operations (api/front.py), `health` is the health page's report, `now`
    the controller's clock. `objects` reads S3 (None: the installation has none). `applications` and `release` are those
    that the form for a cluster offers."""

    settings: Settings
    inside: Inside
    directory: Directory
    health: Callable[[], tuple[bool, Mapping[str, Any]]]
    now: Callable[[], float]
    objects: Objects | None
    applications: Sequence[str]
    release: str
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
    made.filters |= {"duration": texts.duration, "moment": texts.moment, "size": texts.size, "s3": texts.s3_parts}
    return made
