"""The numbered journal of a node: what became of its runs, on disk before it is reported (docs/node-contract.md).

The file is longer than its entries: blank lines follow them, which the next entries overwrite. So an entry has its room
when the disk is full, and writing it changes only the content of the file, which makes it durable with one fdatasync.
"""

from __future__ import annotations

import contextlib
import json
import os
import sys

from localemr_node.files import write_at, write_durably

TYPE_CHECKING = False  # as in typing, which takes a megabyte
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    Entry = dict[str, Any]

PADDING = 1 << 16
"""Bytes of blank lines after a compaction; about 500 entries."""
RESERVED = 1000
"""Numbers that are reserved at once for entries that are not stored."""
BOOT = "boot"
"""The key of the entry of a boot. Other keys are `run/<name>` and `measure/<name>`."""


def encode(entry: Entry) -> bytes:
    """An entry as one line."""
    return json.dumps(entry, separators=(",", ":")).encode() + b"\n"


class Journal:
    """The entries that count: this boot's, and the last one of each run and of each measurement.

    `report` is called with complete lines, after they were stored. An entry that cannot be stored is held back, and
    reported once `flush` could store it.
    """

    def __init__(self, path: str, report: Callable[[bytes], None]) -> None:
        """Opens and compacts the file. Raises OSError when there is none and none can be made."""
        self._path = path
        self._report = report
        self._last: dict[str, tuple[int, bytes]] = {}
        self._held: dict[str, Entry] = {}
        self._end = 0  # of the last entry in the file
        self._number = self._load()
        self._reserved = self._number  # the numbers above were not reserved by this process
        self._compact()
        self._fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._size = os.lseek(self._fd, 0, os.SEEK_END)

    @property
    def holds(self) -> bool:
        """Whether entries are held back; `flush` must be called again."""
        return bool(self._held)

    def knows(self, run: str) -> bool:
        """Whether something was recorded of the run, or is held back."""
        return _run(run) in self._last or _run(run) in self._held

    def running(self) -> Iterator[Entry]:
        """The last entries of the runs that are recorded as running, in order."""
        for _, line in sorted(self._last.values()):
            entry = json.loads(line)
            if entry.get("state") == "running" and _run(entry["run"]) not in self._held:
                yield entry

    # -- adding

    def record(self, key: str, entry: Entry) -> None:
        """Store an entry durably under the next number, then report it. Raises OSError: neither was done."""
        line = encode({"n": self._number + 1, **entry})
        self._store(line)
        self._number += 1
        self._last[key] = (self._number, line)
        self._report(line)

    def add(self, key: str, entry: Entry) -> None:
        """Record an entry. It replaces one of the same key that is held back, and is held back if it must be."""
        self._held[key] = entry
        self.flush()

    def add_run(self, entry: Entry) -> None:
        """Record what became of a run."""
        self.add(_run(entry["run"]), entry)

    def record_run(self, entry: Entry) -> None:
        """The same, but not held back: raises OSError when the entry cannot be stored."""
        self.record(_run(entry["run"]), entry)

    def flush(self) -> None:
        """Record what is held back, as far as possible."""
        for key, entry in list(self._held.items()):
            try:
                self.record(key, entry)
            except OSError as error:
                sys.stderr.write(f"localemr: the journal cannot be written: {error}\n")
                return
            del self._held[key]

    def measure(self, name: str, value: float, at: float) -> None:
        """Replace a measurement and report it. Only its number is stored. Raises OSError: it could not be reserved."""
        if self._number >= self._reserved:
            self._store(encode({"reserved": self._number + RESERVED}))
            self._reserved = self._number + RESERVED
        self._number += 1
        line = encode({"n": self._number, "measure": name, "value": value, "at": at})
        self._last[f"measure/{name}"] = (self._number, line)
        self._report(line)

    # -- reporting again

    def repeat(self, run: str) -> None:
        """Report the last entry of a run again, under its number."""
        if _run(run) in self._last and _run(run) not in self._held:
            self._report(self._last[_run(run)][1])

    def repeat_all(self, after: int, boot: float) -> None:
        """Report every entry that counts and has a number above `after`, below a line that announces them.

        A run whose newer entry is held back is left out, since its stored entry is not true any more.
        """
        counts = sorted(found for key, found in self._last.items() if key not in self._held)
        lines = [line for number, line in counts if number > after]
        head = {"again": after, "upto": self._number, "count": len(lines), "boot": boot}
        self._report(b"".join([encode(head), *lines]))

    # -- the file

    def _store(self, line: bytes) -> None:
        """Append a line durably. Raises OSError; the next line is then written at the same place."""
        write_at(self._fd, line, self._end)
        os.fdatasync(self._fd)
        self._end += len(line)
        if self._size - self._end < PADDING // 2:
            with contextlib.suppress(OSError):  # the disk is full: the remaining space is used first
                write_at(self._fd, b"\n" * PADDING, max(self._size, self._end))
            self._size = os.lseek(self._fd, 0, os.SEEK_END)

    def _load(self) -> int:
        """Read the file up to its last complete entry; returns the highest number that was used or reserved."""
        highest = at = 0
        for line in _lines(self._path):
            at += len(line)
            entry = _decode(line)
            number = entry.get("n", entry.get("reserved"))
            if not isinstance(number, int):
                continue  # it was not written completely, and so never reported
            self._end = at
            highest = max(highest, number)
            if "run" in entry:
                self._last[_run(entry["run"])] = (number, line)
        return highest

    def _compact(self) -> None:
        """Replace the file by one with the entries that count and new padding. Without room the old one stays."""
        lines = [encode({"reserved": self._number}), *(line for _, line in sorted(self._last.values()))]  # no boot yet
        data = b"".join(lines)
        try:
            write_durably(self._path, data + b"\n" * PADDING)
        except OSError as error:
            sys.stderr.write(f"localemr: the journal cannot be compacted: {error}\n")
            return
        self._end = len(data)


def _run(name: str) -> str:
    return f"run/{name}"


def _lines(path: str) -> list[bytes]:
    """The lines of the file before its padding, each with its end; the last one has none if it was cut off."""
    try:
        with open(path, "rb") as file:
            data = file.read()
    except FileNotFoundError:
        return []
    used = len(data.rstrip(b"\n"))
    return data[: used + 1].splitlines(keepends=True)


def _decode(line: bytes) -> Entry:
    """The entry in a line; empty when there is none."""
    try:
        entry = json.loads(line)
    except ValueError:
        return {}
    return entry if line.endswith(b"\n") and isinstance(entry, dict) else {}
