"""Notebook executions of a cluster: resources whose documents have a spec and a status. Operations write the document,
the reconciler its status."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from pydantic import TypeAdapter

from localemr.domain.model.executions import KIND, Execution, ExecutionSpec, ExecutionStatus
from localemr.domain.model.states import ENDED, ExecutionState
from localemr.store.rows import dump

_ACTIVE = ", ".join(f"'{state}'" for state in ExecutionState if state not in ENDED)
_SPEC, _STATUS = TypeAdapter(ExecutionSpec), TypeAdapter(ExecutionStatus)


def active(db: sqlite3.Connection, cluster_id: str) -> tuple[Execution, ...]:
    """The cluster's executions that have not ended, oldest first."""
    query = f"""SELECT id, created, document FROM resources WHERE kind='{KIND}'
        AND json_extract(document, '$.spec.cluster_id')=? AND json_extract(document, '$.status.state') IN ({_ACTIVE})"""
    found = (read(id_, created, json.loads(text)) for id_, created, text in db.execute(query, (cluster_id,)))
    return tuple(sorted(found, key=lambda each: (each.created, each.id)))


def read(execution_id: str, created: float, document: Any) -> Execution:
    """The execution of a document."""
    spec, status = _SPEC.validate_python(document["spec"]), _STATUS.validate_python(document["status"])
    return Execution(execution_id, created, spec, status)


def members(spec: ExecutionSpec, status: ExecutionStatus) -> dict[str, Any]:
    """What a document has of an execution."""
    return {"spec": json.loads(dump(spec)), "status": json.loads(dump(status))}


def update(db: sqlite3.Connection, before: Iterable[Execution], after: Iterable[Execution]) -> None:
    """Store changed statuses."""
    old = {each.id: each.status for each in before}
    query = f"UPDATE resources SET document=json_set(document, '$.status', json(?)) WHERE kind='{KIND}' AND id=?"
    for each in after:
        if each.status != old.get(each.id):
            db.execute(query, (dump(each.status), each.id))
