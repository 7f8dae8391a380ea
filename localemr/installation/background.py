"""The controller as a background process: a pid file, a log, a health check.

The pid file also holds the process's start time. The kernel reuses pids, and `down` must never
stop a process that `up` did not start.
"""

from __future__ import annotations

import errno
import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from localemr.installation.home import make_home, open_private
from localemr.problem import Problem
from localemr.settings import Settings

HEALTH = "/_localemr/health"
STOP_SECONDS = 10


def start_time(pid: int) -> str | None:
    """When this process started, in the system's own notation; None when there is no such (living) process."""
    try:
        # The command's name stands in brackets and may hold anything: count fields after the last bracket.
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        return None if fields[0] == "Z" else fields[19]
    except OSError:
        if Path("/proc/self/stat").exists():
            return None
    shown = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)
    return shown.stdout.strip() or None


def fetch_health(url: str, timeout: float = 10.0) -> tuple[int, dict[str, Any]] | None:
    """Status and body of a controller's health page; None when there is no response or another program responds."""
    # The opener has no proxies: the endpoint is on this host.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(url + HEALTH, timeout=timeout) as response:
            status, text = response.status, response.read()
    except urllib.error.HTTPError as error:
        status, text = error.code, error.read()
    except (OSError, ValueError):
        return None
    try:
        body = json.loads(text)
    except ValueError:
        return None
    return (status, body) if isinstance(body, dict) and status in (200, 503) else None


@dataclass(frozen=True)
class Started:
    """The content of the pid file: the process, its start time and its runtime."""

    pid: int
    started: str
    runtime: str


class Controller:
    """The controller of this installation, as a process of this host."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.pid_file = settings.home_path / "controller.pid"
        self.log_file = settings.home_path / "controller.log"
        self.error_file = settings.home_path / "controller.err"

    def running(self) -> Started | None:
        """The process that `up` started, if it still runs."""
        try:
            started = Started(**json.loads(self.pid_file.read_text()))
        except (OSError, ValueError, TypeError):
            return None
        return started if start_time(started.pid) == started.started else None

    def healthy(self) -> bool:
        """Whether a controller responds at this installation's endpoint."""
        health = fetch_health(self.settings.endpoint)
        return health is not None and health[0] == 200

    def start(self, environ: Mapping[str, str], arguments: Sequence[str] = ()) -> subprocess.Popen[bytes]:
        """Start the process in a new session, so that it survives the terminal, and write the pid file.

        `arguments` are Python's, default: the controller. A process that leads to a controller elsewhere is started and
        stopped as one.
        """
        arguments = arguments or ("-m", "localemr", "serve", "--log-file", str(self.log_file.absolute()))
        self._check_port()
        home = make_home(self.settings)
        with self._new_error_file() as errors:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                stdin=subprocess.DEVNULL,
                stdout=errors,
                stderr=subprocess.STDOUT,
                env=dict(environ),
                # Not the caller's directory: it could not be unmounted or removed while the process runs.
                cwd=home,
                start_new_session=True,
            )
        started = start_time(process.pid) or ""
        record = Started(process.pid, started, environ.get("LOCALEMR_RUNTIME", self.settings.runtime))
        with os.fdopen(open_private(self.pid_file, os.O_WRONLY | os.O_TRUNC), "w") as file:
            file.write(json.dumps(record.__dict__))
        return process

    def wait_healthy(self, process: subprocess.Popen[bytes], seconds: float) -> None:
        """Return when the controller responds. Raises Problem with the end of its log when it ends or does not respond
        in time."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.healthy():
                return
            if process.poll() is not None:
                self.pid_file.unlink(missing_ok=True)
                raise Problem(
                    f"the controller ended with exit code {process.returncode} while starting:\n{self.log_tail()}",
                    f"the whole log is {self.log_file}",
                )
            time.sleep(0.1)
        raise Problem(
            f"the controller did not answer at {self.settings.endpoint}{HEALTH} within {seconds:.0f} s:\n"
            f"{self.log_tail()}",
            f"see {self.log_file}; `localemr doctor` checks what it needs, `localemr down` stops it",
        )

    def stop(self) -> bool:
        """Stop the process that `up` started: SIGTERM, and SIGKILL after 10 s. False when there is none."""
        started = self.running()
        if started is None:
            self.pid_file.unlink(missing_ok=True)
            return False
        for number, seconds in ((signal.SIGTERM, STOP_SECONDS), (signal.SIGKILL, STOP_SECONDS)):
            try:
                os.kill(started.pid, number)
            except ProcessLookupError:
                break
            if self._gone(started, seconds):
                break
        else:
            raise Problem(f"the controller (process {started.pid}) does not end, even after SIGKILL")
        self.pid_file.unlink(missing_ok=True)
        return True

    def log_tail(self, lines: int = 15) -> str:
        """The last lines of its log and of its standard error, where a crash is reported."""
        found = [_tail(file, lines) for file in (self.log_file, self.error_file)]
        return "\n".join(filter(None, found)) or "(no log)"

    def _gone(self, started: Started, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.running() != started:
                return True
            time.sleep(0.05)
        return False

    def _new_error_file(self) -> IO[bytes]:
        """An empty file for standard error; the previous process's file is renamed."""
        if self.error_file.exists() and self.error_file.stat().st_size:
            self.error_file.replace(self.error_file.with_name(self.error_file.name + ".1"))
        return os.fdopen(open_private(self.error_file, os.O_WRONLY | os.O_TRUNC | os.O_APPEND), "ab")

    def _check_port(self) -> None:
        if not port_free(self.settings.host, self.settings.port):
            raise Problem(
                f"port {self.settings.port} on {self.settings.host} is used by another program",
                "stop that program, or choose another port with LOCALEMR_PORT",
            )


def _tail(file: Path, lines: int) -> str:
    try:
        return "\n".join(file.read_text(errors="replace").splitlines()[-lines:])
    except OSError:
        return ""


def port_free(host: str, port: int) -> bool:
    """Whether a server could listen at the port now."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        # As uvicorn does: connections of a server that just ended do not block the port.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno in (errno.EADDRINUSE, errno.EACCES):
                return False
            raise Problem(f"cannot listen on {host}: {error.strerror}", "correct LOCALEMR_HOST") from error
    return True
