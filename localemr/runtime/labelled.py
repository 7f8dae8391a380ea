"""Values with labels, indexed by label."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TypeVar

T = TypeVar("T")


class Labelled(Mapping[str, T]):
    """Values by name, in the order in which they were added. Each has labels."""

    def __init__(self) -> None:
        self._all: dict[str, tuple[Mapping[str, str], T]] = {}
        self._names: dict[tuple[str, str], dict[str, None]] = {}

    def add(self, name: str, labels: Mapping[str, str], value: T) -> None:
        """Add a value under an unused name."""
        self._all[name] = (labels, value)
        for label in labels.items():
            self._names.setdefault(label, {})[name] = None

    def pop(self, name: str) -> T | None:
        """Remove and return the value with this name. None: there is none."""
        if name not in self._all:
            return None
        labels, value = self._all.pop(name)
        for label in labels.items():
            del self._names[label][name]
            if not self._names[label]:
                del self._names[label]
        return value

    def with_labels(self, labels: Mapping[str, str]) -> dict[str, T]:
        """The values with all of these labels."""
        if not labels:
            return dict(self)
        candidates = [self._names.get(label, {}) for label in labels.items()]
        return {name: self[name] for name in min(candidates, key=len) if all(name in each for each in candidates)}

    def __getitem__(self, name: str) -> T:
        return self._all[name][1]

    def __iter__(self) -> Iterator[str]:
        return iter(self._all)

    def __len__(self) -> int:
        return len(self._all)
