"""A call of the API as HTTP brings it, and what it is answered; whichever way it came."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import count

from localemr.api import wire

_FIRST_PART = str(uuid.uuid4())[:24]
_numbers = count()


@dataclass(frozen=True, slots=True)
class Call:
    """A `POST /` with all of its body. `headers` have lower-case names; `address` is the caller's, `endpoint` the URL
    at which it reached the controller."""

    headers: Mapping[str, str]
    body: bytes
    address: str
    endpoint: str

    @property
    def signed_for(self) -> tuple[str, str] | None:
        """Access key and region of the signature, whether it is right or not."""
        match fields(self.headers.get("authorization", "")).get("Credential", "").split("/"):
            case [key, _, region, *_] if key and region:
                return key, region
        return None


def fields(authorization: str) -> dict[str, str]:
    """The parts `name=value` of an Authorization header; blanks or commas stand between them."""
    parts = (part.partition("=") for part in authorization.replace(",", " ").split())
    return {name: value for name, _, value in parts}


@dataclass(frozen=True, slots=True)
class Reply:
    """What a call is answered; `error` is the name of what went wrong."""

    status: int
    body: bytes
    error: str = ""
    content_type: str = wire.CONTENT_TYPE
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
