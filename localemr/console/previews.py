"""Beginnings of objects, as pages show them: texts, tables of CSV. Pure, but for the unpacking of what is read."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

ROWS, COLUMNS, CELL = 100, 50, 200
"""Rows and columns of a table, characters of a cell, that are shown."""
DELIMITERS = (",", "\t", ";", "|")
NUMBER = re.compile(r"[-+]?[\d.,]+(e[-+]?\d+)?", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """Rows of texts. `columns` are empty where they have no names. `remark` says what is left out."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    remark: str = ""


def beginning(pieces: Iterable[bytes], most: int) -> bytes:
    """The first `most` bytes."""
    data = b""
    for piece in pieces:
        data += piece
        if len(data) >= most:
            break
    return data[:most]


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


def is_csv(key: str) -> bool:
    """Whether an object has values separated by a character, by its name."""
    return key.lower().removesuffix(".gz").endswith((".csv", ".tsv"))


def csv_table(text: str, whole: bool) -> Table | None:
    """The first rows of a CSV, whose delimiter is that which its first line has most often. None: it is none.
    `whole`: the text does not end within a row."""
    lines = text.splitlines(keepends=True)
    if not whole and len(lines) > 1:
        lines = lines[:-1]
    if not lines:
        return None
    delimiter = max(DELIMITERS, key=lines[0].count)
    rows = read_rows(lines, delimiter)
    return None if rows is None else table(rows[0], rows[1:]) if _names_columns(rows) else table((), rows)


def read_rows(
    lines: Iterable[str], delimiter: str, quote: str = '"', escape: str | None = None
) -> list[list[str]] | None:
    """At most ROWS rows and one more; None for what no CSV reader takes."""
    found: list[list[str]] = []
    try:
        for row in csv.reader(lines, delimiter=delimiter, quotechar=quote, escapechar=escape):
            found.append(row)
            if len(found) > ROWS:
                break
    except csv.Error:
        return None
    return found


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """The table, cut to what is shown."""
    widest = max((len(each) for each in (columns, *rows)), default=0)
    remarks = []
    if len(rows) > ROWS:
        remarks.append(f"The first {ROWS} rows are shown.")
    if widest > COLUMNS:
        remarks.append(f"{COLUMNS} of {widest} columns are shown.")
    cut = [[cell[:CELL] + ("…" if len(cell) > CELL else "") for cell in row[:COLUMNS]] for row in rows[:ROWS]]
    return Table(list(columns[:COLUMNS]), cut, " ".join(remarks))


def _names_columns(rows: Sequence[Sequence[str]]) -> bool:
    """Whether the first row seems to have the columns' names: different words, none of them a number."""
    if len(rows) < 2:
        return False
    first = rows[0]
    return len(set(first)) == len(first) and all(each and not NUMBER.fullmatch(each) for each in first)
