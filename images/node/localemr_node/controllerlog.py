"""EMR's log `controller` of a step or a bootstrap action."""

from __future__ import annotations

from datetime import UTC, datetime


class ControllerLog:
    """Appends EMR's lines to a file."""

    def __init__(self, path: str) -> None:
        self._path = path

    def write(self, level: str, text: str, details: tuple[str, ...] = ()) -> None:
        """A line with time and level (INFO, WARN, ERROR), and lines that belong to it."""
        lines = [f"{datetime.now(UTC).isoformat(timespec='milliseconds')} {level} {text}"]
        lines += [f"  {detail}" for detail in details]
        with open(self._path, "a", encoding="utf-8") as file:
            file.writelines(f"{line}\n" for line in lines)
