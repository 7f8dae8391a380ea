"""Starts runs that arrive as files, once ever, and reports what became of them (docs/node-contract.md).

A run's first entry in the journal is on disk before its command is executed: the child that becomes the command
waits until then. A run that the journal has is never started.
"""

from __future__ import annotations

import contextlib
import json
import os
import pwd
import signal
import stat
import time

from localemr_node import processes
from localemr_node.files import make_dirs, read_text, write_all
from localemr_node.journal import BOOT
from localemr_node.spawning import CANNOT_EXECUTE, Child, environment, spawn

TERM_SECONDS = 10.0
SHUTDOWN_SECONDS = 3.0
NOTE_LIMIT = 4000
STEP = "step-"
"""The names of the runs of steps begin so."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from localemr_node.journal import Entry, Journal

    Document = dict[str, Any]
    """The content of a run's file."""


def now() -> float:
    """The time in epoch seconds, to the millisecond."""
    return round(time.time(), 3)


class Run:
    """A run that was started by this process and may still be running."""

    __slots__ = ("kill_at", "name", "pid", "started", "state")

    def __init__(self, name: str, state: str) -> None:
        self.name = name
        self.state = state  # its folder
        self.started = now()
        self.pid = 0
        self.kill_at: float | None = None  # a stop is under way: the monotonic time at which TERM becomes KILL


