"""Locks between `localemr` processes."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from localemr.installation.home import FOLDER_MODE, open_private


@contextmanager
def exclusive_lock(file: Path, wait: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Run the block while no other process holds the same lock file; the lock of a process that ends is released.

    `wait` is called before waiting for another process, so that the user can be notified.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    descriptor = open_private(file, os.O_RDWR)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)
