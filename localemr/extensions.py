"""What other packages add to LocalEMR, by entry points."""

from __future__ import annotations

from functools import cache
from importlib.metadata import entry_points
from typing import Any


def added(group: str) -> list[Any]:
    """The objects that the packages' entry points of a group name."""
    return [entry.load() for entry in _entry_points().select(group=group)]


@cache
def _entry_points() -> Any:
    """Those of all groups. Python reads the metadata of all packages for each question: 8 ms of a start."""
    return entry_points()
