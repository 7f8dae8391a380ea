"""End everything of a cancelled step. Its spec is ReapSpec.

The supervisor ends the step's processes; this waits for the last of them, kills the step's applications on YARN until
none is left, however long that takes, and makes the step CANCELLED in its info file. When YARN is down it ends with
exit code 1 and a note.
"""

from __future__ import annotations

import contextlib
import time

from localemr_node import processes, stepinfo, yarn
from localemr_node.notes import leave
from localemr_node.specs import ReapSpec, load

PAUSE = 0.1  # seconds


def remaining(run: str) -> str:
    """The applications and processes of the run that still live, in words; the applications are killed. Empty: none.
    Raises OSError, ValueError or LookupError when YARN is down."""

    def kill() -> list[str]:
        applications = yarn.living(run)
        for application in applications:
            with contextlib.suppress(LookupError):
                yarn.kill(application)
        return applications

    applications = yarn.awaited(kill)
    # In this order: a process may have submitted an application just before its end.
    pids = processes.of_run(run, 0)
    return " ".join([*applications, *map(str, pids)])


def main() -> int:
    """The tool."""
    spec = load(ReapSpec)
    clean = 0
    while clean < 2:  # nothing was found twice in a row, for the reason above
        try:
            rest = remaining(spec.run)
        except (OSError, ValueError, LookupError) as error:
            leave(f"YARN does not answer: {error}")
            return 1
        clean = 0 if rest else clean + 1
        if rest:
            leave(f"still there: {rest}")
            time.sleep(PAUSE)
    leave("")
    stepinfo.change(spec.number, "CANCELLED")
    return 0
