"""The tables of docs/architecture.md are true: layers, rules, and where to make a change."""

from __future__ import annotations

import re
from pathlib import Path

from localemr.domain.decide.decide import RULES
from tests.layers_page import PAGE, layers, with_layers
from tests.unit.test_layers import ALLOWED

ROOT = Path(__file__).parents[2]
TEXT = PAGE.read_text()


def rows(head: str) -> list[list[str]]:
    """Cells of the table with this head, by row."""
    table = TEXT.partition(f"{head}\n| --- | --- |\n")[2].partition("\n\n")[0]
    return [line.strip("|").split(" | ") for line in table.splitlines()]


def exists(path: str) -> bool:
    """Whether a path of the page, from localemr/ or the top, leads to a file or folder."""
    return (ROOT / path).exists() or (ROOT / "localemr" / path).exists()


def test_every_layer_is_described_once() -> None:
    assert sorted(layers(TEXT)) == sorted(set(ALLOWED) - {"__init__"})


def test_the_page_has_the_imports_that_are_allowed() -> None:
    """A change of the rules: `make docs`."""
    assert with_layers(TEXT) == TEXT


def test_the_rules_are_described_in_their_order() -> None:
    assert [name.strip() for name, _ in rows("| rule | decides |")] == [rule.__name__ for rule in RULES]


def test_every_change_has_a_place_that_exists() -> None:
    changes = rows("| change | place |")
    assert len(changes) > 8
    paths = [path for row in changes for path in re.findall(r"`([^`]+)`", " ".join(row)) if "/" in path]
    assert [path for path in paths if not exists(path)] == []


def test_every_file_that_the_page_names_exists() -> None:
    """Paths of Python modules in the running text."""
    assert [path for path in re.findall(r"`([\w/]+\.py)`", TEXT) if not exists(path)] == []
