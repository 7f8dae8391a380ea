"""Notebook executions: accepted and stored; the reconciler has a cluster's master carry them out
(domain/decide/rules/notebooks.py)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localemr.domain.accept.executions import accept_execution
from localemr.domain.accept.tags import read_tags
from localemr.domain.model import ids
from localemr.domain.model.dependencies import installed
from localemr.domain.model.errors import InvalidRequestException
from localemr.domain.model.executions import KIND, Execution, ExecutionStatus
from localemr.domain.model.names import emr_arn
from localemr.domain.model.records import Cluster
from localemr.domain.model.states import ENDED, ExecutionState
from localemr.emr.lookup import by_key, by_ready_cluster_id, check_id
from localemr.emr.paging import newest_first
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.emr.views import tag_list
from localemr.store import Resource, executions

__all__ = ["KIND", "by_execution_id"]
LISTED_SECONDS = 30 * 24 * 3600.0
"""Default age limit of ListNotebookExecutions (source: the service model)."""
STOPPABLE = frozenset({ExecutionState.START_PENDING, ExecutionState.STARTING, ExecutionState.RUNNING})
"""States in which a requested stop is pending."""
EARLIER = "Execution is finished; the LocalEMR of that time ran no notebooks and wrote no output."


@operation("StartNotebookExecution", Effect.REAL)
def start_notebook_execution(context: Context, request: Request) -> Response:
    """Execute a notebook on the master of a cluster that is RUNNING or WAITING, with kernels on the cluster.

    The cluster needs JupyterEnterpriseGateway. The files of an editor are in
    `s3://aws-emr-resources-<account>-<region>/notebooks/<EditorId>/`; any well-formed `EditorId` is accepted.
    See [notebooks](notebooks.md).
    """
    execution_id = ids.new_notebook_execution_id()
    spec = accept_execution(request, execution_id, context.region, context.account)
    cluster = by_ready_cluster_id(context, spec.cluster_id)
    _check_application(context, cluster)
    document = {
        **request,
        "ExecutionEngine": {"Type": "EMR", **request["ExecutionEngine"]},
        "Tags": read_tags(request.get("Tags", ()), InvalidRequestException),
        "Arn": emr_arn("notebook-execution", execution_id, context.region, context.account),
        **executions.members(spec, ExecutionStatus()),
    }
    context.store.resources.put(KIND, Resource(execution_id, context.now(), document))
    context.wake(cluster.id)
    return {"NotebookExecutionId": execution_id}


@operation("DescribeNotebookExecution", Effect.REAL)
def describe_notebook_execution(context: Context, request: Request) -> Response:
    """An execution in full.

    `OutputNotebookURI` once the output is on S3. `LastStateChangeReason` of a failed one has the error of the cell.
    """
    return {"NotebookExecution": _view(by_execution_id(context, request["NotebookExecutionId"]))}


@operation("ListNotebookExecutions", Effect.REAL)
def list_notebook_executions(context: Context, request: Request) -> Response:
    """Summaries of executions, newest first, 50 a page, by editor, cluster, status and time.

    Both times are inclusive; the default is the last 30 days.
    """
    now = context.now()
    since, until = request.get("From", now - LISTED_SECONDS), request.get("To", now)
    if "From" in request and "To" in request and since > until:
        raise InvalidRequestException("From must not be later than To.")
    filters = {name: request[name] for name in ("EditorId", "Status", "ExecutionEngineId") if name in request}
    found = [
        each
        for each in context.store.resources.all(KIND)
        if since <= each.created <= until and _matches(_view(each), filters)
    ]
    shown, marker = newest_first("ListNotebookExecutions", found, request.get("Marker"))
    return {"NotebookExecutions": [_view(each) for each in shown], "Marker": marker}


@operation("StopNotebookExecution", Effect.REAL)
def stop_notebook_execution(context: Context, request: Request) -> Response:
    """End an execution and its kernel. A repeated call has no effect.

    Refused for an execution that has ended.
    """
    resource = by_execution_id(context, request["NotebookExecutionId"])
    execution = _execution(resource)
    if execution is None or execution.status.state in ENDED:
        state = _view(resource)["Status"]
        raise InvalidRequestException(f"Notebook execution '{resource.id}' has already ended; it is {state}.")
    if not execution.spec.stopped:
        changed = executions.members(replace(execution.spec, stopped=True), execution.status)
        context.store.resources.put(KIND, replace(resource, document={**resource.document, **changed}))
        context.wake(execution.spec.cluster_id)
    return None


def by_execution_id(context: Context, execution_id: str) -> Resource:
    """The execution. Raises ValidationException for a malformed id, InvalidRequestException for an unknown one."""
    check_id(ids.NOTEBOOK_EXECUTION, "notebookExecutionId", execution_id)
    return by_key(context, KIND, execution_id, f"Notebook execution '{execution_id}' does not exist.")


def _check_application(context: Context, cluster: Cluster) -> None:
    """Raise InvalidRequestException for a cluster without an application that executes notebooks."""
    known = context.catalog.applications
    if not any(each.notebooks for each in installed(cluster.spec.installs, known)):
        names = " or ".join(each.name for each in known.values() if each.notebooks)
        raise InvalidRequestException(f"Cluster '{cluster.id}' does not have {names} installed.")


def _execution(resource: Resource) -> Execution | None:
    """The execution of a resource. None for one of a LocalEMR that ran no notebooks."""
    if "status" not in resource.document:
        return None
    return executions.read(resource.id, resource.created, resource.document)


def _view(resource: Resource) -> dict[str, Any]:
    """A NotebookExecution; lists return the members that the model has for them."""
    document = resource.document
    common = {
        **document,
        "NotebookExecutionId": resource.id,
        "ExecutionEngineId": document["ExecutionEngine"]["Id"],
        "StartTime": resource.created,
        "Tags": tag_list(document["Tags"]),
    }
    execution = _execution(resource)
    if execution is None:
        return {**common, "Status": "FINISHED", "LastStateChangeReason": EARLIER, "EndTime": resource.created}
    spec, status = execution.spec, execution.status
    pending = spec.stopped and status.state in STOPPABLE
    return {
        **common,
        "Status": "STOP_PENDING" if pending else str(status.state),
        "LastStateChangeReason": "Execution stop is pending." if pending else status.reason,
        "EndTime": status.ended,
        "OutputNotebookURI": spec.output if status.written else None,
    }


def _matches(view: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
    return all(view.get(name) == value for name, value in filters.items())
