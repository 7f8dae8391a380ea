"""The table of a service's operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, TypeVar

from localemr.aws.errors import AwsError, UnknownOperationException

Request = Mapping[str, Any]
Response = Mapping[str, Any] | None
C = TypeVar("C")
"""The context that a service's operations receive beside the request."""


class Effect(StrEnum):
    """The effect of an operation, in the words of docs/operations.md."""

    REAL = "real"
    """The operation changes what runs or is stored here, or the answer describes that."""

    STATEFUL = "stateful"
    """The request is checked, stored and answered as AWS does. Nothing that runs depends on it."""

    AWS_ONLY = "AWS-only"
    """As STATEFUL, for objects that exist only at AWS."""


@dataclass(frozen=True)
class Operation(Generic[C]):
    """An operation: its function and its effect. The function's docstring describes what it does and then, in
    paragraphs of their own, its limits."""

    function: Callable[[C, Request], Response]
    effect: Effect


def not_found(name: str) -> AwsError:
    """The error for an operation that a service does not have."""
    return UnknownOperationException(f"Could not find operation {name}")


class Operations(dict[str, Operation[C]], Generic[C]):
    """AWS's name of each operation → the function that implements it. The pages of docs/ are made of these tables."""

    def __init__(
        self,
        missing: Callable[[str], AwsError] = not_found,
        check: Callable[[C, Request], None] = lambda context, request: None,
    ) -> None:
        """`missing` makes the error for an operation without an entry; `check` raises what every operation refuses."""
        super().__init__()
        self._missing = missing
        self._check = check

    def operation(
        self, name: str, effect: Effect = Effect.REAL
    ) -> Callable[[Callable[[C, Request], Response]], Callable[[C, Request], Response]]:
        """Put a function into the table. Its request follows the service's model; its response is one along the model's
        output shape (None: no output). It raises an AwsError for what the model cannot express."""

        def register(function: Callable[[C, Request], Response]) -> Callable[[C, Request], Response]:
            self[name] = Operation(function, effect)
            return function

        return register

    def call(self, name: str, context: C, request: Request) -> Response:
        """Carry out an operation. Raises the operation's errors, or that of an operation without an entry."""
        found = self.get(name)
        if found is None:
            raise self._missing(name)
        self._check(context, request)
        return found.function(context, request)
