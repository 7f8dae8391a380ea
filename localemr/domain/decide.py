"""Deciding: from the records and what is seen to new records and instructions. Pure.

The rules are a fold, in this order; each says in which cluster states it applies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from localemr.domain.application import Catalog
from localemr.domain.instructions import Instruction
from localemr.domain.observed import Observed
from localemr.domain.passes import Pass
from localemr.domain.records import Event, Records
from localemr.domain.rules.bootstrap import bootstrap
from localemr.domain.rules.capacity import capacity
from localemr.domain.rules.daemons import daemons
from localemr.domain.rules.groups import groups
from localemr.domain.rules.idle import idle
from localemr.domain.rules.logs import logs
from localemr.domain.rules.losses import losses
from localemr.domain.rules.readiness import readiness
from localemr.domain.rules.reconfiguration import reconfiguration
from localemr.domain.rules.shrink import shrink
from localemr.domain.rules.steps import steps
from localemr.domain.rules.termination import termination

Rule = Callable[[Pass], None]

RULES: tuple[Rule, ...] = (
    losses, termination, shrink, capacity, bootstrap, reconfiguration, daemons, readiness, groups, steps, logs, idle,
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """What a pass decided. `wake_at` is when to look again should nothing happen before (None: never)."""

    records: Records
    instructions: tuple[Instruction, ...]
    events: tuple[Event, ...]
    wake_at: float | None


def decide(records: Records, seen: Observed, now: float, catalog: Catalog) -> Decision:
    """Fold all rules over the cluster. Raises AssertionError when a rule makes a move that EMR does not know."""
    work = Pass(records, seen, now, catalog)
    for rule in RULES:
        rule(work)
    return Decision(work.records(), tuple(work.instructions), tuple(work.events), work.wake_at)
