"""The records of notebook executions. As all records (records.py) they are frozen and plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from localemr.domain.model.states import ExecutionState

KIND = "notebook-execution"
"""What they are called in ARNs, and among the resources of the store."""


@dataclass(frozen=True)
class ExecutionSpec:
    """A requested execution of a notebook. `source` and `output` are objects on S3, `parameters` is the text of a JSON
    object (empty: none), `html` is whether the output is a page instead of a notebook. `stopped` is set by
    StopNotebookExecution."""

    cluster_id: str
    source: str
    output: str
    parameters: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    html: bool = False
    stopped: bool = False


@dataclass(frozen=True)
class ExecutionStatus:
    """The state of an execution. `reason` is LastStateChangeReason, `written` whether the output is on S3."""

    state: ExecutionState = ExecutionState.START_PENDING
    reason: str = "Execution start is pending."
    ended: float | None = None
    written: bool = False


@dataclass(frozen=True)
class Execution:
    """An execution of a notebook on a cluster."""

    id: str
    created: float
    spec: ExecutionSpec
    status: ExecutionStatus
