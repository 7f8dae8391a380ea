"""Markers: opaque, of one list, and valid while rows are added and taken away."""

from __future__ import annotations

import base64
import json
from itertools import chain

import pytest

from localemr.domain.model.errors import InvalidRequestException
from localemr.emr.paging import PAGE, page, read_marker, write_marker


def walk(rows: list[int], between: dict[int, list[int]] | None = None) -> list[list[int]]:
    """All pages of a list newest first; `between` gives the rows as they are from that page on."""
    pages: list[list[int]] = []
    marker = None
    while True:
        rows = (between or {}).get(len(pages), rows)
        shown, marker = page("L", rows, lambda row: -row, marker)
        pages.append(shown)
        if marker is None:
            return pages


def down(first: int, last: int) -> list[int]:
    return list(range(first, last - 1, -1))


@pytest.mark.parametrize(("count", "sizes"), [(0, [0]), (1, [1]), (50, [50]), (51, [50, 1]), (120, [50, 50, 20])])
def test_page_sizes(count: int, sizes: list[int]) -> None:
    pages = walk(down(count, 1))
    assert [len(each) for each in pages] == sizes
    assert list(chain(*pages)) == down(count, 1)
    assert PAGE == 50


def test_rows_that_are_added_do_not_shift_pages() -> None:
    pages = walk(down(60, 1), {1: down(90, 1)})
    assert list(chain(*pages)) == down(60, 1)


def test_a_marker_outlives_its_row_and_a_list_of_one() -> None:
    assert walk(down(60, 1), {1: [3]}) == [down(60, 11), [3]]
    assert walk(down(60, 1), {1: [60]}) == [down(60, 11), []]


@pytest.mark.parametrize(
    "marker",
    [
        "",
        "x",
        "ä",
        "null",
        write_marker("Other", (1,)),
        write_marker("L", ("1",)),
        write_marker("L", (1, 2)),
        write_marker("L", (True,)),
        base64.urlsafe_b64encode(b"[]").decode(),
        base64.urlsafe_b64encode(b"3").decode(),
        base64.urlsafe_b64encode(b'{"L":1}').decode(),
        base64.urlsafe_b64encode(b"[" * 100000).decode(),
        write_marker("L", (2**63,)),
        write_marker("L", (-(2**63),)),
    ],
)
def test_markers_that_nobody_gave(marker: str) -> None:
    with pytest.raises(InvalidRequestException) as caught:
        read_marker("L", marker, (int,))
    assert caught.value.message == f"Marker '{marker}' is not valid."


@pytest.mark.parametrize("key", [(1e30, "j-1"), (float("nan"), "j-1"), (float("inf"), "j-1"), (1.0, "\ud800")])
def test_markers_with_which_nothing_can_be_compared(key: tuple[float, str]) -> None:
    with pytest.raises(InvalidRequestException):
        read_marker("L", base64.urlsafe_b64encode(json.dumps(["L", *key]).encode()).decode(), (float, str))


def test_keys_survive() -> None:
    assert read_marker("L", write_marker("L", (1469034209.1431, "j-1")), (float, str)) == (1469034209.1431, "j-1")
    assert read_marker("L", None, (float, str)) is None
