"""States of clusters, instance groups, instances, steps and notebook executions, their reasons, and the transitions
between them.

Only this file lists them. Sources: EMR's service model for the names, EMR's management guide for the transitions.
"""

from __future__ import annotations

from collections.abc import Mapping, Set
from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True)
class Reason:
    """A StateChangeReason: EMR's code (may be empty) and a sentence for people."""

    code: str = ""
    message: str = ""


NO_REASON = Reason()


class ClusterState(StrEnum):
    """States of a cluster."""

    STARTING = "STARTING"
    BOOTSTRAPPING = "BOOTSTRAPPING"
    RUNNING = "RUNNING"
    WAITING = "WAITING"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
    TERMINATED_WITH_ERRORS = "TERMINATED_WITH_ERRORS"


class GroupState(StrEnum):
    """States of an instance group."""

    PROVISIONING = "PROVISIONING"
    BOOTSTRAPPING = "BOOTSTRAPPING"
    RUNNING = "RUNNING"
    RECONFIGURING = "RECONFIGURING"
    RESIZING = "RESIZING"
    SUSPENDED = "SUSPENDED"
    TERMINATED = "TERMINATED"


class InstanceState(StrEnum):
    """States of an instance."""

    AWAITING_FULFILLMENT = "AWAITING_FULFILLMENT"
    PROVISIONING = "PROVISIONING"
    BOOTSTRAPPING = "BOOTSTRAPPING"
    RUNNING = "RUNNING"
    TERMINATED = "TERMINATED"


class StepState(StrEnum):
    """States of a step."""

    PENDING = "PENDING"
    CANCEL_PENDING = "CANCEL_PENDING"
    RUNNING = "RUNNING"
    COMPLETED = "COMPLETED"
    CANCELLED = "CANCELLED"
    FAILED = "FAILED"
    INTERRUPTED = "INTERRUPTED"


class ExecutionState(StrEnum):
    """States of a notebook execution. Of EMR's, FINISHING and FAILING do not occur: the output is written before the
    end is known. STOP_PENDING is not stored: it is what a request to stop makes of the first three."""

    START_PENDING = "START_PENDING"
    STARTING = "STARTING"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    STOPPING = "STOPPING"
    STOPPED = "STOPPED"


State = ClusterState | GroupState | InstanceState | StepState | ExecutionState

_C, _G, _I, _S, _E = ClusterState, GroupState, InstanceState, StepState, ExecutionState

# By kind, because members of two enumerations with the same text are equal.
MOVES: Mapping[type[State], Mapping[State, Set[State]]] = {
    _C: {
        _C.STARTING: {_C.BOOTSTRAPPING, _C.TERMINATING},
        _C.BOOTSTRAPPING: {_C.RUNNING, _C.WAITING, _C.TERMINATING},
        _C.RUNNING: {_C.WAITING, _C.TERMINATING},
        _C.WAITING: {_C.RUNNING, _C.TERMINATING},
        _C.TERMINATING: {_C.TERMINATED, _C.TERMINATED_WITH_ERRORS},
        _C.TERMINATED: set(),
        _C.TERMINATED_WITH_ERRORS: set(),
    },
    _G: {
        _G.PROVISIONING: {_G.BOOTSTRAPPING, _G.SUSPENDED, _G.TERMINATED},
        _G.BOOTSTRAPPING: {_G.RUNNING, _G.SUSPENDED, _G.TERMINATED},
        _G.RUNNING: {_G.RECONFIGURING, _G.RESIZING, _G.TERMINATED},
        _G.RECONFIGURING: {_G.RUNNING, _G.SUSPENDED, _G.TERMINATED},
        _G.RESIZING: {_G.RUNNING, _G.SUSPENDED, _G.TERMINATED},
        _G.SUSPENDED: {_G.RECONFIGURING, _G.RESIZING, _G.RUNNING, _G.TERMINATED},
        _G.TERMINATED: set(),
    },
    _I: {
        _I.AWAITING_FULFILLMENT: {_I.PROVISIONING, _I.TERMINATED},
        _I.PROVISIONING: {_I.BOOTSTRAPPING, _I.TERMINATED},
        _I.BOOTSTRAPPING: {_I.RUNNING, _I.TERMINATED},
        _I.RUNNING: {_I.TERMINATED},
        _I.TERMINATED: set(),
    },
    _S: {
        _S.PENDING: {_S.RUNNING, _S.CANCELLED},
        _S.RUNNING: {_S.CANCEL_PENDING, _S.COMPLETED, _S.FAILED, _S.INTERRUPTED, _S.CANCELLED},
        _S.CANCEL_PENDING: {_S.COMPLETED, _S.CANCELLED, _S.FAILED, _S.INTERRUPTED},
        _S.COMPLETED: set(),
        _S.CANCELLED: set(),
        _S.FAILED: set(),
        _S.INTERRUPTED: set(),
    },
    _E: {
        _E.START_PENDING: {_E.STARTING, _E.STOPPED, _E.FAILED},
        _E.STARTING: {_E.RUNNING, _E.FINISHED, _E.FAILED, _E.STOPPING},
        _E.RUNNING: {_E.FINISHED, _E.FAILED, _E.STOPPING},
        _E.STOPPING: {_E.STOPPED, _E.FINISHED, _E.FAILED},
        _E.FINISHED: set(),
        _E.FAILED: set(),
        _E.STOPPED: set(),
    },
}

ENDED: frozenset[State] = frozenset(state for moves in MOVES.values() for state, after in moves.items() if not after)
"""Final states."""

READY = frozenset({ClusterState.RUNNING, ClusterState.WAITING})
"""States in which a cluster runs steps."""

STARTING_UP = frozenset({ClusterState.STARTING, ClusterState.BOOTSTRAPPING})
ACTIVE_STEPS = frozenset({StepState.PENDING, StepState.RUNNING, StepState.CANCEL_PENDING})
UNDER_WAY = frozenset({StepState.RUNNING, StepState.CANCEL_PENDING})

STEPS_COMPLETED = ("ALL_STEPS_COMPLETED", "Steps completed")
STEPS_COMPLETED_WITH_ERRORS = ("STEP_FAILURE", "Steps completed with errors")
SHUT_DOWN_BY_STEP = ("STEP_FAILURE", "Shut down as step failed")
"""Code and message of the ends that steps lead to (emr-behaviour §3.2)."""


def ends_clean(code: str, message: str) -> bool:
    """Whether a cluster that ends for this reason is TERMINATED; otherwise it is TERMINATED_WITH_ERRORS."""
    return code in ("USER_REQUEST", STEPS_COMPLETED[0]) or (code, message) == STEPS_COMPLETED_WITH_ERRORS


def check_move(old: State, new: State) -> None:
    """Raise AssertionError for a transition that EMR does not have. Staying in a state is no transition."""
    if new not in MOVES[type(old)][old]:
        raise AssertionError(f"{type(old).__name__}: {old} does not lead to {new}")
