"""Glue's table of operations, and the context that they get."""

from __future__ import annotations

from dataclasses import dataclass, field

from localemr.aws.registry import Operations, Request, Response
from localemr.glue.catalog import Catalog
from localemr.glue.errors import EntityNotFoundException, OperationNotOfferedException
from localemr.glue.locks import Locks
from localemr.glue.versions import Versions

__all__ = ["OPERATIONS", "Context", "Request", "Response", "operation"]


@dataclass(frozen=True)
class Context:
    """What operations may use. `account` is the catalog's id, `caller` the ARN of the caller. An operation that changes
    an object holds its lock from before the checks until the change is made."""

    catalog: Catalog
    versions: Versions
    account: str
    caller: str = ""
    locks: Locks = field(default_factory=Locks)


def _missing(name: str) -> OperationNotOfferedException:
    return OperationNotOfferedException(
        f"LocalEMR does not offer {name}: of Glue it has the Data Catalog (docs/glue.md lists the operations)."
    )


def _check_catalog(context: Context, request: Request) -> None:
    requested = request.get("CatalogId", context.account)
    if requested != context.account:
        raise EntityNotFoundException(f"Catalog {requested} not found: this account is {context.account}.")


OPERATIONS = Operations[Context](_missing, _check_catalog)
"""A table of docs/glue.md is generated from it."""

operation = OPERATIONS.operation
