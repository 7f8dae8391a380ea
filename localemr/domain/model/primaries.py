"""The three primaries of a cluster with high availability (ADR 16): their names, and which parts run on which of them.

Their host names are chosen at the launch and stay: the one that replaces a lost primary has its name and its address.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import StrEnum

PRIMARIES = 3
"""EMR's number of primaries with high availability."""
QUORUM = 2
"""Without so many of them the cluster ends."""


class On(StrEnum):
    """Where among the primaries something is. With one primary all is on that one but what is for three."""

    FIRST = "on the first: it is one for the cluster"
    EACH = "on each of them"
    THREE = "on each of three, and nowhere with one primary"
    ACTIVE = "on the one that is active: one of them"
    ACTIVE_OF_THREE = "the same of three, and nowhere with one primary"


def is_on(where: On, host: str, primaries: Sequence[str]) -> bool:
    """Whether the primary with this host name has it. `primaries` are the host names of three; empty: there is one."""
    if where == On.FIRST and primaries:
        return host == primaries[0]
    return where not in (On.THREE, On.ACTIVE_OF_THREE) or bool(primaries)
