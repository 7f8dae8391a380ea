"""Rule: steps run on the master in the order of their submission, at most StepConcurrencyLevel at once.

Sources: EMR's management guide on steps and ActionOnFailure (emr-behaviour §4.2 to §4.5). Of three primaries one runs
all steps. When it is lost they have failed, and the next steps run on another one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.readiness import applications_are_up
from localemr.domain.decide.shortage import shortage_since, with_scale
from localemr.domain.model.instructions import StartRun, StopRun
from localemr.domain.model.observed import LOST, RunReport
from localemr.domain.model.records import Instance
from localemr.domain.model.states import ACTIVE_STEPS, SHUT_DOWN_BY_STEP, UNDER_WAY, ClusterState, Reason, StepState
from localemr.domain.model.steps import Failure, Step
from localemr.domain.node.runs import log_place, reap_name, reap_run, step_log_place, step_name, step_run

SIGNALS = {"SEND_INTERRUPT": "TERM", "TERMINATE_PROCESS": "KILL"}
OUT_OF_MEMORY = "The job ran out of memory."
INTERRUPTED = "The step was interrupted."
LOST_PRIMARY = "The primary instance that ran the step was lost. What it started on YARN may go on."
ENDINGS = {
    StepState.COMPLETED: "completed",
    StepState.FAILED: "failed",
    StepState.CANCELLED: "cancelled",
    StepState.INTERRUPTED: "failed",
}


def steps(work: Pass) -> None:
    """Apply in RUNNING and WAITING. Pending steps are cancelled on request in every earlier state too."""
    if work.state == ClusterState.TERMINATING:
        return
    for step in work.steps_in({StepState.PENDING}):
        if step.spec.cancel is not None:
            work.move_step(step, StepState.CANCELLED)
    master = work.master
    if not work.ready or master is None:
        return
    for step in work.steps_in(UNDER_WAY):
        if (where := _where(work, master, step)) is None:
            _fail(work, step, Failure(INTERRUPTED, LOST_PRIMARY, step_log_place(work.cluster, step, "stderr")))
        else:
            _follow(work, where, step)
    if work.ready and applications_are_up(work):
        _start_pending(work, master)
    if work.ready:
        _report_activity(work)


def _where(work: Pass, master: Instance, step: Step) -> Instance | None:
    """The primary on which a step runs. None: it was lost."""
    if not step.status.instance:
        return master
    return next((each for each in work.masters() if each.id == step.status.instance), None)


def _follow(work: Pass, master: Instance, step: Step) -> None:
    runs = work.runs(master)
    if runs is None:
        return
    report = runs.get(step_name(step))
    if report is None:
        # The step was saved as running, but the controller ended before it acted. An instance starts a run only once.
        if applications_are_up(work):
            work.emit(StartRun(master.id, step_run(step)))
    elif report.over:
        if step.status.state != StepState.CANCEL_PENDING or _reaped(work, master, step, runs):
            _finish(work, step, report)
    elif step.spec.cancel is not None:
        work.move_step(step, StepState.CANCEL_PENDING)
        work.emit(StopRun(master.id, step_name(step), SIGNALS[step.spec.cancel]))


def _reaped(work: Pass, master: Instance, step: Step, runs: Mapping[str, RunReport]) -> bool:
    """Whether all processes and YARN applications of a cancelled step have ended. Starts the run that ends them."""
    report = runs.get(reap_name(step))
    if report is None:
        work.emit(StartRun(master.id, reap_run(step)))
    return report is not None and report.over


def _finish(work: Pass, step: Step, report: RunReport) -> None:
    note = report.document
    applications = tuple(map(str, note.get("applications", ())))
    if report.succeeded:
        work.move_step(step, StepState.COMPLETED, applications=applications)
    elif step.status.state == StepState.CANCEL_PENDING:
        work.move_step(step, StepState.CANCELLED, applications=applications)
    else:
        _fail(work, step, _failure(work, step, report, note), applications)


def _fail(work: Pass, step: Step, failure: Failure, applications: tuple[str, ...] = ()) -> None:
    work.move_step(step, StepState.FAILED, failure, applications)
    _act_on_failure(work, step)


def _failure(work: Pass, step: Step, report: RunReport, note: Mapping[str, Any]) -> Failure:
    def log(name: str) -> str:
        return step_log_place(work.cluster, step, name)

    if report.state == LOST:
        return Failure(INTERRUPTED, "The master instance stopped while the step ran.", log("stderr"))
    if {"reason", "message", "log"} <= note.keys():
        name = str(note["log"])
        place = log_place(work.cluster, f"{name}.gz") if "/" in name else log(name)
        failure = Failure(str(note["reason"]), with_scale(work, str(note["message"])), place)
    else:
        failure = Failure("Unknown Error.", f"The step ended with exit code {report.code}.", log("stderr"))
    if cause := shortage_since(work, report.started):
        return replace(failure, reason=OUT_OF_MEMORY, message=f"{cause} {failure.message}")
    return failure


def _act_on_failure(work: Pass, step: Step) -> None:
    """The table of emr-behaviour §4.3. With more than one step at once the action has no effect."""
    action = step.spec.action_on_failure
    spec = work.cluster.spec
    if action == "CONTINUE" or spec.step_concurrency > 1:
        return
    for pending in work.steps_in({StepState.PENDING}):
        work.move_step(pending, StepState.CANCELLED)
    if action != "CANCEL_AND_WAIT" and not (spec.keep_alive and spec.termination_protected):
        work.end_cluster(*SHUT_DOWN_BY_STEP)


def _start_pending(work: Pass, master: Instance) -> None:
    free = work.cluster.spec.step_concurrency - len(work.steps_in(UNDER_WAY))
    for step in work.steps_in({StepState.PENDING})[: max(free, 0)]:
        work.move_step(step, StepState.RUNNING, instance=master.id)
        work.emit(StartRun(master.id, step_run(step)))


def _report_activity(work: Pass) -> None:
    if work.steps_in(ACTIVE_STEPS):
        if work.state != ClusterState.RUNNING:
            work.move_cluster(ClusterState.RUNNING, Reason("", "Running step"))
    elif work.state != ClusterState.WAITING:
        earlier = [work.past.last_step] if work.past.last_step else []
        ended = max((*earlier, *work.steps.values()), key=_order_of_ends, default=None)
        how = (
            f"Cluster ready after last step {ENDINGS[ended.status.state]}." if ended else "Cluster ready to run steps."
        )
        work.move_cluster(ClusterState.WAITING, Reason("", how))


def _order_of_ends(step: Step) -> tuple[float, bool, int]:
    """By the time of the end. A failed step comes after those behind it, which it cancelled at the same time."""
    return step.status.ended or 0.0, step.status.started is not None, step.number
