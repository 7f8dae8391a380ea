"""A node of the memory runtime. It implements the node contract (docs/node-contract.md), which only this module knows.

Runs whose files are written into it start once and are reported in a numbered journal, which outlives its restarts. Its
log, in contrast, can be rotated, truncated and written into by other processes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from localemr.clock import Clock
from localemr.runtime.base import ENDED, MADE, RUNNING, File, InstanceSpec

INBOX = "/var/lib/localemr"
AGAIN = f"{INBOX}/again"


@dataclass(frozen=True)
class Outcome:
    """How a run ends: with `code` after `delay` seconds. With code None it runs until it is stopped."""

    code: int | None = 0
    delay: float = 0.0
    note: str = ""


Behaviour = Callable[[InstanceSpec, Mapping[str, Any]], Outcome]


def by_kind(spec: InstanceSpec, run: Mapping[str, Any]) -> Outcome:
    """The default: daemons keep running, all other runs succeed at once."""
    return Outcome(None) if run.get("daemon") else Outcome(0)


class Log:
    """A log that other processes may write into, and that may lose lines at its beginning."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._lost = 0

    @property
    def end(self) -> int:
        """The position after the last line."""
        return self._lost + len(self._lines)

    @property
    def lines(self) -> list[str]:
        """The remaining lines."""
        return list(self._lines)

    def write(self, line: str) -> None:
        """Add a line."""
        self._lines.append(line)

    def rotate(self, keep: int = 0) -> None:
        """Drop all lines but the last `keep`."""
        lost = max(len(self._lines) - keep, 0)
        del self._lines[:lost]
        self._lost += lost

    def read(self, place: int) -> tuple[list[str], int]:
        """The remaining lines from a position on, and the next position."""
        return self._lines[max(place - self._lost, 0) :], self.end


class MemoryNode:
    """An instance. `runs` has the last entry of each run, `started` the names of runs in the order of their start.

    `clock` is the controller's. The node's own is ahead of it by `skew` seconds. `behaviour` determines the outcome of
    runs without one of their own. `changed` is called after new lines and changes of state.
    """

    def __init__(
        self, spec: InstanceSpec, clock: Clock, skew: float, behaviour: Behaviour, changed: Callable[[], None]
    ) -> None:
        self.spec = spec
        self.state = MADE
        self.exit_code: int | None = None
        self.ended: float | None = None
        self.files: dict[str, File] = {}
        self.log = Log()
        self.runs: dict[str, dict[str, Any]] = {}
        self.measurements: dict[str, dict[str, Any]] = {}
        self.started: list[str] = []
        self.swallow = 0
        """So many of the next lines are not written to the log."""
        self._number = 0
        self._booted = 0.0
        self._clock, self._skew, self._behaviour, self._changed = clock, skew, behaviour, changed

    @property
    def lines(self) -> list[str]:
        """The remaining lines of the log."""
        return self.log.lines

    def write(self, files: Mapping[str, File]) -> None:
        """Write files into it."""
        self.files.update(files)
        if self.state == RUNNING:
            self._look()

    def boot(self) -> None:
        """Start, or start again with the files on its disk."""
        self.state, self.exit_code, self.ended = RUNNING, None, None
        self.measurements.clear()
        self._booted = self._now()
        self._report(boot=self._booted)
        for name, entry in list(self.runs.items()):
            if entry["state"] == "running":
                self._report(run=name, state="lost", at=self._now(), started=entry["at"])
        self.replay(0)
        self._look()

    def kill(self, code: int) -> None:
        """End with this exit code, without a further entry."""
        self.state, self.exit_code, self.ended = ENDED, code, self._now()
        self._changed()

    def vanish(self) -> None:
        """End for ever."""
        self.state = "gone"
        self._changed()

    def end_run(self, run: str, code: int = 0, note: str = "") -> None:
        """End a running run."""
        entry = self.runs.get(run, {})
        if self.state == RUNNING and entry.get("state") == "running":
            self._report(run=run, state="exited", code=code, at=self._now(), started=entry["at"], note=note)

    def lose_run(self, run: str) -> None:
        """End a run because the node is going down, which the node reports first."""
        self._report(run=run, state="lost", at=self._now(), started=self.runs[run]["at"])

    def measure(self, name: str, value: float) -> None:
        """Report a measurement."""
        self._report(measure=name, value=value, at=self._now())

    def replay(self, above: int) -> None:
        """Report the current entries of runs and measurements with numbers above this one again."""
        counting = [*self.runs.values(), *self.measurements.values()]
        found = sorted((each for each in counting if each["n"] > above), key=lambda each: int(each["n"]))
        self._write_line({"again": above, "upto": self._number, "count": len(found), "boot": self._booted})
        for entry in found:
            self._write_line(entry)

    # ---- inside

    def _now(self) -> float:
        return self._clock.now() + self._skew

    def _look(self) -> None:
        for path, file in list(self.files.items()):
            kind, _, name = path.removeprefix(f"{INBOX}/").partition("/")
            if kind == "runs" and name.removesuffix(".json") not in self.runs:
                self._start(json.loads(file.text))
            elif kind == "stop":
                del self.files[path]
                self.end_run(name, 143 if file.text == "TERM" else 137)
            elif kind == "measure":
                del self.files[path]
                self.measure(name, float(file.text))
            elif path == AGAIN:
                del self.files[path]
                self.replay(int(file.text))

    def _start(self, run: Mapping[str, Any]) -> None:
        name = str(run["name"])
        self.started.append(name)
        self._report(run=name, state="running", pid=1, at=self._now())
        planned = run.get("outcome")
        outcome = Outcome(**planned) if planned else self._behaviour(self.spec, run)
        if outcome.code is not None:
            self._clock.later(outcome.delay, partial(self.end_run, name, outcome.code, outcome.note))

    def _report(self, **entry: Any) -> None:
        self._number += 1
        numbered = {"n": self._number, **entry}
        if "run" in entry:
            self.runs[entry["run"]] = numbered
        elif "measure" in entry:
            self.measurements[entry["measure"]] = numbered
        self._write_line(numbered)

    def _write_line(self, line: Mapping[str, Any]) -> None:
        if self.swallow:
            self.swallow -= 1
            return
        self.log.write(json.dumps(line))
        self._changed()
