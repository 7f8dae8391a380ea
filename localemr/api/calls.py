"""A call as HTTP brings it, and what it is answered."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from localemr.aws.service import Caller

_FIRST_PART = str(uuid.uuid4())[:24]
_numbers = count()


@dataclass(frozen=True, slots=True)
class Call:
    """A request with all of its body. `headers` have lower-case names; of several of a name the first is there.
    `path` and `query` are as sent, still encoded; `endpoint` is the URL at which the caller reached the controller."""

    headers: Mapping[str, str]
    body: bytes
    endpoint: str = ""
    method: str = "POST"
    path: str = "/"
    query: str = ""

    @property
    def caller(self) -> Caller:
        """Who the signature names, whether it is right or not."""
        match fields(self.headers.get("authorization", "")).get("Credential", "").split("/"):
            case [key, _, region, *_] if key and region:
                return Caller(key, region, self.endpoint)
        return Caller(None, None, self.endpoint)


def fields(authorization: str) -> dict[str, str]:
    """The parts `name=value` of an Authorization header; blanks or commas stand between them."""
    parts = (part.partition("=") for part in authorization.replace(",", " ").split())
    return {name: value for name, _, value in parts}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call is answered. `error` is the name of what went wrong."""

    status: int
    body: bytes
    content_type: str
    error: str = ""
    request_id: str = field(default_factory=lambda: new_request_id())

    def headers(self) -> dict[str, str]:
        """The headers that are its own."""
        own = {
            "x-amzn-RequestId": self.request_id,
            "content-type": self.content_type,
            "content-length": str(len(self.body)),
        }
        return own | {"x-amzn-ErrorType": self.error} if self.error else own


def new_request_id() -> str:
    """An id in the form of a UUID: random for the process, counted in it (randomness would take longer than most
    answers)."""
    return f"{_FIRST_PART}{next(_numbers):012x}"
