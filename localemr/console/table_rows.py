"""First rows of a table of the catalog, from the first of its files on S3.

What a SerDe would do is done for plain formats alone; nothing is carried out that a table or file names.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import Any

from starlette.responses import Response

from localemr.console import logs, texts
from localemr.console.calls import View
from localemr.console.previews import ROWS, Table, beginning, read_rows, table, text_of
from localemr.console.storage import NO_PARQUET, PREVIEW, objects_of
from localemr.console.visits import Visit
from localemr.installation import parquet
from localemr.installation.objects import Objects
from localemr.settings import Settings

LISTINGS, ENTRIES = 20, 200
"""Folders that are listed, and entries of each, to find a file."""
PACKED = (".bz2", ".snappy", ".lz4", ".zst", ".deflate", ".lzo")
CONTROLS = {"\\t": "\t", "\\001": "\x01", "\\u0001": "\x01", "1": "\x01"}
"""Spellings of delimiters."""


class NotShown(Exception):
    """Why no rows are shown, as a sentence."""


@dataclass(frozen=True)
class Source:
    """Where a table's rows are: its columns, the values of a partition's keys, and how its files are written."""

    columns: Sequence[str]
    values: Sequence[str]
    location: str
    library: str
    input_format: str
    options: dict[str, str]


async def page(visit: Visit) -> Response:
    """The page with the rows, or why there are none."""
    database, name = visit.path("database"), visit.path("table")
    found = (await visit.api.glue("GetTable", DatabaseName=database, Name=name))["Table"]
    file, rows, remark = "", None, ""
    try:
        source = await _source(visit, database, found)
        file = await asyncio.to_thread(first_file, objects_of(visit), source.location)
        rows = await asyncio.to_thread(read, objects_of(visit), visit.site.settings, source, file)
    except NotShown as error:
        remark = str(error)
    return visit.page("rows.html", database=database, table=found, file=file, found=rows, remark=remark)


async def _source(visit: Visit, database: str, found: View) -> Source:
    """Raises NotShown."""
    kind = found.get("Parameters", {}).get("table_type") or found.get("Parameters", {}).get(
        "spark.sql.sources.provider"
    )
    if kind and kind.lower() not in ("hive", "parquet", "external_table", "managed_table"):
        raise NotShown(f"Rows of tables of {kind} are not shown.")
    keys = [each["Name"] for each in found.get("PartitionKeys", [])]
    if not keys:
        return source_of(found.get("StorageDescriptor", {}), found, [], [])
    listed = await visit.api.glue("GetPartitions", DatabaseName=database, TableName=found["Name"], MaxResults=1)
    if not listed["Partitions"]:
        raise NotShown("The table has no partitions yet.")
    first = listed["Partitions"][0]
    return source_of(first.get("StorageDescriptor", {}), found, keys, first["Values"])


def source_of(storage: View, found: View, keys: Sequence[str], values: Sequence[str]) -> Source:
    """The source that a StorageDescriptor of the table describes."""
    serde = storage.get("SerdeInfo", {})
    columns = storage.get("Columns") or found.get("StorageDescriptor", {}).get("Columns") or []
    options = {**found.get("Parameters", {}), **storage.get("Parameters", {}), **serde.get("Parameters", {})}
    return Source(
        [each["Name"] for each in columns] + list(keys),
        values,
        storage.get("Location", ""),
        serde.get("SerializationLibrary", "").rpartition(".")[2],
        storage.get("InputFormat", "").rpartition(".")[2],
        options,
    )


def first_file(objects: Objects, location: str) -> str:
    """The address of the first file below a location that has anything, as Hive would read it: no hidden ones. Raises
    NotShown, OSError."""
    bucket, prefix = texts.s3_parts(location)
    if not bucket:
        raise NotShown("Only tables on S3 are shown.")
    waiting = [f"{prefix.rstrip('/')}/" if prefix else ""]
    for _ in range(LISTINGS):
        if not waiting:
            break
        folder = waiting.pop()
        entries = [each for each in objects.folder(bucket, folder, "", ENTRIES) if _is_data(each.key, folder)]
        files = [each.key for each in entries if not each.key.endswith("/") and each.size]
        if files:
            return f"s3://{bucket}/{files[0]}"
        waiting += [each.key for each in reversed(entries) if each.key.endswith("/")]
    raise NotShown("No file with rows was found.")


def _is_data(key: str, folder: str) -> bool:
    name = key[len(folder) :]
    return bool(name) and not name.startswith(("_", "."))


def read(objects: Objects, settings: Settings, source: Source, file: str) -> Table:
    """The first rows of a file. Raises NotShown, OSError."""
    if source.library == "ParquetHiveSerDe":
        rows = _of_parquet(settings, source, file)
    elif source.library in READERS and source.input_format in ("TextInputFormat", ""):
        rows = READERS[source.library](_text(objects, file), source)
    else:
        raise NotShown(f"Files of {source.library or 'this SerDe'} ({source.input_format}) are not shown.")
    own = len(source.columns) - len(source.values)
    filled = [[*row[:own], *[""] * (own - len(row)), *source.values] for row in rows]
    return table(source.columns, filled)


def _of_parquet(settings: Settings, source: Source, file: str) -> list[list[str]]:
    """Hive finds columns of Parquet by their names, in small letters."""
    if not parquet.available():
        raise NotShown(NO_PARQUET)
    try:
        found = parquet.read(settings, *texts.s3_parts(file))
    except OSError as error:
        raise NotShown(str(error)) from error
    places = {name.lower(): number for number, name in enumerate(found["columns"])}
    numbers = [places.get(name.lower()) for name in source.columns[: len(source.columns) - len(source.values)]]
    return [["" if number is None else row[number] for number in numbers] for row in found["first"]]


def _text(objects: Objects, file: str) -> list[str]:
    """Whole lines of the file's beginning. Raises NotShown, OSError."""
    if file.endswith(PACKED):
        raise NotShown("Of packed files only gzip'ed ones are shown.")
    with closing(objects.read(*texts.s3_parts(file))) as pieces:
        data = beginning(logs.unpacked(pieces) if file.endswith(".gz") else pieces, PREVIEW)
    text = text_of(data)
    if text is None:
        raise NotShown("The file is no text.")
    lines = text.split("\n")
    return lines[:-1] if len(data) >= PREVIEW or not lines[-1] else lines


