"""The controller's own log, as `localemr logs --controller` shows it."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

from localemr.installation.background import Controller
from localemr.problem import Problem

LOOK = 0.5  # seconds
PIECE = 1 << 18  # bytes

Write = Callable[[bytes], object]


def show(controller: Controller, follow: bool, write: Write, ended: Callable[[], bool] = lambda: False) -> None:
    """Write the log, then what a crash wrote to standard error. With `follow` go on with what is added, until `ended`.
    Raises Problem when there is none."""
    log = controller.log_file
    if not log.exists() and not controller.error_file.exists():
        raise Problem(
            f"there is no log {log}",
            "`localemr up` starts a controller with one; one under Compose has `docker logs "
            f"localemr-{controller.settings.installation}-controller`",
        )
    place = _rest(log, (0, 0), write)
    _rest(controller.error_file, (0, 0), write)
    while follow and not ended():
        time.sleep(LOOK)
        place = _rest(log, place, write)


def _rest(file: Path, place: tuple[int, int], write: Write) -> tuple[int, int]:
    """Write what the file has from a place on: its number on the disk, and bytes. A log that has become too long was
    replaced by a new one: what the old one still had is in `<file>.1`. Returns the place at its end."""
    number, start = place
    old = file.with_name(file.name + ".1")
    if number and _number(file) != number and _number(old) == number:
        _rest(old, place, write)
    try:
        with file.open("rb") as log:
            found = os.fstat(log.fileno()).st_ino
            log.seek(start if found == number else 0)
            while piece := log.read(PIECE):
                write(piece)
            return found, log.tell()
    except FileNotFoundError:
        return place


def _number(file: Path) -> int:
    try:
        return file.stat().st_ino
    except OSError:
        return 0
