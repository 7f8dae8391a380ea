"""Accepted content types and limits of bodies, by kind of route."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from localemr.door.refusals import AWS_JSON, FORM, Refusal

MIB = 1 << 20


@dataclass(frozen=True)
class Route:
    """A kind of route.

    Bodies have at most `most` bytes and arrive within `seconds`, with pauses of at most `pause` seconds. `types` are
    the content types of bodies (empty: any but those that web pages send without a preflight as plain text). `render`
    formats the body of a refusal.
    """

    most: int
    seconds: float
    pause: float
    types: tuple[str, ...]
    render: Callable[[Refusal, str], tuple[bytes, str]]


API = Route(16 * MIB, 30.0, 30.0, (AWS_JSON, "application/x-amz-json-1.0", "application/cbor", FORM), Refusal.for_api)
"""AWS's services. A RunJobFlow with 256 steps of the greatest length has less than 3 MB."""
PAGE = Route(4096 * MIB, 3600.0, 30.0, (), Refusal.for_people)
"""Pages of clusters. WebHDFS is one of them: files are uploaded through it in pieces."""
OTHER = Route(MIB, 30.0, 30.0, ("application/json",), Refusal.for_programs)
"""The controller's own routes: the control API, health."""

CONSOLE = Route(MIB, 30.0, 30.0, (FORM,), Refusal.for_people)
"""The console's pages and their forms."""

UPLOAD = Route(4096 * MIB, 3600.0, 30.0, ("application/octet-stream",), Refusal.for_people)
"""A file that a page of the console uploads to S3. Pages of other sites cannot send the type without permission."""

QUEUE = re.compile(r"/\d{12}/[A-Za-z0-9_.-]{1,80}/?")
"""The path of a queue of SQS."""
UPLOAD_PATH = re.compile(r"/console/s3/[^/]+/upload")
PAGES, CONSOLE_PATH, RPC = "/_localemr/ui", "/console", "/service/"


def route_of(path: str, on_page_host: bool) -> Route:
    """The kind of route of a path."""
    if on_page_host or path == PAGES or path.startswith(f"{PAGES}/"):
        return PAGE
    if path == CONSOLE_PATH or path.startswith(f"{CONSOLE_PATH}/"):
        return UPLOAD if UPLOAD_PATH.fullmatch(path) else CONSOLE
    return API if path == "/" or path.startswith(RPC) or QUEUE.fullmatch(path) else OTHER
