"""The table of Glue's operations, and what each of them is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from localemr.glue.catalog import Catalog
from localemr.glue.errors import EntityNotFoundException, OperationNotOfferedException
from localemr.glue.locks import Locks
from localemr.glue.versions import Versions

Request = Mapping[str, Any]
Response = Mapping[str, Any] | None


@dataclass(frozen=True)
class Context:
    """What operations may use. `account` is the catalog's id, `caller` the ARN of the caller. An operation that changes
    something holds the lock of it, from before it reads what it checks until the change is made."""

    catalog: Catalog
    versions: Versions
    account: str
    caller: str = ""
    locks: Locks = field(default_factory=Locks)


Function = Callable[[Context, Request], Response]


@dataclass(frozen=True)
class Operation:
    """An operation: the function, whose docstring says what it does and then, in paragraphs of their own, its limits;
    and the test that shows this, as pytest names it, from tests/ on."""

    function: Function
    shown_by: str


OPERATIONS: dict[str, Operation] = {}
"""Glue's name of the operation → what carries it out. docs/glue.md has a table made of it."""


def operation(name: str, shown_by: str) -> Callable[[Function], Function]:
    """Put a function into the table. It gets a request that the service model found right, and answers a response along
    the model's output shape; it raises Glue's errors for what the model cannot know."""

    def register(function: Function) -> Function:
        OPERATIONS[name] = Operation(function, f"contract/glue/{shown_by}")
        return function

    return register


def call(name: str, context: Context, request: Request) -> Response:
    """Carry out an operation. Raises Glue's errors, OperationNotOfferedException for one that is not served."""
    found = OPERATIONS.get(name)
    if found is None:
        raise OperationNotOfferedException(
            f"LocalEMR does not offer {name}: of Glue it has the Data Catalog (docs/glue.md lists the operations)."
        )
    wanted = request.get("CatalogId", context.account)
    if wanted != context.account:
        raise EntityNotFoundException(f"Catalog {wanted} not found: this account is {context.account}.")
    return found.function(context, request)
