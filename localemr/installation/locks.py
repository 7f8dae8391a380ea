"""What only one `localemr` of a machine may do at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def alone(file: Path, wait: Callable[[], object] = lambda: None) -> Iterator[None]:
    """Run the block while no other process is in one of the same lock file; a process that ends lets go of it.

    `wait` is called before waiting for another, to tell the user.
    """
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            wait()
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield
