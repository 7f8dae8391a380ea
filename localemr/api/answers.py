"""Answers that are given again: clients ask the same thing over and over until something has changed.

What Describe and List operations answer follows from the store, the request and the time (to the second) alone.
"""

from __future__ import annotations

from collections.abc import Callable

from localemr.api.changes import Changes

Question = tuple[str, bytes, str]
"""Operation, body, region."""

READING = ("Describe", "List")
MOST_BYTES = 16 * 1024 * 1024


class Answers:
    """Bodies of answers, until the store changes or a second of the controller's clock is over."""

    def __init__(self, changes: Changes, now: Callable[[], float]) -> None:
        self._changes = changes
        self._now = now
        self._moment = (0, 0)
        self._kept: dict[Question, bytes] = {}
        self._bytes = 0

    def get(self, question: Question) -> bytes | None:
        """The answer, if it still holds."""
        moment = (self._changes.count, int(self._now()))
        if moment != self._moment:
            self._moment, self._bytes = moment, 0
            self._kept.clear()
        return self._kept.get(question)

    def keep(self, question: Question, answer: bytes) -> None:
        """Keep an answer that has just been made. Nothing may be awaited between its making and this call."""
        size = len(question[1]) + len(answer)
        if question[0].startswith(READING) and self.get(question) is None and self._bytes + size <= MOST_BYTES:
            self._kept[question] = answer
            self._bytes += size
