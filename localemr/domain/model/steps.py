"""The records of steps. As all records (records.py) they are frozen and plain."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from localemr.domain.model.states import NO_REASON, Reason, StepState


@dataclass(frozen=True)
class StepSpec:
    """A requested unit of work. `cancel` is None, SEND_INTERRUPT or TERMINATE_PROCESS.

    `log_uri` replaces the cluster's LogUri for its logs, `log_key` is the key that EMR would encrypt them with.
    """

    name: str
    jar: str
    args: tuple[str, ...] = ()
    main_class: str | None = None
    properties: Mapping[str, str] = field(default_factory=dict)
    action_on_failure: str = "TERMINATE_CLUSTER"
    execution_role: str | None = None
    cancel: str | None = None
    log_uri: str | None = None
    log_key: str | None = None


@dataclass(frozen=True)
class Failure:
    """A step's FailureDetails."""

    reason: str = "Unknown Error."
    message: str = ""
    log_file: str = ""


@dataclass(frozen=True)
class StepStatus:
    """The state of a step. `applications` are the ids of its applications on YARN, known once it has ended. `instance`
    is the id of the primary on which it runs or ran (empty: not known, in rows of earlier versions)."""

    state: StepState = StepState.PENDING
    reason: Reason = NO_REASON
    started: float | None = None
    ended: float | None = None
    failure: Failure | None = None
    applications: tuple[str, ...] = ()
    instance: str = ""


@dataclass(frozen=True)
class Step:
    """A step. `number` counts the cluster's steps from 1 in the order of their submission."""

    id: str
    cluster_id: str
    number: int
    created: float
    spec: StepSpec
    status: StepStatus
