"""The sections of docs/emr-behaviour.md are those that comments cite."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "emr-behaviour.md"
CITED = re.compile(r"emr-behaviour ((?:(?:, | and | to )?§\d+\.\d+)+)")
FOLDERS = ("localemr", "images", "tests")
TEXT = (".py", ".md", ".java", ".sh", ".toml", "")
"""Endings of files that may cite; programs of the node have none."""


def headings() -> set[str]:
    return set(re.findall(r"^### (\d+\.\d+) ", PAGE.read_text(), re.M))


def sections(text: str) -> set[str]:
    """What a text cites; "§4.2 to §4.5" are four sections."""
    cited: set[str] = set()
    for words in CITED.findall(text):
        for first, last in re.findall(r"§(\d+\.\d+)(?: to §(\d+\.\d+))?", words):
            chapter, start = first.split(".")
            end = (last or first).split(".")[1]
            cited |= {f"{chapter}.{number}" for number in range(int(start), int(end) + 1)}
    return cited


def citations() -> dict[str, set[str]]:
    """Sections by the file that cites them."""
    files = (path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.suffix in TEXT)
    found = {
        path.relative_to(ROOT).as_posix(): sections(path.read_text(errors="replace"))
        for path in files
        if path.is_file() and path != Path(__file__)
    }
    return {name: cited for name, cited in found.items() if cited}


def test_ranges_and_lists_are_read() -> None:
    assert sections("emr-behaviour §8.2, §8.3) and emr-behaviour §4.2 to §4.5") == {
        "8.2",
        "8.3",
        *(["4.2", "4.3", "4.4", "4.5"]),
    }


def test_every_cited_section_is_there() -> None:
    there = headings()
    assert {name: cited - there for name, cited in citations().items() if cited - there} == {}
