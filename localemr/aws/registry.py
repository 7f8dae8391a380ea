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
    check: Callable[[C, Request], object] | None = None
    """Raises what the function would raise, and changes nothing. None: only the function knows."""


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
        """`missing` makes the error for an operation without an entry. `check` raises the errors that are common to all
        operations."""
        super().__init__()
        self._missing = missing
        self._check = check

    def operation(
        self, name: str, effect: Effect = Effect.REAL, check: Callable[[C, Request], object] | None = None
    ) -> Callable[[Callable[[C, Request], Response]], Callable[[C, Request], Response]]:
        """Put a function into the table.

        Its request follows the service's model. Its response follows the model's output shape (None: no output). It
        raises an AwsError for constraints that the model cannot express. `check` is described at Operation.
        """

        def register(function: Callable[[C, Request], Response]) -> Callable[[C, Request], Response]:
            self[name] = Operation(function, effect, check)
            return function

        return register

    def call(self, name: str, context: C, request: Request) -> Response:
        """Carry out an operation. Raises the operation's errors, or that of an operation without an entry."""
        found = self._found(name, context, request)
        return found.function(context, request)

    def check(self, name: str, context: C, request: Request) -> None:
        """Raise what `call` would raise, as far as that is known before it; nothing is changed."""
        found = self._found(name, context, request)
        if found.check is not None:
            found.check(context, request)

    def _found(self, name: str, context: C, request: Request) -> Operation[C]:
        found = self.get(name)
        if found is None:
            raise self._missing(name)
        self._check(context, request)
        return found
