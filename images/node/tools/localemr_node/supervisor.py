"""Process 1 of every node: starts runs that arrive as files, once ever, and tells what became of them.

The contract with the controller is in docs/node-contract.md. Few imports, because this process idles in every node.
"""

from __future__ import annotations

import json
import os
import pwd
import select
import signal
import stat
import time

from localemr_node import processes
from localemr_node.files import make_dirs, read_text, sync_dir, write_durably
from localemr_node.inotify import Watch
from localemr_node.listener import Listener
from localemr_node.spawning import CANNOT_EXECUTE, become, environment

ROOT = "/var/lib/localemr"
LOGS = "/mnt/var/log/localemr"
TERM_SECONDS = 10.0
SHUTDOWN_SECONDS = 3.0
NOTE_LIMIT = 4000

TYPE_CHECKING = False  # as in typing, which is not loaded for a megabyte's sake
if TYPE_CHECKING:
    from typing import Any

    Spec = dict[str, Any]


def emit(line: Spec) -> None:
    """Tells the controller one thing: one JSON line on standard output, which is the container's log."""
    os.write(1, json.dumps(line, separators=(",", ":")).encode() + b"\n")


def now() -> float:
    return round(time.time(), 3)


class Run:
    """A run that was started by this process and may still be running."""

    __slots__ = ("kill_at", "name", "pid", "started", "state")

    def __init__(self, name: str, state: str) -> None:
        self.name = name
        self.state = state  # its folder
        self.started = now()
        self.pid = 0
        self.kill_at: float | None = None  # a stop is under way: when TERM becomes KILL


