"""Decides: from records and observations to new records and instructions. Pure.

The rules are a fold, in this order. Each rule documents in which cluster states it applies.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.attachments import attachments
from localemr.domain.decide.rules.automatic_scaling import automatic_scaling
from localemr.domain.decide.rules.bootstrap import bootstrap
from localemr.domain.decide.rules.capacity import capacity
from localemr.domain.decide.rules.daemons import daemons
from localemr.domain.decide.rules.groups import groups
from localemr.domain.decide.rules.idle import idle
from localemr.domain.decide.rules.logs import logs
from localemr.domain.decide.rules.losses import losses
from localemr.domain.decide.rules.managed_scaling import managed_scaling
from localemr.domain.decide.rules.notebooks import notebooks
from localemr.domain.decide.rules.readiness import readiness
from localemr.domain.decide.rules.reconfiguration import reconfiguration
from localemr.domain.decide.rules.shrink import shrink
from localemr.domain.decide.rules.spot import spot
from localemr.domain.decide.rules.steps import steps
from localemr.domain.decide.rules.termination import termination
from localemr.domain.decide.rules.unhealthy import unhealthy
from localemr.domain.decide.spent import spent
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.instructions import Instruction
from localemr.domain.model.observed import Observed
from localemr.domain.model.records import Event, Records

Rule = Callable[[Pass], None]

RULES: tuple[Rule, ...] = (
    losses, unhealthy, termination, attachments, managed_scaling, automatic_scaling, shrink, spot, capacity,
    bootstrap, reconfiguration, daemons, readiness, groups, steps, notebooks, logs, idle,
)  # fmt: skip


@dataclass(frozen=True)
class Decision:
    """What a pass decided. `wake_at` is the time of the next pass if nothing changes before (None: no pass needed).
    `spent` are the runs, as instance id and name, whose reports are not needed once the records are saved."""

    records: Records
    instructions: tuple[Instruction, ...]
    events: tuple[Event, ...]
    wake_at: float | None
    spent: tuple[tuple[str, str], ...] = ()


def decide(records: Records, seen: Observed, now: float, catalog: Catalog) -> Decision:
    """Fold all rules over the cluster. Raises AssertionError when a rule makes an invalid state transition."""
    work = Pass(records, seen, now, catalog)
    for rule in RULES:
        rule(work)
    return Decision(
        work.records(), tuple(work.instructions), tuple(work.events), work.wake_at, tuple(spent(work))
    )  # fmt: skip
