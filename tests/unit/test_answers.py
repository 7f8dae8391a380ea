"""Answers that are given again until something changes."""

from __future__ import annotations

import pytest

from localemr.api import answers
from localemr.api.answers import Answers
from localemr.api.changes import Changes

ASKED = ("ListClusters", b"{}", "us-east-1")


class Case:
    def __init__(self) -> None:
        self.now = 100.2
        self.changes = Changes()
        self.answers = Answers(self.changes, lambda: self.now)


def test_an_answer_holds_until_the_store_changes() -> None:
    case = Case()
    assert case.answers.get(ASKED) is None
    case.answers.keep(ASKED, b"one")
    assert case.answers.get(ASKED) == b"one"
    case.changes.notify("j-1")
    assert case.answers.get(ASKED) is None


def test_an_answer_holds_for_its_second() -> None:
    case = Case()
    case.answers.keep(ASKED, b"one")
    case.now = 100.9
    assert case.answers.get(ASKED) == b"one"
    case.now = 101.0
    assert case.answers.get(ASKED) is None


@pytest.mark.parametrize(
    "other",
    [("ListSteps", b"{}", "us-east-1"), ("ListClusters", b'{"Marker":"m"}', "us-east-1"), (*ASKED[:2], "eu-west-1")],
)
def test_another_question_has_another_answer(other: tuple[str, bytes, str]) -> None:
    case = Case()
    case.answers.keep(ASKED, b"one")
    assert case.answers.get(other) is None


@pytest.mark.parametrize("operation", ["RunJobFlow", "GetClusterSessionCredentials", "AddTags"])
def test_only_what_reads_the_store_alone_is_kept(operation: str) -> None:
    case = Case()
    case.answers.keep((operation, b"{}", "us-east-1"), b"one")
    assert case.answers.get((operation, b"{}", "us-east-1")) is None


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", 10)
    case = Case()
    case.answers.keep(("ListSteps", b"1", ""), b"12345678")
    case.answers.keep(("ListSteps", b"2", ""), b"12")
    assert case.answers.get(("ListSteps", b"1", "")) == b"12345678"
    assert case.answers.get(("ListSteps", b"2", "")) is None
    case.changes.notify("j-1")
    case.answers.keep(("ListSteps", b"2", ""), b"12")
    assert case.answers.get(("ListSteps", b"2", "")) == b"12"
