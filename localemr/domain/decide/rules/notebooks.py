"""Rule: executions of notebooks run on the master, beside its steps, all at once.

Sources: EMR's API reference, NotebookExecution. An execution does not keep its cluster; what it runs on YARN does.
"""

from __future__ import annotations

from localemr.domain.decide.passes import Pass
from localemr.domain.decide.rules.readiness import applications_are_up
from localemr.domain.model.executions import Execution
from localemr.domain.model.instructions import StartRun, StopRun
from localemr.domain.model.observed import LOST, RunReport
from localemr.domain.model.records import Instance
from localemr.domain.model.states import ENDED, ExecutionState
from localemr.domain.node.runs import notebook_name, notebook_run

STOPPED = "Execution was stopped by the user."
TERMINATED = "The cluster was terminated before the execution had ended."
LOST_REASON = "The master instance stopped while the execution ran."


def notebooks(work: Pass) -> None:
    """Apply in every state: executions start in RUNNING and WAITING, and end with the cluster."""
    for execution in [each for each in work.executions.values() if each.status.state not in ENDED]:
        if work.over:
            _end_with_cluster(work, execution)
        elif execution.spec.stopped and execution.status.state == ExecutionState.START_PENDING:
            work.move_execution(execution, ExecutionState.STOPPED, STOPPED)
        elif work.ready and work.master is not None:
            _follow(work, work.master, execution)


def _end_with_cluster(work: Pass, execution: Execution) -> None:
    if execution.status.state == ExecutionState.STOPPING:
        work.move_execution(execution, ExecutionState.STOPPED, STOPPED)
    else:
        work.move_execution(execution, ExecutionState.FAILED, TERMINATED)


def _follow(work: Pass, master: Instance, execution: Execution) -> None:
    runs = work.runs(master)
    if runs is None:
        return
    report = runs.get(notebook_name(execution))
    if report is None:
        # Also one that was saved as starting when the controller ended. An instance starts a run only once.
        _start(work, master, execution)
    elif report.over:
        _finish(work, execution, report)
    elif execution.spec.stopped:
        if execution.status.state != ExecutionState.STOPPING:
            work.move_execution(execution, ExecutionState.STOPPING, "Execution is being stopped.")
            work.emit(StopRun(master.id, notebook_name(execution)))
    elif execution.status.state == ExecutionState.STARTING:
        work.move_execution(execution, ExecutionState.RUNNING, "Execution is running.")


def _start(work: Pass, master: Instance, execution: Execution) -> None:
    command = next((each.notebooks for each in work.applications() if each.notebooks), "")
    if not command or not applications_are_up(work):
        return
    if execution.status.state == ExecutionState.START_PENDING:
        work.move_execution(execution, ExecutionState.STARTING, "Execution is starting.")
    work.emit(StartRun(master.id, notebook_run(execution, command)))


def _finish(work: Pass, execution: Execution, report: RunReport) -> None:
    note = report.document
    written = bool(note.get("written", report.succeeded))
    if report.succeeded:
        work.move_execution(execution, ExecutionState.FINISHED, "Execution is finished.", written)
    elif execution.status.state == ExecutionState.STOPPING:
        work.move_execution(execution, ExecutionState.STOPPED, STOPPED, written)
    elif report.state == LOST:
        work.move_execution(execution, ExecutionState.FAILED, LOST_REASON)
    else:
        message = str(note.get("message") or f"The execution ended with exit code {report.code}.")
        work.move_execution(execution, ExecutionState.FAILED, message, written)
