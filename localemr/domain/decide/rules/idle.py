"""Rule: a cluster that is not to be kept alive ends when it has nothing more to do, one with an auto-termination policy
when it has had nothing to do for long enough.

Source: EMR's management guide on auto-termination (emr-behaviour §3.6). EMR also looks at YARN applications, HDFS and
notebooks; here a cluster is idle when it has no step.
"""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.states import ACTIVE_STEPS

FIRST_STEP_WITHIN = 60.0
"""Seconds that a ready cluster without any step waits for its first: clients add steps after RunJobFlow (mrjob)."""


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
    work.end_cluster("ALL_STEPS_COMPLETED", "Steps completed")


def _end_when_idle(work: Pass) -> None:
    """EMR has no code of its own for this end. Termination protection prevents it, as every requested end."""
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
