"""CBOR against botocore's own, and against documents that are none."""

from __future__ import annotations

import math
import struct
from typing import Any

import pytest

from localemr.api.cbor import DEEPEST, Moment, decode, encode


@pytest.mark.parametrize(
    "value",
    [
        0, 23, 24, 255, 256, 65535, 65536, 2**32 - 1, 2**32, 2**63, -1, -24, -25, -(2**63), 1.5, -0.0, 1e300, True,
        False, None, "", "x" * 300, "é\U0001f600", b"\x00\xff", [], [1, [2, []]], {}, {"a": {"b": [1.5, None]}},
    ],
)  # fmt: skip
def test_values_return(value: Any) -> None:
    assert decode(encode(value)) == value


def test_times_have_their_tag() -> None:
    assert encode(Moment(1.5)) == b"\xc1" + encode(1.5)
    assert decode(encode(Moment(1.5))) == 1.5


@pytest.mark.parametrize(
    ("data", "value"),
    [
        (b"\x9f\x01\x02\xff", [1, 2]),
        (b"\xbf\x61a\x01\xff", {"a": 1}),
        (b"\x7f\x61a\x62bc\xff", "abc"),
        (b"\xf9\x3e\x00", 1.5),
        (b"\xfa" + struct.pack(">f", 0.5), 0.5),
        (b"\xf7", None),
        (b"\xc1\x1a\x65\x53\xf1\x00", 1700000000),
    ],
)
def test_other_forms_are_read(data: bytes, value: Any) -> None:
    assert decode(data) == value


def test_numbers_that_are_none() -> None:
    assert math.isnan(decode(b"\xf9\x7e\x00"))


@pytest.mark.parametrize(
    "data",
    [
        b"", b"\x18", b"\x61", b"\x82\x01", b"\xa1\x01\x01", b"\x9f\x01", b"\x7f\x01\xff", b"\xff", b"\x1c", b"\x1f",
        b"\xf8\x20", b"\x61\xff", b"\x01\x01", b"\x9b" + b"\xff" * 8, b"\x5b" + b"\xff" * 8, b"\x81" * (DEEPEST + 2),
        b"\xc1" * (DEEPEST + 2) + b"\x01", b"\x7f" * (DEEPEST + 2),
    ],
)  # fmt: skip
def test_what_is_no_document_is_refused(data: bytes) -> None:
    with pytest.raises(ValueError):
        decode(data)
