"""Locks between `localemr` processes."""

from __future__ import annotations

import asyncio
import fcntl
import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

from localemr.installation.home import FOLDER_MODE, open_private

LOOK_AGAIN = 0.5
"""Seconds between two looks at a lock that another process holds."""


@contextmanager
def exclusive_lock(file: Path, wait: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Run the block while no other process holds the same lock file; the lock of a process that ends is released.

    `wait` is called before waiting for another process, so that the user can be notified.
    """
    file.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    descriptor = open_private(file, os.O_RDWR)
    try:
        if not _taken(descriptor):
            wait()
            fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


@asynccontextmanager
async def exclusive_lock_async(file: Path) -> AsyncIterator[None]:
    """The same lock for a task, which waits without a thread and may be cancelled meanwhile."""
    file.parent.mkdir(parents=True, exist_ok=True, mode=FOLDER_MODE)
    descriptor = open_private(file, os.O_RDWR)
    try:
        while not _taken(descriptor):
            await asyncio.sleep(LOOK_AGAIN)
        yield
    finally:
        os.close(descriptor)


def _taken(descriptor: int) -> bool:
    """Take the lock unless another process holds it; whether it is taken now."""
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
