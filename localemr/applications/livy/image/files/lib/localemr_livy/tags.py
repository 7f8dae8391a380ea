"""The tags of the applications that the server has started and that may still be on YARN, in a file.

A tag is written before its `spark-submit` starts, and removed once its application is over. So what a server left
behind is known to the next one, which has YARN kill it.
"""

from __future__ import annotations

import json
import logging
import os
import threading
import time
from collections.abc import Iterable, Mapping

from localemr_livy.yarn import Report, Yarn

LOG = logging.getLogger("livy.tags")
GRACE = 5.0
"""Seconds in which an application without a session may end by itself."""
UNSEEN = 120.0
"""Seconds after which an application that YARN does not have will not come: its `spark-submit` was ended."""


class Tags:
    """The tags by the time at which their session or batch ended: 0 while it lives."""

    def __init__(self, path: str) -> None:
        """Reads the file: all in it are of an earlier server, so they have ended."""
        self._path = path
        self._lock = threading.Lock()
        self._ended: dict[str, float] = {tag: time.monotonic() - GRACE for tag in _read(path)}

    def add(self, tag: str) -> None:
        """An application is about to be started. Raises OSError when that cannot be written."""
        with self._lock:
            self._ended[tag] = 0.0
            self._write()

    def end(self, tag: str) -> None:
        """A session or batch is over: what remains of it is to end."""
        with self._lock:
            if self._ended.get(tag) == 0.0:
                self._ended[tag] = time.monotonic()

    def all(self) -> list[str]:
        """All tags."""
        with self._lock:
            return list(self._ended)

    def sweep(self, reports: Mapping[str, Report], yarn: Yarn) -> None:
        """Kill what has to end, and forget what is over. Raises OSError when YARN does not answer."""
        now = time.monotonic()
        with self._lock:
            over = {tag: now - since for tag, since in self._ended.items() if since}
        for tag, seconds in over.items():
            report = reports.get(tag)
            if report is None:
                if seconds > UNSEEN:
                    self._forget([tag])
            elif report.ended:
                self._forget([tag])
            elif seconds >= GRACE:
                LOG.info("killing %s, which no session or batch has any more", report.id)
                yarn.kill(report.id)

    def _forget(self, tags: Iterable[str]) -> None:
        with self._lock:
            for tag in tags:
                self._ended.pop(tag, None)
            self._write()

    def _write(self) -> None:
        new = f"{self._path}.new"
        with open(new, "w", encoding="utf-8") as file:
            json.dump(sorted(self._ended), file)
            file.flush()
            os.fsync(file.fileno())
        os.replace(new, self._path)


def _read(path: str) -> list[str]:
    try:
        with open(path, encoding="utf-8") as file:
            found = json.load(file)
    except FileNotFoundError:
        return []
    except ValueError:
        LOG.exception("%s is damaged", path)
        return []
    return [str(each) for each in found] if isinstance(found, list) else []
