"""Which runs instances were asked to start: asking again would change nothing, and costs as much as the first time.

A pass often comes before an instance has told of a run, and decides for it once more.
"""

from __future__ import annotations

from collections.abc import Iterable

from localemr.domain.model.instructions import CreateInstance, Instruction, StartRun


class Asked:
    """Remembers, by cluster, the runs whose files were written. Whoever does not remember just writes them again."""

    def __init__(self) -> None:
        self._runs: dict[str, set[tuple[str, str]]] = {}

    def forget(self, cluster_id: str) -> None:
        """The cluster is gone."""
        self._runs.pop(cluster_id, None)

    def left(self, cluster_id: str, instructions: Iterable[Instruction]) -> list[Instruction]:
        """The instructions without runs that were asked for. An instance that is to be made has been asked for none."""
        wanted = list(instructions)
        runs, made = self._runs.get(cluster_id, set()), _made(wanted)
        return [
            each
            for each in wanted
            if not isinstance(each, StartRun)
            or each.instance_id in made
            or (each.instance_id, each.run.name) not in runs
        ]

    def note(self, cluster_id: str, carried_out: Iterable[Instruction]) -> None:
        """These were carried out."""
        done = list(carried_out)
        made = _made(done)
        known = {run for run in self._runs.get(cluster_id, set()) if run[0] not in made}
        new = {(each.instance_id, each.run.name) for each in done if isinstance(each, StartRun)}
        self._runs[cluster_id] = known | new


def _made(instructions: Iterable[Instruction]) -> set[str]:
    return {each.instance_id for each in instructions if isinstance(each, CreateInstance)}
