"""`python -m tests.kubernetes.held FILE`: `localemr serve`, and how long its event loop is held.

FILE gets a line for each time that one round of the loop took much of the processor: milliseconds of processor time.
Unlike the wait of a call, it has no other work of the host in it.
"""

from __future__ import annotations

import asyncio
import sys
import time
from pathlib import Path
from typing import Any

from localemr.app import Controller
from localemr.cli.main import app

LOOK = 0.002
"""Seconds between two looks: what a round took is found out that exactly."""
MUCH = 0.02


class Held:
    """Looks at the loop as a callback in it: between two looks there is at most one long round."""

    def __init__(self, file: Path) -> None:
        self._file, self._before = file, 0.0

    def begin(self) -> None:
        """Look from now on, in the running loop."""
        self._before = time.thread_time()
        self._again()

    def _look(self) -> None:
        now = time.thread_time()
        if now - self._before > MUCH:
            with self._file.open("a") as lines:
                lines.write(f"{(now - self._before) * 1000:.0f}\n")
        self._before = time.thread_time()
        self._again()

    def _again(self) -> None:
        asyncio.get_running_loop().call_later(LOOK, self._look)


def main() -> None:
    """Serve."""
    held, opened = Held(Path(sys.argv[1])), Controller.open

    async def opening(*arguments: Any, **named: Any) -> Controller:
        controller = await opened(*arguments, **named)
        held.begin()
        return controller

    Controller.open = opening  # type: ignore[method-assign]
    sys.argv[1:] = ["serve"]
    app()


if __name__ == "__main__":
    main()
