"""Daemons of this node by the names of EMR's systemd units, from the supervisor's folders (docs/node-contract.md).

A daemon's runs are NAME.1, NAME.2 … or, after reconfigurations, NAME-v3.1 …; the controller starts the next one when
one ended.
"""

from __future__ import annotations

import os
import re

ROOT = "/var/lib/localemr"
RUN = re.compile(r"(?P<unit>.+?)(?:-v(?P<version>\d+))?\.(?P<number>\d+)")


class Units:
    """The daemons below a supervisor's folder."""

    def __init__(self, root: str = ROOT) -> None:
        self._state, self._stop = os.path.join(root, "state"), os.path.join(root, "stop")

    def all(self) -> dict[str, str | None]:
        """The last run of each daemon that was ever started, by unit; None where it has ended."""
        last: dict[str, tuple[int, int, str]] = {}
        for name in os.listdir(self._state):
            if found := RUN.fullmatch(name):
                key = (int(found["version"] or 0), int(found["number"]), name)
                last[found["unit"]] = max(last.get(found["unit"], key), key)
        return {unit: None if self.ended(run) else run for unit, (_, _, run) in sorted(last.items())}

    def ended(self, run: str) -> bool:
        """Whether a run is over."""
        return os.path.exists(os.path.join(self._state, run, "exit"))

    def stop(self, run: str) -> None:
        """Have the supervisor end a run. Raises PermissionError for others than root."""
        with open(os.path.join(self._stop, run), "w", encoding="utf-8") as file:
            file.write("TERM")
