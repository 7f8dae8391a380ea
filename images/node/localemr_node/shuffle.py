"""Whether this node has shuffle data of an application that runs, by the files that its NodeManager serves.

Spark's executors, and tasks of MapReduce and Tez, leave it in YARN's folder of the application, which the NodeManager
removes with the end of the application. As on EMR data counts for 30 minutes after it was written.
"""

from __future__ import annotations

import os
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

FOLDER = "/mnt/yarn/usercache"
"""Of yarn.nodemanager.local-dirs as LocalEMR sets it. Data elsewhere is not seen."""
SHUFFLE = "yarn-shuffle"
"""The measurement: 1 or 0. localemr/domain/model/metrics.py has the name too."""
KEPT = 1800.0
"""Seconds."""
EVERY = 20.0
"""Seconds between two looks, at least."""
SHARE = 0.005
"""The share of a processor that the looks take, at most: after a long one the next is later."""
EXECUTOR, OUTPUT, DATA = "blockmgr-", "output", "shuffle_"
"""Prefix of an executor's folder, the folder of MapReduce's and Tez's outputs, prefix of Spark's files."""


class Shuffle:
    """The looks of a node."""

    def __init__(self, folder: str = FOLDER) -> None:
        self._folder = folder
        self._found = False
        self._due = 0.0

    def news(self) -> Iterator[tuple[str, int]]:
        """The measurement, when it changed since the last call."""
        began = time.monotonic()
        if began < self._due:
            return
        found = has_data(self._folder, time.time() - KEPT)
        ended = time.monotonic()
        self._due = ended + max(EVERY, (ended - began) / SHARE)
        if found != self._found:
            self._found = found
            yield SHUFFLE, int(found)


def has_data(folder: str, since: float) -> bool:
    """Whether an application has shuffle data on the node that was written after `since` (epoch seconds)."""
    applications = (each for user in _entries(folder) for each in _entries(os.path.join(user.path, "appcache")))
    return any(_has_data(each.path, since) for each in applications)


def _has_data(application: str, since: float) -> bool:
    for each in _entries(application):
        if each.name.startswith(EXECUTOR) and any(_has_files(one.path) for one in _changed(each.path, since)):
            return True
        if each.name == OUTPUT and any(True for _ in _changed(each.path, since)):
            return True
    return False


def _has_files(bucket: str) -> bool:
    """Whether one of an executor's folders, which also have cached and broadcast data, has shuffle data."""
    return any(each.name.startswith(DATA) for each in _entries(bucket))


def _changed(folder: str, since: float) -> Iterator[os.DirEntry[str]]:
    """The folders in it to which anything was added after `since`: that changes their own time."""
    for each in _entries(folder):
        try:
            if each.stat(follow_symlinks=False).st_mtime > since:
                yield each
        except OSError:  # it has just been removed
            continue


def _entries(folder: str) -> Iterable[os.DirEntry[str]]:
    """What is in the folder; nothing when it has gone or is no folder."""
    try:
        with os.scandir(folder) as found:
            return list(found)
    except OSError:
        return ()