class Supervisor:
    """Holds the runs of this boot and does all the work; `main` turns the loop."""

    def __init__(self, root: str, logs: str) -> None:
        self.runs_dir, self.stop_dir, self.state_dir = (os.path.join(root, d) for d in ("runs", "stop", "state"))
        self.logs = logs
        self.running: dict[int, Run] = {}  # by process id
        self.stopping: dict[str, Run] = {}
        self.closing = False
        for path in (self.runs_dir, self.stop_dir, self.state_dir):
            os.makedirs(path, exist_ok=True)

    # -- what is on disk

    def recall(self) -> None:
        """Tells the known runs again, in order of start; those that were cut off by the last shutdown are lost."""
        known = [
            (os.stat(p).st_mtime_ns, n)
            for n in os.listdir(self.state_dir)
            if os.path.isdir(p := os.path.join(self.state_dir, n, "started"))
        ]
        for began, name in sorted(known):
            text = read_text(os.path.join(self.state_dir, name, "exit"))
            if text is None:
                text = json.dumps({"run": name, "state": "lost", "at": now(), "started": round(began / 1e9, 3)})
                write_durably(os.path.join(self.state_dir, name, "exit"), text)
            emit(json.loads(text))

    def scan(self) -> None:
        """Looks at every file that is there: at boot, and when the kernel dropped notices."""
        paths = [entry.path for entry in os.scandir(self.runs_dir) if entry.name.endswith(".json")]
        for path in sorted(paths, key=lambda p: (os.stat(p).st_mtime_ns, p)):
            self.on_run_file(os.path.basename(path))
        for name in sorted(os.listdir(self.stop_dir)):
            self.on_stop_file(name)

    def on_run_file(self, file: str) -> None:
        text = read_text(os.path.join(self.runs_dir, file))
        if not file.endswith(".json") or text is None:
            return
        try:
            spec = json.loads(text)
        except ValueError:
            return  # half-written; the next close brings us back
        name = file.removesuffix(".json")
        try:
            self.start(name, spec)
        except OSError as error:  # a full disk, most likely: there is no marker, so nothing was started
            emit(
                {"run": name, "state": "exited", "code": CANNOT_EXECUTE, "at": now(), "note": f"cannot start: {error}"}
            )

    def on_stop_file(self, name: str) -> None:
        word = (read_text(os.path.join(self.stop_dir, name)) or "").strip()
        if word not in ("TERM", "KILL"):
            return
        run = self.stopping.get(name) or next((r for r in self.running.values() if r.name == name), None)
        if run is None:
            run = Run(name, os.path.join(self.state_dir, name))  # it has ended, but may have left something behind
        pids = processes.of_run(name, run.pid)
        if pids:
            self.stopping[name] = run
            if run.kill_at is None:
                run.kill_at = time.monotonic() + TERM_SECONDS
                processes.signal_all(pids, signal.SIGTERM if word == "TERM" else signal.SIGKILL)
            if word == "KILL":
                run.kill_at = time.monotonic()

    # -- starting

    def start(self, name: str, spec: Spec) -> None:
        """Starts a run unless that was ever tried before. The marker is on disk first: never twice."""
        state = os.path.join(self.state_dir, name)
        os.makedirs(state, exist_ok=True)
        try:
            os.mkdir(os.path.join(state, "started"))
        except FileExistsError:
            return
        sync_dir(state)
        sync_dir(self.state_dir)
        run = Run(name, state)
        word = read_text(os.path.join(self.stop_dir, name))
        if word is not None:
            number = signal.SIGKILL if word.strip() == "KILL" else signal.SIGTERM
            self.finish(run, 128 + number, "stopped before it was started")
            return
        try:
            run.pid = self.spawn(run, spec)
        except (OSError, KeyError, TypeError, ValueError, AttributeError) as error:
            self.finish(run, CANNOT_EXECUTE, f"cannot be started: {error}")
            return
        self.running[run.pid] = run
        emit({"run": name, "state": "running", "pid": run.pid, "at": run.started})

    def spawn(self, run: Run, spec: Spec) -> int:
        argv = [str(word) for word in spec["argv"]]
        if not argv:
            raise ValueError("argv is empty")
        user = pwd.getpwnam(spec.get("user", "hadoop"))
        os.chown(run.state, user.pw_uid, user.pw_gid)  # the run may leave a note here
        cwd = spec.get("cwd") or user.pw_dir
        make_dirs(cwd, user)
        outputs = []
        for stream in ("stdout", "stderr"):
            path = spec.get(stream) or os.path.join(self.logs, f"{run.name}.{stream}")
            make_dirs(os.path.dirname(path), user)
            outputs.append(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644))
            if os.fstat(outputs[-1]).st_uid == 0 and stat.S_ISREG(os.fstat(outputs[-1]).st_mode):
                os.fchown(outputs[-1], user.pw_uid, user.pw_gid)
        env = environment(user, run.name, os.path.join(run.state, "note"), spec.get("env") or {})
        # A TERM that comes before the child is itself would meet our handler there, and be lost.
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGTERM})
        pid = os.fork()
        if pid == 0:
            become(user, cwd, outputs, argv, env)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
        for fd in outputs:
            os.close(fd)
        return pid

    # -- ending

    def reap(self) -> None:
        """Collects every process that has ended: runs, and orphans that became ours."""
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

    def finish(self, run: Run, code: int, note: str | None = None) -> None:
        line: Spec = {"run": run.name, "state": "exited", "code": code, "at": now(), "started": run.started}
        if self.closing:
            line["state"] = "lost"
        note = note or read_text(os.path.join(run.state, "note"), NOTE_LIMIT)
        if note:
            line["note"] = note
        try:
            write_durably(os.path.join(run.state, "exit"), json.dumps(line))
        except OSError as error:
            line["note"] = f"{note or ''} (the exit code could not be saved: {error})".strip()
        emit(line)

    def escalate(self) -> float | None:
        """Turns TERM into KILL where it is time. Returns the seconds until it must be called again."""
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
        """The container is being stopped: the runs end first, politely for three seconds; the rest ends with us."""
        self.closing = True  # what ends from here on did not end by itself
        for number, seconds in ((signal.SIGTERM, SHUTDOWN_SECONDS), (signal.SIGKILL, 1.0)):
            deadline = time.monotonic() + seconds
            for run in self.running.values():
                processes.signal_all(processes.of_run(run.name, run.pid), number)
            while self.running and time.monotonic() < deadline:
                time.sleep(0.02)
                self.reap()


def main(root: str = ROOT, logs: str = LOGS, metadata: Listener | None = None) -> int:
    """Runs until SIGTERM; `metadata` is where the instance metadata service is asked for."""
    read_end, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
    signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    ended: list[int] = []
    signal.signal(signal.SIGCHLD, lambda *_: None)
    signal.signal(signal.SIGTERM, lambda number, _: ended.append(number))
    signal.signal(signal.SIGINT, signal.SIG_IGN)

    supervisor = Supervisor(root, logs)
    watch = Watch({supervisor.runs_dir: supervisor.on_run_file, supervisor.stop_dir: supervisor.on_stop_file})
    poll = select.poll()
    poll.register(read_end, select.POLLIN)
    poll.register(watch.fd, select.POLLIN)
    if metadata:
        poll.register(metadata.fd, select.POLLIN)
    emit({"boot": now()})
    supervisor.recall()
    supervisor.scan()
    while not ended:
        supervisor.reap()
        left = supervisor.escalate()
        for fd, _ in poll.poll(None if left is None else left * 1000):
            if fd == read_end:
                os.read(read_end, 4096)
            elif metadata and fd == metadata.fd:
                metadata.accept()
            elif not watch.deliver():
                supervisor.scan()
    supervisor.shut_down()
    return 0
