"""The runs that instances were requested to start. A second request would have no effect, at the same cost as the
first.

A pass often comes before an instance has reported a run, and decides to start it once more.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable

from localemr.domain.model.instructions import CreateInstance, Instruction, StartRun


class RequestedRuns:
    """Remembers, by cluster and instance, the runs whose files were written. Other files may be written again."""

    def __init__(self) -> None:
        self._runs: dict[str, dict[str, set[str]]] = {}

    def forget(self, cluster_id: str) -> None:
        """Drop a removed cluster."""
        self._runs.pop(cluster_id, None)

    def drop(self, cluster_id: str, instance_id: str, names: Collection[str]) -> None:
        """Drop runs that are over: they are not requested again."""
        self._runs.get(cluster_id, {}).get(instance_id, set()).difference_update(names)

    def without_requested(self, cluster_id: str, instructions: Iterable[Instruction]) -> list[Instruction]:
        """The instructions except those for runs that were requested before. Runs of an instance that is being created
        are all new."""
        requested = list(instructions)
        runs, made = self._runs.get(cluster_id, {}), _made(requested)
        return [
            each
            for each in requested
            if not isinstance(each, StartRun)
            or each.instance_id in made
            or each.run.name not in runs.get(each.instance_id, ())
        ]

    def note(self, cluster_id: str, carried_out: Iterable[Instruction]) -> None:
        """Note instructions that were carried out."""
        done = list(carried_out)
        runs = self._runs.setdefault(cluster_id, {})
        for made in _made(done):
            runs.pop(made, None)
        for each in done:
            if isinstance(each, StartRun):
                runs.setdefault(each.instance_id, set()).add(each.run.name)


def _made(instructions: Iterable[Instruction]) -> set[str]:
    return {each.instance_id for each in instructions if isinstance(each, CreateInstance)}
