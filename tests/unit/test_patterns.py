"""Texts that need not be matched by RE2 get the answer that it would give."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.model import ShapeResolver
from hypothesis import given
from hypothesis import strategies as st

from localemr.api.constraints import check, compiled
from localemr.api.model import service
from localemr.aws.errors import ValidationException

EMR = service("emr")
PATTERNS = sorted({str(shape.metadata["pattern"]) for shape in map(EMR.shape_for, EMR.shape_names)
                   if shape.metadata.get("pattern")})  # fmt: skip
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


def shape_of(pattern: str) -> Any:
    return ShapeResolver(
        {
            "Request": {"type": "structure", "members": {"Name": {"shape": "Name"}}},
            "Name": {"type": "string", "pattern": pattern},
        }
    ).get_shape_by_name("Request", None)


def accepted(pattern: str, text: str) -> bool:
    try:
        check(shape_of(pattern), {"Name": text})
    except ValidationException:
        return False
    return True


@given(st.text(st.characters(exclude_categories=["Cs"], max_codepoint=0x300), max_size=4))
@pytest.mark.parametrize("pattern", PATTERNS)
def test_texts_are_accepted_as_the_pattern_says(pattern: str, text: str) -> None:
    assert accepted(pattern, text) == bool(compiled(pattern).fullmatch(text))


@pytest.mark.parametrize(
    ("pattern", "valid", "invalid"),
    [
        ("[ -~]*", PRINTABLE, "\x7f"),
        ("[ -}]*", "}", "~"),
        ("[^a]*", "b", "a"),
        ("[ -~]+", "a", ""),
        ("[ -~]*b", "ab", "a"),
        ("[a]*|[ -~]*b", "ab", "c"),
        (r"[\w]*", "a", "-"),
    ],
)
def test_a_class_without_some_printable_character_is_matched(pattern: str, valid: str, invalid: str) -> None:
    assert accepted(pattern, valid)
    assert not accepted(pattern, invalid)
