"""What instances are given is what tests/unit/golden has; `python -m tests.golden` writes it anew."""

from __future__ import annotations

import pytest

from tests.golden import FOLDER, all_texts, texts
from tests.golden_scenarios import SCENARIOS

HINT = "it differs from tests/unit/golden; `python -m tests.golden` writes it anew"


@pytest.mark.parametrize("name", SCENARIOS)
def test_instances_are_given_what_is_written_down(name: str) -> None:
    for file, text in texts(name, SCENARIOS[name]).items():
        assert text.splitlines() == (FOLDER / file).read_text().splitlines(), f"{file}: {HINT}"


def test_there_is_no_file_without_a_scenario() -> None:
    assert sorted(all_texts()) == sorted(file.name for file in FOLDER.iterdir())
