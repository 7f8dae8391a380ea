"""What the controller and processes on the node write for process 1 besides runs (docs/node-contract.md)."""

from __future__ import annotations

import contextlib
import json
import math
import os
import re
import stat
import sys

from localemr_node import hosts
from localemr_node.files import read_text
from localemr_node.supervisor import now

TYPE_CHECKING = False
if TYPE_CHECKING:
    from localemr_node.journal import Journal

NAME = re.compile(r"[A-Za-z0-9._-]{1,128}")
MOST_NAMES = 50
"""Measurements of processes that a node reports, beside the supervisor's own."""


class Inbox:
    """The files `again` and `hosts`, and the folder `measure`."""

    def __init__(self, root: str, journal: Journal, booted: float, hosts_file: str = hosts.HOSTS) -> None:
        self.root = root
        self.measure_dir = os.path.join(root, "measure")
        self._journal = journal
        self._booted = booted
        self._hosts_file = hosts_file
        self._measured: set[str] = set()
        self.due = False
        """Whether /etc/hosts could not be written; `on_file("hosts")` must be called again."""
        os.makedirs(self.measure_dir, exist_ok=True)
        with contextlib.suppress(OSError):  # it is not ours when a test runs this
            os.chmod(self.measure_dir, 0o1777)  # every user may measure

    def scan(self) -> None:
        """Look at every file: at boot, and when the kernel dropped notices."""
        for name in ("again", "hosts"):
            self.on_file(name)
        for name in sorted(os.listdir(self.measure_dir)):
            self.on_measure(name)

    def on_file(self, name: str) -> None:
        """Answer a request for entries, or write the hosts; other files are ignored."""
        if name not in ("again", "hosts"):
            return
        text = read_text(os.path.join(self.root, name))
        if text is None:
            return
        if name == "hosts":
            self._update_hosts(text)
        elif text.strip().isdecimal():
            self._journal.repeat_all(int(text), self._booted)

    def _update_hosts(self, text: str) -> None:
        try:
            hosts.update(text, self._hosts_file)
            self.due = False
        except OSError as error:
            sys.stderr.write(f"localemr: {self._hosts_file} cannot be written: {error}\n")
            self.due = True

    def on_measure(self, name: str) -> None:
        """Report a measurement, and remove its file."""
        path = os.path.join(self.measure_dir, name)
        if not NAME.fullmatch(name) or not _is_file(path):
            return
        value = _number(read_text(path, 64) or "")
        with contextlib.suppress(OSError):
            os.unlink(path)
        if value is None:
            sys.stderr.write(f"localemr: measurement {name} ignored: its value is not a number\n")
        elif len(self._measured | {name}) > MOST_NAMES:
            sys.stderr.write(f"localemr: measurement {name} ignored: there are {MOST_NAMES} others\n")
        else:
            try:
                self._journal.measure(name, value, now())
                self._measured.add(name)
            except OSError as error:
                sys.stderr.write(f"localemr: measurement {name} ignored: {error}\n")


def _is_file(path: str) -> bool:
    """Whether it is a regular file, not a link to one: every user may make files there."""
    try:
        return stat.S_ISREG(os.lstat(path).st_mode)
    except OSError:
        return False


def _number(text: str) -> float | None:
    try:
        value = json.loads(text)
    except ValueError:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value if math.isfinite(value) else None
