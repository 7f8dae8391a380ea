"""The record of an AWS service: everything that the wire code needs to know about it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localemr.aws.errors import AwsError
from localemr.aws.registry import Operations, Request

Awaited = tuple[str, Callable[[], bool]]
"""What a waiter's call waits for: an id, and a function that returns whether the answer is still of no use to any
waiter. The function is evaluated at each change that is notified for the id."""


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller: access key and region of the signature (None: unsigned), and the URL at which the call reached the
    controller."""

    access_key: str | None
    region: str | None
    endpoint: str

    def arn(self, account: str) -> str:
        """The caller as a user of the account."""
        return f"arn:aws:iam::{account}:user/{self.user}"

    @property
    def user(self) -> str:
        """The user's name: that of the access key."""
        return self.access_key or "anonymous"


@dataclass(frozen=True)
class Service:
    """A service. With `threads` > 0 its calls run in so many threads, because they may block. With 0 they run in the
    event loop and must not block."""

    name: str
    """The name of its model in botocore."""

    names: Mapping[str, str]
    """The protocols of the service → the value that selects the service in a call of that protocol (see the protocol's
    module)."""

    operations: Operations[Any]
    context: Callable[[Caller], Any]
    """Makes the context of an operation, for each call."""

    threads: int = 0
    awaited: Callable[[str, Request], Awaited | None] = lambda operation, request: None
    """What a waiter's call of an operation waits for (None: it is answered at once). Evaluated in the event loop."""

    repeats: Callable[[str], bool] = lambda operation: False
    """Whether an operation only reads: its answer depends on the request, the caller, the current second, and state
    whose changes are notified. Not for a service with threads."""

    explain: Callable[[Exception], AwsError | None] = lambda error: None
    """The answer for an exception of the service that is no AwsError. None: it is a fault of LocalEMR."""

    close: Callable[[], None] = lambda: None
    """Called once, after the last call to the service has ended."""
