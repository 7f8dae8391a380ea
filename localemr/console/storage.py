"""S3: buckets, folders, objects, and the beginning of texts."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import closing
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from localemr.console import logs
from localemr.console.visits import HEADERS, Visit
from localemr.installation.objects import Entry, Objects

SHOWN = 200
"""Entries of a page."""
PREVIEW = 64 << 10
"""Bytes of a preview."""
NO_S3 = "This installation has no S3: clusters in memory read and write nothing."


async def buckets(visit: Visit) -> Response:
    """All buckets."""
    if visit.site.objects is None:
        return visit.page("buckets.html", buckets=[], remark=NO_S3)
    found = await asyncio.to_thread(visit.site.objects.buckets)
    return visit.page("buckets.html", buckets=found, remark="")


async def folder(visit: Visit) -> Response:
    """Objects and folders of a bucket below a prefix."""
    bucket, prefix, after = visit.path("bucket"), visit.query.text("prefix"), visit.query.text("after")
    found = await asyncio.to_thread(_objects(visit).folder, bucket, prefix, after, SHOWN + 1)
    entries = [each for each in found[:SHOWN] if each.key != prefix]
    following = _end(found[SHOWN - 1].key) if len(found) > SHOWN else ""
    return visit.page(
        "folder.html", bucket=bucket, prefix=prefix, parts_of_key=parts(prefix), entries=entries, after=following
    )


async def object_page(visit: Visit) -> Response:
    """An object: its size, and its beginning where it is a text, also a gzip'ed one."""
    bucket, key = visit.path("bucket"), visit.query.text("key")
    text, length = await asyncio.to_thread(_preview, _objects(visit), bucket, key)
    entry = Entry(key, length)
    return visit.page(
        "object.html",
        bucket=bucket,
        entry=entry,
        parts_of_key=parts(key),
        text=text,
        shown=PREVIEW,
        binary=text is None,
    )


async def download(visit: Visit) -> Response:
    """An object as it is, for a file: a browser does not show it at the console's address."""
    bucket, key, objects = visit.path("bucket"), visit.query.text("key"), _objects(visit)
    length, _ = await asyncio.to_thread(objects.version, bucket, key)
    name = quote(key.rstrip("/").rpartition("/")[2] or "object", safe="")
    headers = HEADERS | {
        "content-disposition": f"attachment; filename*=UTF-8''{name}",
        "content-length": str(length),
        "content-security-policy": "sandbox",
    }
    return StreamingResponse(objects.read(bucket, key), 200, headers, "application/octet-stream")


def _end(key: str) -> str:
    """A key behind which the next page begins: for a folder behind all that is in it."""
    return key + "\U0010ffff" if key.endswith("/") else key


def parts(key: str) -> list[tuple[str, str]]:
    """Names of the folders above a key and their prefixes."""
    names = key.split("/")[:-1]
    return [(name, "/".join(names[: number + 1]) + "/") for number, name in enumerate(names)]


def _objects(visit: Visit) -> Objects:
    if visit.site.objects is None:
        raise FileNotFoundError(NO_S3)
    return visit.site.objects


def _preview(objects: Objects, bucket: str, key: str) -> tuple[str | None, int]:
    """The beginning of a text, None for other data; and the object's size. Raises OSError."""
    length, _ = objects.version(bucket, key)
    with closing(objects.read(bucket, key)) as pieces:
        data = _beginning(logs.unpacked(pieces) if key.endswith(".gz") else pieces)
    return text_of(data), length


def _beginning(pieces: Iterator[bytes]) -> bytes:
    data = b""
    for piece in pieces:
        data += piece
        if len(data) >= PREVIEW:
            break
    return data[:PREVIEW]


def text_of(data: bytes) -> str | None:
    """UTF-8, also with a last character that is cut; None for other data."""
    if b"\0" in data:
        return None
    for cut in range(4):
        try:
            return data[: len(data) - cut].decode()
        except UnicodeDecodeError:
            continue
    return None
