"""Rule: end of idle clusters. A cluster without KeepJobFlowAliveWhenNoSteps ends after its last step, one with an
auto-termination policy after its idle timeout.

Source: EMR's management guide on auto-termination (emr-behaviour §3.6). EMR also considers YARN applications, HDFS and
notebooks. Here a cluster is idle when it has no active step.
"""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.states import ACTIVE_STEPS, STEPS_COMPLETED, STEPS_COMPLETED_WITH_ERRORS

FIRST_STEP_WITHIN = 60.0
"""Seconds that a ready cluster without any step waits for its first step: clients add steps after RunJobFlow (mrjob).
"""


def idle(work: Pass) -> None:
    """Apply in RUNNING and WAITING."""
    if not work.ready or work.steps_in(ACTIVE_STEPS):
        return
    if work.cluster.spec.keep_alive:
        _end_when_idle(work)
    else:
        _end_when_done(work)


def _end_when_done(work: Pass) -> None:
    if not work.had_steps:
        deadline = (work.cluster.status.ready or work.now) + FIRST_STEP_WITHIN
        if work.now < deadline:
            work.wake(deadline)
            return
    work.end_cluster(*(STEPS_COMPLETED_WITH_ERRORS if work.had_failed_steps else STEPS_COMPLETED))


def _end_when_idle(work: Pass) -> None:
    """EMR has no code for this end. Termination protection prevents it, as it prevents every requested end."""
    spec = work.cluster.spec
    policy = spec.auto_termination
    if policy is None or spec.termination_protected:
        return
    deadline = max(work.cluster.status.since, policy.since) + policy.idle_timeout
    if work.now < deadline:
        work.wake(deadline)
        return
    work.end_cluster(
        "USER_REQUEST", f"Terminated by the auto-termination policy: idle for {policy.idle_timeout} seconds"
    )
