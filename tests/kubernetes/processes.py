"""Processes that belong to the small Kubernetes: they are started with a log each, and ended by their ids."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

NICE = ["nice", "-n", "19"]
CGROUPS = Path("/sys/fs/cgroup")
GROUP, SERVERS = "lemr", "lemr/servers"
"""Control groups of version 1: of everything, and in it of all servers beside those of the machines' pods. Without them
a nice server would get nothing beside pods."""
SHARES = "512"
"""What everything takes of busy processors: half as much as all of Docker's containers."""


class Processes:
    """The processes whose ids are in a folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for each in ("pids", "logs"):
            (folder / each).mkdir(parents=True, exist_ok=True)

    def start(
        self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None, nice: bool = True
    ) -> None:
        """Start it in a session of its own, unless it runs."""
        if self.runs(name):
            return
        with (self.folder / "logs" / name).open("ab") as log:
            found = subprocess.Popen(
                [*_joined(), *NICE, *command] if nice else command,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                env={**os.environ, **(environment or {})},
            )
        (self.folder / "pids" / name).write_text(str(found.pid))

    def names(self, prefix: str = "") -> list[str]:
        """Those that were started."""
        return sorted(each.name for each in (self.folder / "pids").iterdir() if each.name.startswith(prefix))

    def runs(self, name: str) -> bool:
        """Whether it was started and has not ended."""
        file = self.folder / "pids" / name
        return file.exists() and _state(int(file.read_text())) not in ("", "Z")

    def end(self, name: str, how: signal.Signals = signal.SIGTERM, seconds: float = 20.0) -> None:
        """End its session, by force where it does not end in time."""
        file = self.folder / "pids" / name
        if not file.exists():
            return
        pid, deadline = int(file.read_text()), time.monotonic() + seconds
        while _state(pid) not in ("", "Z"):
            try:
                os.killpg(pid, how if time.monotonic() < deadline else signal.SIGKILL)
            except ProcessLookupError:
                break
            time.sleep(0.2)
        file.unlink()


def make_group() -> None:
    """Make the control group where the kernel has those of version 1."""
    if (CGROUPS / "cpu").is_dir():
        (CGROUPS / "cpu" / SERVERS).mkdir(parents=True, exist_ok=True)
        (CGROUPS / "cpu" / GROUP / "cpu.shares").write_text(SHARES)


def remove_group() -> None:
    """Remove it from all hierarchies, once nothing is in it."""
    for each in (*CGROUPS.glob(f"*/{SERVERS}"), *CGROUPS.glob(f"*/{GROUP}")):
        run("rmdir", str(each), quiet=True)


def _joined() -> list[str]:
    """The words before a command that joins the servers."""
    members = CGROUPS / "cpu" / SERVERS / "cgroup.procs"
    return ["sh", "-c", 'echo $$ > "$0" && exec "$@"', str(members)] if members.exists() else []


def _state(pid: int) -> str:
    """The letter of a process's state in /proc; empty: there is none."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except (FileNotFoundError, ProcessLookupError):
        return ""


def run(*command: str, quiet: bool = False) -> str:
    """The output of a command. Raises CalledProcessError unless `quiet`."""
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode and not quiet:
        raise subprocess.CalledProcessError(done.returncode, command, done.stdout, done.stderr)
    return done.stdout


def until(holds: Callable[[], bool], what: str, seconds: float = 300.0) -> None:
    """Return when it holds. Raises TimeoutError."""
    deadline = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(what)
        time.sleep(0.5)
