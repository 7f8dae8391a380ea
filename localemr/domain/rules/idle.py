"""Rule: a cluster that is not to be kept alive ends when it has nothing more to do."""

from __future__ import annotations

from localemr.domain.passes import Pass
from localemr.domain.states import ACTIVE_STEPS

FIRST_STEP_WITHIN = 60.0
"""Seconds that a ready cluster without any step waits for its first: clients add steps after RunJobFlow (mrjob)."""


def idle(work: Pass) -> None:
    """Apply in RUNNING and WAITING."""
    if not work.ready or work.cluster.spec.keep_alive or work.steps_in(ACTIVE_STEPS):
        return
    if not work.steps:
        deadline = (work.cluster.status.ready or work.now) + FIRST_STEP_WITHIN
        if work.now < deadline:
            work.wake(deadline)
            return
    work.end_cluster("ALL_STEPS_COMPLETED", "Steps completed")
