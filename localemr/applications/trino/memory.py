"""Sizes of Trino's servers, in MiB (docs/trino.md): the rules of localemr/applications/query_memory.py with Trino's
names."""

from __future__ import annotations

from localemr.applications.query_memory import Names, given_mb, room
from localemr.domain.model.application import Facts, Properties

IDLE_MB = 640
"""What an idle server takes."""
PER_NODE, HEADROOM = "query.max-memory-per-node", "memory.heap-headroom-per-node"
HEAP = "TRINO_HEAPSIZE"
"""The variable of trino-env with the heap in MiB. The launcher reads it, an -Xmx in jvm.config wins."""
NAMES = Names("trino-config", (PER_NODE,), HEADROOM, "trino-env", HEAP)


def query_sizes(facts: Facts) -> Properties:
    """Of config.properties: what a query may take on a node. A size that users set moves the other one."""
    divided = room(facts, NAMES, given_mb(facts, NAMES, PER_NODE))
    return {PER_NODE: f"{int(divided.query)}MB", HEADROOM: f"{int(divided.headroom)}MB"}
