"""The controller's log: bounded while the controller runs, and readable for this user only."""

from __future__ import annotations

import logging
from logging.handlers import RotatingFileHandler
from pathlib import Path

FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
LOG_BYTES = 5_000_000
OLD_LOGS = 1
"""Number of old log files."""


def set_up_logging(level: int, file: Path | None = None, most: int = LOG_BYTES) -> None:
    """Log to standard error, or to a file of at most `most` bytes, after which it becomes `<file>.1`."""
    handler = (
        logging.StreamHandler()
        if file is None
        else RotatingFileHandler(file, maxBytes=most, backupCount=OLD_LOGS, encoding="utf-8")
    )
    logging.basicConfig(level=level, format=FORMAT, handlers=[handler], force=True)
    for client in ("httpx", "httpcore", "httpx2", "httpcore2"):  # a line, or several, for each call that is passed on
        logging.getLogger(client).setLevel(logging.WARNING)
