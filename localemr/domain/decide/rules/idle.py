"""Rule: end of idle clusters. A cluster without KeepJobFlowAliveWhenNoSteps ends after its last step, one with an
auto-termination policy after its idle timeout.

Source: EMR's management guide on auto-termination (emr-behaviour §3.6). A cluster is idle while it has no active step,
YARN has no application and HDFS is less than 10 % full, by the measurements of its master. Not measured, and no reason
to keep a cluster, are web pages in use, notebooks, and what does not run on YARN.
"""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.model.metrics import MEASURED, active_until, in_use, is_complete, is_missing
from localemr.domain.model.records import Idleness
from localemr.domain.model.states import ACTIVE_STEPS, STEPS_COMPLETED, STEPS_COMPLETED_WITH_ERRORS

FIRST_STEP_WITHIN = 60.0
"""Seconds that a ready cluster without any step waits for its first step: clients add steps after RunJobFlow (mrjob).
"""
RESOURCE_MANAGER = "hadoop-yarn-resourcemanager"
"""YARN's daemon on the master."""


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
    """EMR has no code for this end. Termination protection prevents it, as it prevents every requested end.

    A cluster with YARN is ended only by a look that is not too old. While there is none its idle time passes: what ran
    meanwhile has left its time in the measurements.
    """
    spec, measured = work.cluster.spec, work.measurements()
    policy = spec.auto_termination
    if policy is None or spec.termination_protected:
        return
    known = not is_missing(measured, work.now) and is_complete(measured)
    if known:
        _note_use(work, in_use({name: each.value for name, each in measured.items()}))
    idleness = work.cluster.status.idleness
    if idleness.busy:
        return
    since = max(work.cluster.status.since, policy.since, idleness.since, active_until(measured))
    deadline = since + policy.idle_timeout
    if work.now < deadline:
        work.wake(deadline)
    elif known or not (MEASURED in measured or _has_yarn(work)):
        work.end_cluster(
            "USER_REQUEST", f"Terminated by the auto-termination policy: idle for {policy.idle_timeout} seconds"
        )


def _note_use(work: Pass, busy: bool) -> None:
    before = work.cluster.status.idleness
    if busy != before.busy:
        work.note_idleness(Idleness(busy, before.since if busy else work.now))


def _has_yarn(work: Pass) -> bool:
    """Whether a look at YARN is to be expected. Simulated clusters have looks only where a test scripts them."""
    daemons = {daemon.name for each in work.applications() for daemon in each.daemons}
    return not work.catalog.simulated and RESOURCE_MANAGER in daemons
