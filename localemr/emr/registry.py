"""EMR's table of operations, and the context that they get."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from localemr.aws.registry import Effect, Operations, Request, Response
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.records import Cluster, Instance
from localemr.store import Store

__all__ = ["OPERATIONS", "Context", "Effect", "Request", "Response", "operation"]


@dataclass(frozen=True)
class Context:
    """What operations may use.

    `wake` notifies the reconciler that a cluster's spec changed; it is called after the change was stored. `now` gives
    epoch seconds. `host_memory_mb` returns the memory in MiB that all clusters may take together (None: not known).
    `endpoint` is the URL at which the caller reached the controller; `web_page` returns the path below it at which a
    page of an instance's port is served (None: not served).
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


OPERATIONS = Operations[Context]()
"""docs/operations.md is generated from it."""

operation = OPERATIONS.operation
