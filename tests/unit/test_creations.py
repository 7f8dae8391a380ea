"""Creations are repeated with growing pauses while an instance does not run yet."""

from __future__ import annotations

from localemr.domain.model.instructions import CreateInstance, Instruction, Run, StartRun
from localemr.reconcile.creations import Creations

CLUSTER, ONE, OTHER = "j-1", "ci-1", "ci-2"
CREATE: list[Instruction] = [CreateInstance(ONE)]


def due(creations: Creations, now: float, work: list[Instruction] = CREATE, listed: bool = True) -> float | None:
    """When the creation is carried out: None: now."""
    found, again = creations.due(CLUSTER, {ONE: work}, [ONE] if listed else [], now)
    assert (ONE in found) == (again is None)
    return again


def test_one_that_was_carried_out_is_repeated_ever_later() -> None:
    creations, now = Creations(), 0.0
    pauses = list[float]()
    for _ in range(7):
        assert due(creations, now) is None
        creations.note(CLUSTER, ONE, CREATE, now)
        again = due(creations, now)
        assert again is not None
        pauses.append(again - now)
        now = again
    assert pauses == [1, 2, 4, 8, 16, 30, 30]


def test_an_instance_that_is_gone_is_created_at_once() -> None:
    creations = Creations()
    creations.note(CLUSTER, ONE, CREATE, 0.0)
    assert due(creations, 0.1, listed=False) is None


def test_what_is_new_is_carried_out_at_once() -> None:
    creations = Creations()
    creations.note(CLUSTER, ONE, CREATE, 0.0)
    assert due(creations, 0.1, [*CREATE, StartRun(ONE, Run("spot-notice", ("true",)))]) is None


def test_other_instructions_are_not_held_back() -> None:
    creations, work = Creations(), [StartRun(OTHER, Run("a.1", ("true",)))]
    creations.note(CLUSTER, OTHER, work, 0.0)
    creations.note(CLUSTER, ONE, CREATE, 0.0)
    assert creations.due(CLUSTER, {ONE: CREATE, OTHER: work}, [ONE, OTHER], 0.1) == ({OTHER: work}, 1.0)


def test_one_that_is_requested_no_more_is_forgotten() -> None:
    creations = Creations()
    creations.note(CLUSTER, ONE, CREATE, 0.0)
    creations.due(CLUSTER, {}, [ONE], 0.1)
    assert due(creations, 0.2) is None
