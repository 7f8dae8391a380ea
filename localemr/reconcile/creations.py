"""Creations of instances that were carried out. Repeating one at once has no effect, and costs the instance's files
once more; repeated later, it finds out why the instance does not run yet."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from localemr.domain.model.instructions import CreateInstance, Instruction

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 30.0
"""Seconds between two of an instance; doubled with each."""
Work = Mapping[str, Sequence[Instruction]]
"""Instructions by their subjects."""


@dataclass(frozen=True)
class _Made:
    instructions: Sequence[Instruction]
    again: float
    pause: float


class Creations:
    """Remembers, by cluster and instance, what was carried out, for as long as the rules request it."""

    def __init__(self) -> None:
        self._made: dict[str, dict[str, _Made]] = {}

    def forget(self, cluster_id: str) -> None:
        """Drop a removed cluster."""
        self._made.pop(cluster_id, None)

    def due(self, cluster_id: str, work: Work, listed: Collection[str], now: float) -> tuple[Work, float | None]:
        """The work that is to be carried out now, and when the rest of it is (None: there is none). `listed` are the
        instances that exist."""
        made = self._made[cluster_id] = {
            name: each for name, each in self._made.get(cluster_id, {}).items() if name in work
        }
        waiting = {
            name: each.again
            for name, each in made.items()
            if name in listed and each.again > now and each.instructions == work[name]
        }
        return {name: each for name, each in work.items() if name not in waiting}, min(waiting.values(), default=None)

    def note(self, cluster_id: str, name: str, done: Sequence[Instruction], now: float) -> None:
        """Note instructions for one subject that were carried out."""
        if any(isinstance(each, CreateInstance) for each in done):
            made = self._made.setdefault(cluster_id, {})
            before = made.get(name)
            pause = min(before.pause * 2, LONGEST_PAUSE) if before else FIRST_PAUSE
            made[name] = _Made(done, now + pause, pause)
