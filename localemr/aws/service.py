"""The record of an AWS service: everything that the wire code has to know of one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localemr.aws.errors import AwsError
from localemr.aws.registry import Operations, Request

Awaited = tuple[str, Callable[[], bool]]
"""The id of what a waiter's call waits for, and a question: whether the answer is still of no use to any waiter. The
question is put at each change that is notified for the id."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who calls: the access key and the region of the signature (None: not signed), and the URL at which the call
    reached the controller."""

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
    """A service. `threads` > 0: its calls are carried out by so many threads, as they may take long; 0: in the event
    loop, where nothing may be waited for."""

    name: str
    """As botocore names its model."""

    names: Mapping[str, str]
    """The protocols that it speaks → what names it in a call of that protocol (see the protocol's module)."""

    operations: Operations[Any]
    context: Callable[[Caller], Any]
    """Makes what an operation is given, for each call."""

    threads: int = 0
    awaited: Callable[[str, Request], Awaited | None] = lambda operation, request: None
    """What a waiter's call of an operation waits for; None: it is answered at once. Evaluated in the event loop."""

    repeats: Callable[[str], bool] = lambda operation: False
    """Whether an operation reads only: its answer follows from the request, the caller, the second, and what
    notifies of its changes. Not for a service with threads."""

    explain: Callable[[Exception], AwsError | None] = lambda error: None
    """The answer for an exception of the service's own that is no AwsError; None: it is a fault of LocalEMR."""

    close: Callable[[], None] = lambda: None
    """Called once, when no call of it is under way any more."""