class Supervisor:
    """The runs of this boot. `init.py` has the loop that calls it."""

    def __init__(self, root: str, logs: str, journal: Journal) -> None:
        self.runs_dir, self.stop_dir, self.state_dir = (os.path.join(root, d) for d in ("runs", "stop", "state"))
        self.logs = logs
        self.journal = journal
        self.running: dict[int, Run] = {}  # by process id
        self.stopping: dict[str, Run] = {}
        self.helpers: dict[int, Callable[[], None]] = {}
        """By process id: processes of this one's own, and what is to be called after the end of each."""
        self.closing = False
        self.booted = now()
        for path in (self.runs_dir, self.stop_dir, self.state_dir):
            os.makedirs(path, exist_ok=True)

    @property
    def has_step(self) -> bool:
        """Whether a step of the cluster runs here."""
        return any(run.name.startswith(STEP) for run in self.running.values())

    def boot(self) -> None:
        """Record the boot and the runs that the last shutdown ended, report all known runs, start new ones."""
        self.journal.add(BOOT, {"boot": self.booted})
        for entry in list(self.journal.running()):
            self.journal.add_run({"run": entry["run"], "state": "lost", "at": now(), "started": entry["at"]})
        for file in sorted(os.listdir(self.runs_dir)):
            name = file.removesuffix(".refused")
            if name != file and not self.journal.knows(name):
                run = Run(name, os.path.join(self.state_dir, name))
                self.finish(run, CANNOT_EXECUTE, "cannot be started: its start could not be recorded")
        self.journal.repeat_all(0, self.booted)
        self.scan()

    def scan(self) -> None:
        """Look at every file: at boot, and when the kernel dropped notices. Known runs are not reported again."""
        files = [entry for entry in os.scandir(self.runs_dir) if entry.name.endswith(".json")]
        for file in sorted(files, key=lambda entry: (entry.stat().st_mtime_ns, entry.name)):
            if not self.journal.knows(file.name.removesuffix(".json")):
                self.on_run_file(file.name)
        for name in sorted(os.listdir(self.stop_dir)):
            self.on_stop_file(name)

    # -- files that arrive

    def on_run_file(self, file: str) -> None:
        """Start the run of a file; if it is known, report its last entry again."""
        if not file.endswith(".json"):
            return
        name = file.removesuffix(".json")
        if self.journal.knows(name):
            self.journal.repeat(name)
            return
        text = read_text(os.path.join(self.runs_dir, file))
        try:
            document = json.loads(text or "")
        except ValueError:
            return  # not complete; the next close calls again
        self.start(name, document)

    def on_stop_file(self, name: str) -> None:
        """Stop a run by the signal in its file: TERM or KILL."""
        word = (read_text(os.path.join(self.stop_dir, name)) or "").strip()
        if word not in ("TERM", "KILL"):
            return
        run = self.stopping.get(name) or next((r for r in self.running.values() if r.name == name), None)
        if run is None:
            run = Run(name, os.path.join(self.state_dir, name))  # it ended, but may have left processes
        pids = processes.of_run(name, run.pid)
        if pids:
            self.stopping[name] = run
            if run.kill_at is None:
                run.kill_at = time.monotonic() + TERM_SECONDS
                processes.signal_all(pids, signal.SIGTERM if word == "TERM" else signal.SIGKILL)
            if word == "KILL":
                run.kill_at = time.monotonic()

    # -- starting

    def start(self, name: str, document: Document) -> None:
        """Start a run that is not known. Its entry is on disk before its command is executed: never twice."""
        run = Run(name, os.path.join(self.state_dir, name))
        word = read_text(os.path.join(self.stop_dir, name))
        if word is not None:
            number = signal.SIGKILL if word.strip() == "KILL" else signal.SIGTERM
            self.finish(run, 128 + number, "stopped before it was started")
            return
        try:
            child = self.prepare(run, document)
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            self.refuse(run, error)
            return
        try:
            self.journal.record_run({"run": name, "state": "running", "pid": child.pid, "at": run.started})
        except OSError as error:
            child.cancel()
            self.refuse(run, error)
            return
        run.pid = child.pid
        self.running[run.pid] = run
        child.release()

    def prepare(self, run: Run, document: Document) -> Child:
        """Prepare a run's command: folders, output files, its spec, a child that waits."""
        argv = [str(word) for word in document["argv"]]
        if not argv:
            raise ValueError("argv is empty")
        user = pwd.getpwnam(document.get("user", "hadoop"))
        os.makedirs(run.state, exist_ok=True)
        os.chown(run.state, user.pw_uid, user.pw_gid)  # the run may leave a note here
        cwd = document.get("cwd") or user.pw_dir
        make_dirs(cwd, user)
        marks = {"LOCALEMR_RUN": run.name, "LOCALEMR_NOTE": os.path.join(run.state, "note")}
        if "spec" in document:
            marks["LOCALEMR_SPEC"] = os.path.join(run.state, "spec")
            write_spec(marks["LOCALEMR_SPEC"], document["spec"], user)
        env = environment(user, document.get("env") or {}, marks)
        outputs: list[int] = []
        try:
            for stream in ("stdout", "stderr"):
                path = document.get(stream) or os.path.join(self.logs, f"{run.name}.{stream}")
                outputs.append(open_output(path, user))
            return spawn(user, cwd, outputs, argv, env, work=not document.get("daemon"))
        finally:
            for fd in outputs:
                os.close(fd)

    def refuse(self, run: Run, error: Exception) -> None:
        """End a run that was not started. A full disk may keep this from being recorded: renaming needs no room."""
        self.finish(run, CANNOT_EXECUTE, f"cannot be started: {error}")
        if self.journal.holds:
            path = os.path.join(self.runs_dir, run.name)
            with contextlib.suppress(OSError):
                os.rename(f"{path}.json", f"{path}.refused")

    # -- ending

    def reap(self) -> None:
        """Collect every process that ended: runs, and orphans that became children of this process."""
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            run = self.running.pop(pid, None)
            if run is not None:
                code = os.waitstatus_to_exitcode(status)
                self.finish(run, 128 - code if code < 0 else code)
            elif (ended := self.helpers.pop(pid, None)) is not None and not self.closing:
                ended()

    def finish(self, run: Run, code: int, note: str | None = None) -> None:
        """Record the end of a run; the file `exit` then shows it to processes on this node."""
        entry: Entry = {"run": run.name, "state": "exited", "code": code, "at": now(), "started": run.started}
        if self.closing:
            entry["state"] = "lost"
        note = note or (read_text(os.path.join(run.state, "note"), 4 * NOTE_LIMIT) or "")[:NOTE_LIMIT]
        if note:
            entry["note"] = note
        self.journal.add_run(entry)
        with contextlib.suppress(OSError):
            os.makedirs(run.state, exist_ok=True)
            os.close(os.open(os.path.join(run.state, "exit"), os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644))

    def escalate(self) -> float | None:
        """Turn TERM into KILL where it is time. Returns the seconds until it must be called again; None: not at all."""
        waits = []
        for name, run in list(self.stopping.items()):
            left = (run.kill_at or 0) - time.monotonic()
            if left > 0 and run.pid in self.running:
                waits.append(left)
                continue
            pids = processes.of_run(name, run.pid)
            if not pids:
                del self.stopping[name]
            elif left > 0:
                waits.append(min(left, 0.5))
            else:
                processes.signal_all(pids, signal.SIGKILL)
                waits.append(0.05)  # look again: one of them may just have forked
        return min(waits, default=None)

    def shut_down(self) -> None:
        """End all runs, with TERM and after three seconds with KILL: the container is being stopped."""
        self.closing = True  # runs that end from now on are ended by the shutdown
        for number, seconds in ((signal.SIGTERM, SHUTDOWN_SECONDS), (signal.SIGKILL, 1.0)):
            deadline = time.monotonic() + seconds
            for run in self.running.values():
                processes.signal_all(processes.of_run(run.name, run.pid), number)
            while self.running and time.monotonic() < deadline:
                time.sleep(0.02)
                self.reap()


def write_spec(path: str, spec: object, user: pwd.struct_passwd) -> None:
    """Write a run's spec, for its user alone."""
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    try:
        os.fchown(fd, user.pw_uid, user.pw_gid)
        write_all(fd, json.dumps(spec).encode())
    finally:
        os.close(fd)


def open_output(path: str, user: pwd.struct_passwd) -> int:
    """Open a file to append to; one that is new belongs to the user."""
    make_dirs(os.path.dirname(path), user)
    fd = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o644)
    status = os.fstat(fd)
    if status.st_uid == 0 and stat.S_ISREG(status.st_mode):
        os.fchown(fd, user.pw_uid, user.pw_gid)
    return fd
