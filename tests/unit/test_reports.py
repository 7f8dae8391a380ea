"""Folding what supervisors say into the state of runs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import reduce

import pytest

from localemr.domain.model.observed import RunReport
from localemr.reconcile.reports import fold


def told(*lines: dict[str, object] | str) -> Mapping[str, RunReport] | None:
    texts = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    return reduce(fold, texts, None)


def test_nothing_is_known_before_the_first_line() -> None:
    assert told() is None
    assert told({"boot": 1.0}) == {}


def test_a_run_from_start_to_end() -> None:
    runs = told(
        {"boot": 1.0},
        {"run": "a", "state": "running", "pid": 7, "at": 2.0},
        {"run": "a", "state": "exited", "code": 3, "at": 5.0, "note": "why"},
    )
    assert runs == {"a": RunReport("exited", 2.0, 5.0, 3, "why")}
    assert runs["a"].over and not runs["a"].succeeded


def test_a_boot_begins_anew() -> None:
    runs = told(
        {"boot": 1.0},
        {"run": "a", "state": "running", "at": 2.0},
        {"run": "b", "state": "running", "at": 2.0},
        {"boot": 9.0},
        {"run": "a", "state": "lost", "at": 9.0},
    )
    assert runs is not None and set(runs) == {"a"}
    assert runs["a"].state == "lost" and runs["a"].over


@pytest.mark.parametrize("line", ["", "no json", "7", "[]", '{"other": 1}', '{"run": "a", "state": "odd", "at": 1}'])
def test_other_lines_change_nothing(line: str) -> None:
    before = told({"boot": 1.0}, {"run": "b", "state": "running", "at": 2.0})
    assert fold(before, line) == before
