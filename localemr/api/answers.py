"""A cache of responses: clients repeat the same read calls until something has changed.

The response of such an operation depends only on the store, the request, the caller and the time (to the second).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from localemr.api.calls import Reply, new_request_id
from localemr.api.changes import Changes
from localemr.aws.service import Caller

Question = tuple[str, str, bytes, Caller]
"""Service, operation, body, caller."""

MOST_BYTES = 16 * 1024 * 1024


class Answers:
    """Replies, valid until the store or the second of the controller's clock changes. For one event loop."""

    def __init__(self, changes: Changes, now: Callable[[], float]) -> None:
        self._changes = changes
        self._now = now
        self._moment = (0, 0)
        self._kept: dict[Question, Reply] = {}
        self._bytes = 0

    def get(self, question: Question) -> Reply | None:
        """The reply with a new id, if it is still valid."""
        moment = (self._changes.count, int(self._now()))
        if moment != self._moment:
            self._moment, self._bytes = moment, 0
            self._kept.clear()
        found = self._kept.get(question)
        return found and replace(found, request_id=new_request_id())

    def keep(self, question: Question, reply: Reply) -> None:
        """Store a new reply, unless its id is in its body. The caller must not await anything between making the reply
        and this call."""
        size = len(question[2]) + len(reply.body)
        if self.get(question) or self._bytes + size > MOST_BYTES or reply.request_id.encode() in reply.body:
            return
        self._kept[question] = reply
        self._bytes += size
