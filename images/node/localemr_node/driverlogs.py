"""Why a Spark driver in cluster mode failed: its log is on YARN, and spark-submit only reports that it failed."""

from __future__ import annotations

import re
import subprocess
import time
from collections.abc import Callable

from localemr_node.failure import Cause, explain

ATTEMPTS, PAUSE = 5, 1.0
"""The log appears some moments after the application's end."""
WITHIN = 60  # seconds for one attempt
SIZE = 256 * 1024  # bytes of each log, its end
_CONTAINER = re.compile(r"^Container: (container_\S+) on ")
_TYPE = re.compile(r"^LogType:(\S+)$")
_BLAMED = re.compile(r"Application (application_\d+_\d+) (?:finished with|failed)")


def blamed(cause: Cause) -> str | None:
    """The application that the cause names as failed, and whose logs have the details."""
    found = _BLAMED.search(cause.message)
    return found[1] if found else None


def cause(application: str, read: Callable[[str], str] | None = None) -> Cause | None:
    """Why its driver failed; the log is `containers/<application>/<container>/<name>`. None: the log has no cause."""
    for attempt in range(ATTEMPTS):
        if attempt:
            time.sleep(PAUSE)
        if logs := split((read or _yarn_logs)(application), application):
            found = explain(logs)
            return found if found.message else None
    return None


def split(text: str, application: str) -> dict[str, str]:
    """The logs in what `yarn logs` prints, those of standard output first."""
    logs: dict[str, list[str]] = {}
    container = name = None
    inside = False
    for line in text.splitlines():
        if found := _CONTAINER.match(line):
            container = found[1]
        elif found := _TYPE.match(line):
            name, inside = found[1], False
        elif line == "LogContents:" and container and name:
            inside = True
        elif name and line.startswith(f"End of LogType:{name}"):
            inside = False
        elif inside:
            logs.setdefault(f"containers/{application}/{container}/{name}", []).append(line)
    return {log: "\n".join(logs[log]) for log in sorted(logs, key=lambda log: log.endswith("stderr"))}


def _yarn_logs(application: str) -> str:
    command = ["yarn", "logs", "-applicationId", application, "-am", "ALL", "-log_files", "stdout,stderr"]
    command += ["-size", f"-{SIZE}"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=WITHIN, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout
