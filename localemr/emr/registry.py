"""The table of operations, and what each of them is given."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from localemr.domain.model.application import Catalog
from localemr.domain.model.errors import UnknownOperationException
from localemr.domain.model.records import Cluster, Instance
from localemr.store import Store

Request = Mapping[str, Any]
Response = Mapping[str, Any] | None


@dataclass(frozen=True)
class Context:
    """What operations may use.

    `wake` tells the reconciler that a cluster's wish changed; it is called after the wish was stored. `now` gives epoch
    seconds. `host_memory_mb` returns the memory in MiB that all clusters may take together (None: not known).
    `endpoint` is the URL at which the caller reached the controller; `web_page` says where below it a path of a
    cluster's instance's port is to be seen; None: nothing is served there now.
    """

    store: Store
    catalog: Catalog
    region: str
    account: str
    wake: Callable[[str], None]
    now: Callable[[], float]
    new_cluster_id: Callable[[], str]
    host_memory_mb: Callable[[], int | None] = lambda: None
    endpoint: str = ""
    web_page: Callable[[Cluster, Instance, int, str], str | None] = lambda cluster, instance, port, path: None


Function = Callable[[Context, Request], Response]


class Effect(StrEnum):
    """What comes of an operation, in the words of docs/operations.md."""

    REAL = "real"
    """The cluster does it, or the answer tells of what is really there."""

    STATEFUL = "stateful"
    """Checked, kept and answered as by EMR; nothing that runs on a cluster follows from it."""

    AWS_ONLY = "AWS-only"
    """As STATEFUL, of a thing that exists at AWS alone."""


@dataclass(frozen=True)
class Operation:
    """One of EMR's operations: the function, whose docstring says what it does and then, in a paragraph of their own,
    its limits; what comes of it; and the test that shows this, as pytest names it, from tests/ on."""

    function: Function
    effect: Effect
    shown_by: str


OPERATIONS: dict[str, Operation] = {}
"""EMR's name of the operation → what carries it out. docs/operations.md is made of it."""


def operation(name: str, effect: Effect, shown_by: str) -> Callable[[Function], Function]:
    """Put a function into the table. It gets a request that the service model found right, and answers a response along
    the model's output shape (None: no output); it raises EmrError for what the model cannot know."""

    def register(function: Function) -> Function:
        OPERATIONS[name] = Operation(function, effect, shown_by)
        return function

    return register


def call(name: str, context: Context, request: Request) -> Response:
    """Carry out an operation. Raises the operation's errors; UnknownOperationException for one that is not served."""
    found = OPERATIONS.get(name)
    if found is None:
        raise UnknownOperationException(f"Could not find operation {name}")
    return found.function(context, request)
