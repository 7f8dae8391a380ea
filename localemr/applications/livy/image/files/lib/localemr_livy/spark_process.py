"""A `spark-submit` and the application that it makes: the process, its output, its state on YARN."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import threading
import time
from collections import deque
from collections.abc import Mapping, Sequence
from typing import IO

from localemr_livy.yarn import Report

STARTING, RUNNING, FINISHED, FAILED, KILLED = "starting", "running", "finished", "failed", "killed"
OVER = frozenset({FINISHED, FAILED, KILLED})
GRACE = 10.0
"""Seconds from SIGTERM to SIGKILL."""
ON_YARN = {("FINISHED", "SUCCEEDED"): FINISHED, ("FAILED", "FAILED"): FAILED, ("KILLED", "KILLED"): KILLED}
"""States of applications that are over on YARN, with their final status. All other pairs are failures."""


class SparkProcess:
    """An application: a process, and where there is YARN, what YARN says of it. `look` moves its state."""

    def __init__(self, tag: str, on_yarn: bool, lines: int, lookup_seconds: float, merged: bool = False) -> None:
        """`lines` is how many lines of its output are kept, `lookup_seconds` how long YARN may not know it after its
        process has ended. With `merged` its errors are among its output."""
        self.tag = tag
        self.state = STARTING
        self.report: Report | None = None
        self.killed = False
        self._on_yarn, self._lookup, self._merged = on_yarn, lookup_seconds, merged
        self._output: deque[str] = deque(maxlen=max(lines, 1))
        self._errors: deque[str] = deque(maxlen=max(lines, 1))
        self._diagnostics: list[str] = []
        self._process: subprocess.Popen[bytes] | None = None
        self._readers: list[threading.Thread] = []
        self._left: float | None = None
        self._stopped: float | None = None

    def start(self, command: Sequence[str], environment: Mapping[str, str]) -> None:
        """Start the process, in a session of its own."""
        errors = subprocess.STDOUT if self._merged else subprocess.PIPE
        try:
            self._process = subprocess.Popen(
                command,
                env=dict(environment),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=errors,
                start_new_session=True,
            )
        except OSError as error:
            self.fail(f"{command[0]}: {error.strerror}")
            return
        for stream, lines in ((self._process.stdout, self._output), (self._process.stderr, self._errors)):
            if stream is not None:
                reader = threading.Thread(target=_read, args=(stream, lines), daemon=True)
                reader.start()
                self._readers.append(reader)

    @property
    def application(self) -> str | None:
        """The application's id on YARN, once it is known."""
        return self.report.id if self.report else None

    @property
    def alive(self) -> bool:
        """Whether the process runs."""
        return self._process is not None and self._process.poll() is None

    @property
    def over(self) -> bool:
        """Whether it has ended, whatever way."""
        return self.state in OVER

    def log(self) -> list[str]:
        """Its last lines, as Livy shows them."""
        lines = ["stdout: ", *self._output, "\nstderr: ", *self._errors]
        return [*lines, "\nYARN Diagnostics: ", *self._diagnostics] if self._on_yarn else lines

    def fail(self, reason: str) -> None:
        """It has failed, for a reason that is in no log of its own."""
        self._diagnostics = [reason]
        if not self._on_yarn:
            self._errors.append(reason)
        self.state = FAILED

    def look(self, report: Report | None) -> None:
        """Move the state. `report` is what YARN says, None when it does not know the application (yet)."""
        if self.over:
            return
        if report is not None:
            self.report = report
            self._diagnostics = [line for line in report.diagnostics.splitlines() if line]
        self._kill_what_stays()
        code = self._process.poll() if self._process else None
        if code is not None:
            for reader in self._readers:
                reader.join(timeout=1)
        if not self.alive and self._left is None:
            self._left = time.monotonic()
        if self._unknown_for_too_long(code):
            self.fail(f"No YARN application is found with tag {self.tag} in {self._lookup:.0f} seconds.")
        else:
            self.state = self._next(code)

    def _next(self, code: int | None) -> str:
        report = self.report
        if report is not None and report.ended:
            return KILLED if self.killed else ON_YARN.get((report.state, report.final), FAILED)
        if self.killed:
            # What YARN still has is killed by its tag.
            return KILLED if code is not None or self._process is None else self.state
        if code not in (None, 0):
            return FAILED
        if report is not None:
            return RUNNING if report.state == "RUNNING" else STARTING
        if not self._on_yarn:
            return RUNNING if code is None else FINISHED
        return STARTING

    def _unknown_for_too_long(self, code: int | None) -> bool:
        unknown = self._on_yarn and self.report is None and not self.killed and code in (None, 0)
        return unknown and self._left is not None and time.monotonic() - self._left >= self._lookup

    def kill(self) -> None:
        """Have it end by request. The application on YARN is the caller's to kill."""
        self.killed = True
        self.end()
        if self._process is None and not self.over:
            self.state = KILLED

    def end(self) -> None:
        """Have the process end."""
        if self.alive and self._stopped is None:
            self._stopped = time.monotonic()
            self._signal(signal.SIGTERM)

    def finish(self) -> None:
        """Wait for the end of a process that was killed; what has not ended by itself is ended."""
        if self._process is not None:
            try:
                self._process.wait(timeout=GRACE)
            except subprocess.TimeoutExpired:
                self._signal(signal.SIGKILL)

    def _kill_what_stays(self) -> None:
        if self._stopped is not None and self.alive and time.monotonic() - self._stopped > GRACE:
            self._signal(signal.SIGKILL)

    def _signal(self, number: int) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, number)


def _read(stream: IO[bytes], lines: deque[str]) -> None:
    with stream:
        for line in stream:
            lines.append(line.decode(errors="replace").rstrip("\r\n"))
