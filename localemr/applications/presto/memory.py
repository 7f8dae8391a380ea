"""Sizes of Presto's servers, in MiB: their heap, and what a query may take of it (docs/presto.md).

The heap is a limit, not what a server takes (docs/adr/0010-memory-of-the-host.md), so it follows the instance type and
grows with sizes that users set for queries.
"""

from __future__ import annotations

import re

from localemr.domain.model.application import Facts, Properties

IDLE_MB = 512
"""What an idle server takes: some 240 MiB live in its heap, classes and threads take the remainder."""
OWN_MB = 600
"""What Presto does not count: its own objects, buffers, and the 300 MiB of text from which the tpch connector cuts its
columns. With less for it a large query ends the server, and not itself."""
LEAST_HEAP_MB = 1024
"""The least heap in which queries have some room beside that."""
HEAP_SHARE = 1 / 12
"""The heap's share of an instance: 1,365 MiB of an m5.xlarge. YARN has its own share beside it."""
LARGEST_SHARE = 0.8
"""The largest share of an instance that the heap gets for sizes that users set."""
HEADROOM_SHARE, USER_SHARE = 0.25, 0.8
"""The share of a large heap for what Presto does not count, and a query's user memory as a share of all its memory."""
WHOLE = 0.95
"""What Java's serial collector has of its largest heap: the remainder is one of its two survivor spaces."""
PER_NODE, TOTAL_PER_NODE = "query.max-memory-per-node", "query.max-total-memory-per-node"
HEADROOM = "memory.heap-headroom-per-node"
HEAP = "PRESTO_HEAPSIZE"
"""The variable of presto-env with the heap in MiB. The launcher reads it, an -Xmx in jvm.config wins."""
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB|PB)\s*")
_MB = {"B": 2**-20, "kB": 2**-10, "MB": 1, "GB": 2**10, "TB": 2**20, "PB": 2**30}


def size_mb(text: str) -> float:
    """A size as Presto writes them (`30GB`), in MiB; 0 for another text, which Presto itself refuses."""
    found = _SIZE.fullmatch(text)
    return float(found[1]) * _MB[found[2]] if found else 0.0


def _given(facts: Facts) -> tuple[float, float, float]:
    """What users set, in MiB, or 0: a query's memory on a node, all of its memory there, the headroom."""
    given = facts.requested.get("presto-config", {})
    per_node, total, headroom = (size_mb(given.get(name, "")) for name in (PER_NODE, TOTAL_PER_NODE, HEADROOM))
    return per_node, total, headroom


def heap_mb(facts: Facts) -> int:
    """The heap: that of the variable, else the instance type's, or as much more as users' sizes for queries need."""
    own = facts.requested.get("presto-env", {}).get(HEAP, "")
    if own.isdecimal():
        return int(own)
    per_node, total, headroom = _given(facts)
    query = max(per_node, total)
    beside = headroom or max(OWN_MB, query * HEADROOM_SHARE / (WHOLE - HEADROOM_SHARE))
    needed = (query + beside) / WHOLE if query or headroom else 0
    largest = max(facts.memory_mb * LARGEST_SHARE, LEAST_HEAP_MB)
    return round(min(max(LEAST_HEAP_MB, facts.memory_mb * HEAP_SHARE, needed), largest))


def query_sizes(facts: Facts) -> Properties:
    """Of config.properties: what a query may take on a node. The sum with the headroom is below the heap, which Presto
    requires; a size that users set moves those that depend on it."""
    heap, (per_node, total, headroom) = heap_mb(facts) * WHOLE, _given(facts)
    beside = headroom or min(max(OWN_MB, heap * HEADROOM_SHARE), heap * 2 / 3)
    total = total or max(heap - beside, per_node)
    return {
        PER_NODE: f"{int(total * USER_SHARE)}MB",
        TOTAL_PER_NODE: f"{int(total)}MB",
        HEADROOM: f"{int(min(beside, max(heap - total, heap / 10)))}MB",
        # One pool for all queries: a second, for the largest query alone, would take half of a small heap.
        "experimental.reserved-pool-enabled": "false",
    }