def _skipped(lines: list[str], source: Source) -> list[str]:
    """The lines without the header that the table declares."""
    count = source.options.get("skip.header.line.count", "0")
    return lines[int(count) if count.isdecimal() else 0 :][: ROWS + 1]


def _delimiter(options: dict[str, str], names: Sequence[str], usual: str) -> str:
    """Raises NotShown for more than one character."""
    given = next((options[name] for name in names if options.get(name)), usual)
    found = CONTROLS.get(given, given)
    if len(found) != 1:
        raise NotShown(f"Files with the delimiter {given!r} are not shown.")
    return found


def _of_lines(lines: list[str], source: Source) -> list[list[str]]:
    """LazySimpleSerDe: no quotes."""
    delimiter = _delimiter(source.options, ("field.delim", "serialization.format"), "\x01")
    null = source.options.get("serialization.null.format", "\\N")
    rows = [line.removesuffix("\r").split(delimiter) for line in _skipped(lines, source)]
    return [["" if cell == null else cell for cell in row] for row in rows]


def _of_csv(lines: list[str], source: Source) -> list[list[str]]:
    """OpenCSVSerde."""
    separator = _delimiter(source.options, ("separatorChar",), ",")
    quote, escape = (
        _delimiter(source.options, (name,), usual) for name, usual in (("quoteChar", '"'), ("escapeChar", "\\"))
    )
    rows = read_rows(_skipped(lines, source), separator, quote, None if escape == quote else escape)
    if rows is None:
        raise NotShown("The file is no CSV.")
    return rows


def _of_json(lines: list[str], source: Source) -> list[list[str]]:
    """JsonSerDe: an object a line."""
    return [_members(line, source.columns) for line in _skipped(lines, source)]


def _members(line: str, columns: Sequence[str]) -> list[str]:
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        return [line]
    members = {str(name).lower(): value for name, value in found.items()} if isinstance(found, dict) else {}
    return [_cell(members.get(name.lower())) for name in columns]


def _cell(value: Any) -> str:
    return "" if value is None else value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


READERS = {"LazySimpleSerDe": _of_lines, "OpenCSVSerde": _of_csv, "JsonSerDe": _of_json}
"""What reads the lines of text files, by the last part of the SerDe's name."""
