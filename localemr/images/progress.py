"""The progress of a build in one sentence, which does not change with each line of its output."""

from __future__ import annotations

from collections.abc import Iterable

from localemr.images.build import BUILT


class Progress:
    """What is reported of the build of an image with what it needs (build.Report)."""

    def __init__(self, subject: str) -> None:
        self._subject = subject
        self._names: frozenset[str] = frozenset()
        self._built: set[str] = set()
        self._steps: dict[str, tuple[int, int]] = {}

    def begin(self, names: Iterable[str]) -> None:
        """These images will be built."""
        self._names = frozenset(names)

    def __call__(self, name: str, step: int, total: int, line: str) -> None:
        if line == BUILT:
            self._built.add(name)
            self._steps.pop(name, None)
        else:
            self._steps[name] = (step, total)

    def __str__(self) -> str:
        if not self._names and not self._steps:
            return f"{self._subject}: looking for its parts"
        steps = (f"{name}: step {step} of {total}" if total else name for name, (step, total) in self._steps.items())
        parts = f"{len(self._built)} of {len(self._names)} parts are built" if self._names else ""
        return f"{self._subject}: " + "; ".join(filter(None, (parts, *steps)))
