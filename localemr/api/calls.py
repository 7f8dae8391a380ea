"""A call over HTTP, and its reply."""

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
    """A request with all of its body. `headers` have lower-case names; of several with one name only the first.
    `path` and `query` are as sent, still encoded; `endpoint` is the URL at which the caller reached the controller.
    `packed` is the compressed body that was sent, if any (`api/encoding.py`)."""

    headers: Mapping[str, str]
    body: bytes
    endpoint: str = ""
    method: str = "POST"
    path: str = "/"
    query: str = ""
    packed: bytes | None = None

    def with_body(self, body: bytes) -> Call:
        """The same call with this body."""
        return Call(self.headers, body, self.endpoint, self.method, self.path, self.query)

    @property
    def sent(self) -> bytes:
        """The body as it was sent and signed."""
        return self.body if self.packed is None else self.packed

    @property
    def caller(self) -> Caller:
        """The caller that the signature names. The signature is not checked here."""
        match fields(self.headers.get("authorization", "")).get("Credential", "").split("/"):
            case [key, _, region, *_] if key and region:
                return Caller(key, region, self.endpoint)
        return Caller(None, None, self.endpoint)


def fields(authorization: str) -> dict[str, str]:
    """The parts `name=value` of an Authorization header; blanks or commas separate them."""
    parts = (part.partition("=") for part in authorization.replace(",", " ").split())
    return {name: value for name, _, value in parts}


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to a call. `error` is the error's name, `more` are headers of its protocol."""

    status: int
    body: bytes
    content_type: str
    error: str = ""
    request_id: str = field(default_factory=lambda: new_request_id())
    more: Mapping[str, str] = field(default_factory=dict)

    def headers(self) -> dict[str, str]:
        """Headers of this reply."""
        own = {
            "x-amzn-RequestId": self.request_id,
            "content-type": self.content_type,
            "content-length": str(len(self.body)),
            **self.more,
        }
        return own | {"x-amzn-ErrorType": self.error} if self.error else own


def new_request_id() -> str:
    """An id in the form of a UUID: a random part per process and a counter (a random id would take longer than most
    replies)."""
    return f"{_FIRST_PART}{next(_numbers):012x}"
