"""Sizes of Presto's servers, in MiB (docs/presto.md): the rules of localemr/applications/query_memory.py with Presto's
names."""

from __future__ import annotations

from localemr.applications.query_memory import Names, given_mb, room
from localemr.domain.model.application import Facts, Properties

IDLE_MB = 512
"""What an idle server takes: some 240 MiB live in its heap, classes and threads take the remainder."""
USER_SHARE = 0.8
"""A query's user memory as a share of all its memory."""
PER_NODE, TOTAL_PER_NODE = "query.max-memory-per-node", "query.max-total-memory-per-node"
HEADROOM = "memory.heap-headroom-per-node"
HEAP = "PRESTO_HEAPSIZE"
"""The variable of presto-env with the heap in MiB. The launcher reads it, an -Xmx in jvm.config wins."""
NAMES = Names("presto-config", (PER_NODE, TOTAL_PER_NODE), HEADROOM, "presto-env", HEAP)


def query_sizes(facts: Facts) -> Properties:
    """Of config.properties: what a query may take on a node. A size that users set moves those that depend on it."""
    divided = room(facts, NAMES, given_mb(facts, NAMES, TOTAL_PER_NODE), given_mb(facts, NAMES, PER_NODE))
    return {
        PER_NODE: f"{int(divided.query * USER_SHARE)}MB",
        TOTAL_PER_NODE: f"{int(divided.query)}MB",
        HEADROOM: f"{int(divided.headroom)}MB",
        # One pool for all queries: a second, for the largest query alone, would take half of a small heap.
        "experimental.reserved-pool-enabled": "false",
    }
