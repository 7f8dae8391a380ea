"""End everything of a cancelled step. Its spec is ReapSpec.

The supervisor ends the step's processes; this waits for the last of them, kills the step's applications on YARN until
none is left, and makes the step CANCELLED in its info file. After 60 s it ends with exit code 1 and a note.
"""

from __future__ import annotations

import time

from localemr_node import processes, stepinfo, yarn
from localemr_node.notes import leave
from localemr_node.specs import ReapSpec, load

TIMEOUT = 60  # seconds
PAUSE = 0.1


def remaining(run: str) -> str:
    """The applications and processes of the run that still live, in words; the applications are killed. Empty: none."""
    try:
        applications = yarn.living(run)
        for application in applications:
            yarn.kill(application)
    except (OSError, ValueError, LookupError) as error:
        return str(error)
    # In this order: a process may have submitted an application just before its end.
    pids = processes.of_run(run, 0)
    return " ".join([*applications, *map(str, pids)])


def main() -> int:
    """The tool."""
    spec = load(ReapSpec)
    deadline = time.monotonic() + TIMEOUT
    clean = 0
    while clean < 2:  # nothing was found twice in a row, for the reason above
        rest = remaining(spec.run)
        clean = 0 if rest else clean + 1
        if rest:
            if time.monotonic() > deadline:
                leave(f"still there: {rest}")
                return 1
            time.sleep(PAUSE)
    stepinfo.change(spec.number, "CANCELLED")
    return 0
