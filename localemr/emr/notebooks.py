"""Notebook executions: stored, with simulated states. No notebook is run.

An execution's state is computed from the times of its start and stop and the current time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from localemr.domain.accept.documents import json_object
from localemr.domain.accept.tags import read_tags
from localemr.domain.model import ids
from localemr.domain.model.errors import InvalidRequestException
from localemr.domain.model.names import emr_arn
from localemr.emr.lookup import by_key, by_ready_cluster_id, check_id
from localemr.emr.paging import newest_first
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.emr.views import tag_list
from localemr.store import Resource

KIND = "notebook-execution"
STARTING_SECONDS, RUNNING_SECONDS, STOPPING_SECONDS = 5.0, 10.0, 5.0
LISTED_SECONDS = 30 * 24 * 3600.0
"""Default age limit of ListNotebookExecutions (source: the service model)."""


@dataclass(frozen=True)
class Progress:
    """An execution's state; `ended` is None until it has ended."""

    state: str
    reason: str
    ended: float | None = None


def progress(started: float, stopped: float | None, now: float) -> Progress:
    """The state of an execution with these times of start and stop request (None: not requested)."""
    if stopped is not None:
        end = stopped + STOPPING_SECONDS
        return Progress("STOPPED", "Execution was stopped by the user.", end) if now >= end else _STOPPING
    running = started + STARTING_SECONDS
    end = running + RUNNING_SECONDS
    if now >= end:
        return Progress("FINISHED", "Execution is finished; LocalEMR runs no notebooks and wrote no output.", end)
    return _RUNNING if now >= running else _STARTING


_STARTING = Progress("STARTING", "Execution is starting.")
_RUNNING = Progress("RUNNING", "Execution is running.")
_STOPPING = Progress("STOPPING", "Execution is being stopped.")


@operation("StartNotebookExecution", Effect.AWS_ONLY)
def start_notebook_execution(context: Context, request: Request) -> Response:
    """Store a new execution on a cluster that is RUNNING or WAITING.

    **No notebook is run and no output written**: 5 seconds STARTING, 10 seconds RUNNING, then FINISHED. Any well-formed
    `EditorId` is accepted.
    """
    _check(request)
    by_ready_cluster_id(context, request["ExecutionEngine"]["Id"])
    execution_id = ids.new_notebook_execution_id()
    document = {
        **request,
        "ExecutionEngine": {"Type": "EMR", **request["ExecutionEngine"]},
        "Tags": read_tags(request.get("Tags", ()), InvalidRequestException),
        "Arn": emr_arn("notebook-execution", execution_id, context.region, context.account),
        "Stopped": None,
    }
    context.store.resources.put(KIND, Resource(execution_id, context.now(), document))
    return {"NotebookExecutionId": execution_id}


@operation("DescribeNotebookExecution", Effect.AWS_ONLY)
def describe_notebook_execution(context: Context, request: Request) -> Response:
    """An execution in full.

    Without `OutputNotebookURI`; `LastStateChangeReason` reports that no notebook was run.
    """
    execution = by_execution_id(context, request["NotebookExecutionId"])
    return {"NotebookExecution": _view(execution, context.now())}


@operation("ListNotebookExecutions", Effect.AWS_ONLY)
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
        if since <= each.created <= until and _matches(_view(each, now), filters)
    ]
    shown, marker = newest_first("ListNotebookExecutions", found, request.get("Marker"))
    return {"NotebookExecutions": [_view(each, now) for each in shown], "Marker": marker}


@operation("StopNotebookExecution", Effect.AWS_ONLY)
def stop_notebook_execution(context: Context, request: Request) -> Response:
    """5 seconds STOPPING, then STOPPED. A repeated call has no effect.

    Refused for an execution that has ended.
    """
    execution = by_execution_id(context, request["NotebookExecutionId"])
    now = context.now()
    where = progress(execution.created, execution.document["Stopped"], now)
    if where.ended is not None:
        raise InvalidRequestException(f"Notebook execution '{execution.id}' has already ended; it is {where.state}.")
    if execution.document["Stopped"] is None:
        context.store.resources.put(KIND, replace(execution, document={**execution.document, "Stopped": now}))
    return None


def by_execution_id(context: Context, execution_id: str) -> Resource:
    """The execution. Raises ValidationException for a malformed id, InvalidRequestException for an unknown one."""
    check_id(ids.NOTEBOOK_EXECUTION, "notebookExecutionId", execution_id)
    return by_key(context, KIND, execution_id, f"Notebook execution '{execution_id}' does not exist.")


def _view(execution: Resource, now: float) -> dict[str, Any]:
    """A NotebookExecution; lists return the members that the model has for them."""
    document = execution.document
    where = progress(execution.created, document["Stopped"], now)
    return {
        **document,
        "NotebookExecutionId": execution.id,
        "ExecutionEngineId": document["ExecutionEngine"]["Id"],
        "Status": where.state,
        "LastStateChangeReason": where.reason,
        "StartTime": execution.created,
        "EndTime": where.ended,
        "Tags": tag_list(document["Tags"]),
    }


def _matches(view: Mapping[str, Any], filters: Mapping[str, str]) -> bool:
    return all(view.get(name) == value for name, value in filters.items())


def _check(request: Request) -> None:
    """Raise InvalidRequestException for a request that does not name one notebook, or has unreadable parameters."""
    editor, location = request.get("EditorId"), request.get("NotebookS3Location")
    if (editor is None) == (location is None):
        raise InvalidRequestException("Exactly one of EditorId and NotebookS3Location must be specified.")
    if editor is not None:
        check_id(ids.EDITOR, "editorId", editor)
        if not request.get("RelativePath"):
            raise InvalidRequestException("RelativePath must be specified with EditorId.")
    for name in ("NotebookS3Location", "OutputNotebookS3Location"):
        if name in request and not (request[name].get("Bucket") and request[name].get("Key")):
            raise InvalidRequestException(f"{name} must have a Bucket and a Key.")
    if not request["ServiceRole"].strip():
        raise InvalidRequestException("ServiceRole must not be empty.")
    if "NotebookParams" in request and json_object(request["NotebookParams"]) is None:
        raise InvalidRequestException("NotebookParams must be a valid JSON object.")
