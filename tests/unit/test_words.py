"""Plain words: the glossary is in use, and the number of private words falls (tests/unit/private_words.json)."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
GLOSSARY = ROOT / "docs" / "glossary.md"
RATCHET = Path(__file__).with_name("private_words.json")

PRIVATE = ("asked", "told", "mend", "shop", "spare", "strike", "farewell", "whoever", "nobody's")
"""Words of this project's former private English; docs/glossary.md has those to use instead."""

EXCEPT = ("glossary.md", "hive.md")
"""The one lists such words; the other's tutorial has a shop."""

PLACES = {"code": ("localemr/**/*.py", "images/**/*", "compose/*"), "docs": ("*.md", "docs/**/*.md", "examples/**/*")}
BINARY = {".lock", ".gz", ".jar", ".png", ".zip", ".pyc"}


def words(text: str) -> list[str]:
    """Words in small letters, those of identifiers too: `last_asked` and `LastAsked` are last and asked."""
    apart = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", " ", text).replace("_", " ")
    return re.findall(r"[a-z]+(?:'s)?", apart.lower())


def files(place: str) -> Iterator[Path]:
    for pattern in PLACES[place]:
        for path in ROOT.glob(pattern):
            if path.is_file() and path.suffix not in BINARY and path.name not in EXCEPT:
                yield path


def counts(place: str) -> dict[str, int]:
    """How often each private word stands in a place."""
    found = Counter(word for path in files(place) for word in words(path.read_text(errors="replace")))
    return {word: found[word] for word in PRIVATE}


def terms() -> list[str]:
    rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", GLOSSARY.read_text(), re.M)
    return [term for term in rows if term not in ("word", "---")]


def test_identifiers_are_words_too() -> None:
    assert words("whatWasAsked(the_shop, nobody's)") == ["what", "was", "asked", "the", "shop", "nobody's"]


@pytest.mark.parametrize("place", PLACES)
def test_private_words_do_not_come_back(place: str) -> None:
    """A number above the file's: use the words of docs/glossary.md. Below it: lower the file's in the same commit."""
    limits = json.loads(RATCHET.read_text())[place]
    assert set(limits) == set(PRIVATE)
    assert {word: count for word, count in counts(place).items() if count > limits[word]} == {}


def test_the_glossary_is_sorted_and_names_each_word_once() -> None:
    tables = GLOSSARY.read_text().split("\n## ")[1:]
    for table in tables:
        rows = re.findall(r"^\| ([^|]+) \| [^|]+ \|$", table, re.M)[2:]
        assert rows == sorted(rows, key=str.lower)
    assert len(set(terms())) == len(terms()) > 30


@pytest.fixture(scope="module")
def everything() -> str:
    texts = (path.read_text(errors="replace") for place in PLACES for path in files(place))
    return re.sub(r"\s+", " ", " ".join(texts)).lower()


@pytest.mark.parametrize("term", terms())
def test_each_word_of_the_glossary_is_used(term: str, everything: str) -> None:
    assert re.search(rf"\b{re.escape(term.lower())}", everything)
