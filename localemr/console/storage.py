"""S3: buckets, folders, objects, and their beginnings."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from urllib.parse import quote

from starlette.responses import Response, StreamingResponse

from localemr.console import logs
from localemr.console.previews import Table, beginning, csv_table, is_csv, table, text_of
from localemr.console.visits import HEADERS, Visit
from localemr.installation import parquet
from localemr.installation.objects import Entry, Objects
from localemr.settings import Settings

SHOWN = 200
"""Entries of a page."""
PREVIEW = 64 << 10
"""Bytes of a preview."""
NO_S3 = "This installation has no S3: clusters in memory read and write nothing."
NO_PARQUET = "Parquet is shown where pyarrow is installed: pip install 'localemr[parquet]'."


async def buckets(visit: Visit) -> Response:
    """All buckets."""
    if visit.site.objects is None:
        return visit.page("buckets.html", buckets=[], remark=NO_S3)
    found = await asyncio.to_thread(visit.site.objects.buckets)
    return visit.page("buckets.html", buckets=found, remark="")


async def folder(visit: Visit) -> Response:
    """Objects and folders of a bucket below a prefix."""
    bucket, prefix, after = visit.path("bucket"), visit.query.whole("prefix"), visit.query.whole("after")
    found = await asyncio.to_thread(objects_of(visit).folder, bucket, prefix, after, SHOWN + 1)
    entries = [each for each in found[:SHOWN] if each.key != prefix]
    following = _end(found[SHOWN - 1].key) if len(found) > SHOWN else ""
    return visit.page(
        "folder.html",
        bucket=bucket,
        prefix=prefix,
        parts_of_key=parts(prefix),
        entries=entries,
        after=following,
        marked=any(each.key == prefix for each in found),
    )


async def object_page(visit: Visit) -> Response:
    """An object: its size, and its beginning where it is a text, a table or Parquet."""
    bucket, key = visit.path("bucket"), visit.query.whole("key")
    length, _ = await asyncio.to_thread(objects_of(visit).version, bucket, key)
    plain = visit.query.text("as") == "text"
    return visit.page(
        "object.html",
        bucket=bucket,
        entry=Entry(key, length),
        parts_of_key=parts(key),
        shown=await _preview(visit, Entry(key, length), plain),
        most=PREVIEW,
    )


async def download(visit: Visit) -> Response:
    """An object as it is, for a file: a browser does not show it at the console's address."""
    bucket, key, objects = visit.path("bucket"), visit.query.whole("key"), objects_of(visit)
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


def objects_of(visit: Visit) -> Objects:
    """The installation's S3. Raises FileNotFoundError where there is none."""
    if visit.site.objects is None:
        raise FileNotFoundError(NO_S3)
    return visit.site.objects


@dataclass(frozen=True)
class Shown:
    """What is shown of an object: a text, tables with their titles, a remark. `alternatives`: it is a table and a
    text."""

    text: str = ""
    tables: Sequence[tuple[str, Table]] = ()
    remark: str = ""
    alternatives: bool = False


async def _preview(visit: Visit, entry: Entry, plain: bool) -> Shown:
    """`plain`: as a text, though it is a table. Raises OSError."""
    bucket, key, objects = visit.path("bucket"), entry.key, objects_of(visit)
    if not entry.size:
        return Shown(remark="The object is empty.")
    if key.lower().endswith(".parquet"):
        return await asyncio.to_thread(_parquet, visit.site.settings, bucket, key)
    data = await asyncio.to_thread(_beginning, objects, bucket, key)
    text = text_of(data)
    if text is None:
        return Shown(remark="This is no text.")
    found = csv_table(text, len(data) < PREVIEW) if is_csv(key) else None
    if found and not plain:
        return Shown(tables=[("Rows", found)], remark=found.remark, alternatives=True)
    return Shown(text, alternatives=found is not None)


def _beginning(objects: Objects, bucket: str, key: str) -> bytes:
    with closing(objects.read(bucket, key)) as pieces:
        return beginning(logs.unpacked(pieces) if key.endswith(".gz") else pieces, PREVIEW)


def _parquet(settings: Settings, bucket: str, key: str) -> Shown:
    if not parquet.available():
        return Shown(remark=NO_PARQUET)
    try:
        found = parquet.read(settings, bucket, key)
    except OSError as error:
        return Shown(remark=str(error))
    rows = table(found["columns"], found["first"])
    remark = f"{found['rows']:,} rows in {found['row_groups']:,} row groups. The first {len(rows.rows)} are shown."
    return Shown(tables=[("First rows", rows), ("Schema", Table(["Column", "Type"], found["schema"]))], remark=remark)
