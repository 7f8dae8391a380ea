"""Processes of this node that the kernel ended because memory ran out, counted by its control group.

Work is ended before daemons: its processes have a higher score for the kernel's choice, and of equal ones the largest
is ended (docs/adr/0010-memory-of-the-host.md).
"""

from __future__ import annotations

import os

from localemr_node.files import read_text

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = "/sys/fs/cgroup"
WORK = 800
"""The score of work (oom_score_adj, from -1000 to 1000; daemons have 0). images/node/layout.sh has it too."""
HOST, INSTANCE = "memory-host", "memory-instance"
"""Measurements: processes ended since the boot because all instances, or the whole host, or this instance alone, had no
memory left. localemr/domain/model/shortage.py has the names too."""
FULL = 0.99
"""Version 1 of control groups does not count how often a limit was met: it was when the group came so near to it."""


class Shortage:
    """The counts of the control group, version 1 or 2, that is mounted at `root`."""

    def __init__(self, root: str = ROOT) -> None:
        self._two = os.path.join(root, "memory.events")
        self._one = os.path.join(root, "memory")
        self._is_two = os.path.exists(self._two)
        self._killed = self._own = 0
        self._counts = {HOST: 0, INSTANCE: 0}

    def news(self) -> Iterator[tuple[str, int]]:
        """The measurements that changed since the last call, with their values."""
        killed, own = self._look()
        if killed > self._killed:
            name = INSTANCE if own > self._own else HOST
            self._counts[name] += killed - self._killed
            yield name, self._counts[name]
        self._killed, self._own = killed, own

    def _look(self) -> tuple[int, int]:
        """How many processes were ended so far, and a number that grows when the group's own limit was the reason."""
        if self._is_two:
            counts = _fields(self._two)
            return counts.get("oom_kill", 0), counts.get("oom", 0)
        killed = _fields(os.path.join(self._one, "memory.oom_control")).get("oom_kill", 0)
        if killed == self._killed:
            return killed, self._own
        limit = _number(os.path.join(self._one, "memory.limit_in_bytes"))
        most = _number(os.path.join(self._one, "memory.max_usage_in_bytes"))
        return killed, self._own + int(most >= FULL * limit)


def _fields(path: str) -> dict[str, int]:
    """Lines of a name and a number."""
    pairs = (line.split() for line in (read_text(path) or "").splitlines())
    return {pair[0]: int(pair[1]) for pair in pairs if len(pair) == 2 and pair[1].isdecimal()}


def _number(path: str) -> int:
    text = (read_text(path) or "").strip()
    return int(text) if text.isdecimal() else 0


def mark_as_work() -> None:
    """Have the kernel end this process, and those that it starts, before daemons. It stays as it is where /proc forbids
    it."""
    try:
        with open("/proc/self/oom_score_adj", "w") as file:
            file.write(str(WORK))
    except OSError:
        return
