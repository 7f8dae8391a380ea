"""Sizes of the servers of distributed SQL engines, in MiB: their heap, and what a query may take of it.

The heap is a limit, not what a server takes (docs/adr/0010-memory-of-the-host.md), so it follows the instance type and
grows with sizes that users set for queries. An engine has its own names for the sizes (`Names`).
"""

from __future__ import annotations

import re
from typing import NamedTuple

from localemr.domain.model.application import Facts

OWN_MB = 600
"""What engines do not count: their own objects, buffers, and the 300 MiB of text from which the tpch connector cuts its
columns. With less for it a large query ends the server, and not itself."""
LEAST_HEAP_MB = 1024
"""The least heap in which queries have some room beside that."""
HEAP_SHARE = 1 / 12
"""The heap's share of an instance: 1,365 MiB of an m5.xlarge. YARN has its own share beside it."""
LARGEST_SHARE = 0.8
"""The largest share of an instance that the heap gets for sizes that users set."""
HEADROOM_SHARE = 0.25
"""The share of a large heap for what engines do not count."""
WHOLE = 0.95
"""What Java's serial collector has of its largest heap: the remainder is one of its two survivor spaces."""
_SIZE = re.compile(r"\s*(\d+(?:\.\d+)?)\s*(B|kB|MB|GB|TB|PB)\s*")
_MB = {"B": 2**-20, "kB": 2**-10, "MB": 1, "GB": 2**10, "TB": 2**20, "PB": 2**30}


class Names(NamedTuple):
    """What an engine calls its sizes: the classification of its configuration, with a query's memory on a node (one or
    several properties) and the headroom, and that of its environment, with the variable of the heap in MiB."""

    config: str
    query: tuple[str, ...]
    headroom: str
    env: str
    heap: str


def size_mb(text: str) -> float:
    """A size as engines write them (`30GB`), in MiB; 0 for another text, which an engine itself refuses."""
    found = _SIZE.fullmatch(text)
    return float(found[1]) * _MB[found[2]] if found else 0.0


def given_mb(facts: Facts, names: Names, name: str) -> float:
    """The size that users set for a property of the engine's configuration; 0 for none."""
    return size_mb(facts.requested.get(names.config, {}).get(name, ""))


def heap_mb(facts: Facts, names: Names) -> int:
    """The heap: that of the variable, else the instance type's, or as much more as users' sizes for queries need."""
    own = facts.requested.get(names.env, {}).get(names.heap, "")
    if own.isdecimal():
        return int(own)
    headroom = given_mb(facts, names, names.headroom)
    query = max(given_mb(facts, names, name) for name in names.query)
    beside = headroom or max(OWN_MB, query * HEADROOM_SHARE / (WHOLE - HEADROOM_SHARE))
    needed = (query + beside) / WHOLE if query or headroom else 0
    largest = max(facts.memory_mb * LARGEST_SHARE, LEAST_HEAP_MB)
    return round(min(max(LEAST_HEAP_MB, facts.memory_mb * HEAP_SHARE, needed), largest))


class Room(NamedTuple):
    """How a heap is divided, in MiB: all that a query may take on a node, and the headroom."""

    query: float
    headroom: float


def room(facts: Facts, names: Names, query: float, least: float = 0) -> Room:
    """The sum of both is below the heap, which engines require. `query` is the size that users set (0: none), `least`
    the least that a query must have beside it."""
    heap, headroom = heap_mb(facts, names) * WHOLE, given_mb(facts, names, names.headroom)
    beside = headroom or min(max(OWN_MB, heap * HEADROOM_SHARE), heap * 2 / 3)
    total = query or max(heap - beside, least)
    return Room(total, min(beside, max(heap - total, heap / 10)))
