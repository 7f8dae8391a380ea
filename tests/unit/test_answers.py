"""Answers that are given again until something changes."""

from __future__ import annotations

from dataclasses import replace

import pytest

from localemr import emr
from localemr.api import answers
from localemr.api.answers import Answers, Question
from localemr.api.calls import Reply
from localemr.api.changes import Changes
from localemr.aws.service import Caller

CALLER = Caller("key", "us-east-1", "http://localhost")
QUESTION = ("emr", "ListClusters", b"{}", CALLER)


class Case:
    def __init__(self) -> None:
        self.now = 100.2
        self.changes = Changes()
        self.answers = Answers(self.changes, lambda: self.now)

    def keep(self, question: Question, body: bytes) -> None:
        self.answers.keep(question, Reply(200, body, "text/plain"))

    def body(self, question: Question = QUESTION) -> bytes | None:
        found = self.answers.get(question)
        return found and found.body


def test_an_answer_holds_until_the_store_changes() -> None:
    case = Case()
    assert case.body() is None
    case.keep(QUESTION, b"one")
    assert case.body() == b"one"
    case.changes.notify("j-1")
    assert case.body() is None


def test_an_answer_holds_for_its_second() -> None:
    case = Case()
    case.keep(QUESTION, b"one")
    case.now = 100.9
    assert case.body() == b"one"
    case.now = 101.0
    assert case.body() is None


@pytest.mark.parametrize(
    "other",
    [
        ("emr", "ListSteps", b"{}", CALLER),
        ("emr", "ListClusters", b'{"Marker":"m"}', CALLER),
        ("glue", "ListClusters", b"{}", CALLER),
        ("emr", "ListClusters", b"{}", replace(CALLER, region="eu-west-1")),
        ("emr", "ListClusters", b"{}", replace(CALLER, endpoint="http://other")),
    ],
)
def test_another_question_has_another_answer(other: Question) -> None:
    case = Case()
    case.keep(QUESTION, b"one")
    assert case.body(other) is None


def test_each_answer_has_an_id_of_its_own() -> None:
    case = Case()
    case.keep(QUESTION, b"one")
    ids = {found.request_id for _ in range(3) if (found := case.answers.get(QUESTION))}
    assert len(ids) == 3
    other = ("toy", "ListMetrics", b"", CALLER)
    reply = Reply(200, b"", "text/xml")
    case.answers.keep(other, replace(reply, body=f"<RequestId>{reply.request_id}</RequestId>".encode()))
    assert case.body(other) is None


@pytest.mark.parametrize("operation", ["RunJobFlow", "GetClusterSessionCredentials", "AddTags"])
def test_only_what_reads_the_store_alone_is_kept(operation: str) -> None:
    repeats = emr.service(None).repeats  # type: ignore[arg-type]
    assert repeats("ListClusters") and repeats("DescribeCluster")
    assert not repeats(operation)


def test_what_is_kept_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_BYTES", 10)
    case = Case()
    one, two = ("emr", "ListSteps", b"1", CALLER), ("emr", "ListSteps", b"2", CALLER)
    case.keep(one, b"12345678")
    case.keep(two, b"12")
    assert case.body(one) == b"12345678"
    assert case.body(two) is None
    case.changes.notify("j-1")
    case.keep(two, b"12")
    assert case.body(two) == b"12"
