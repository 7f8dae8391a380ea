"""Sends logs while they grow: soon after the last change, or once a minute while they change. While an instance's
daemons come up, which takes all of its processors, only complete logs are sent.

One process an instance looks at the logs' sizes and times, which costs it at most a hundredth of a core. A child
sends what is due: what sending needs is then in memory only while logs are sent.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable, Iterable

from localemr_node.history import PREFIX as HISTORY
from localemr_node.logfiles import Log
from localemr_node.shipping import Manifest

STARTING = 10.0
"""Seconds from this process's start, with the instance's, in which its daemons come up."""
QUIET = 3.0
"""Seconds without a change after which a log is taken to be complete."""
EVERY = 60.0
"""Seconds between two sendings of a log that keeps changing."""
PAUSE = 1.5
"""Seconds between two looks, at least."""
LOOKING, SENDING = 0.01, 0.1
"""Shares of a processor that looking at logs, and sending again one that keeps changing, may take."""
LONGEST_PAUSE = 30.0
"""Seconds between two attempts while LogUri cannot be reached."""
STATE = "/var/lib/localemr/state"


def over(log: Log) -> bool:
    """Whether it is the log of a step that has ended, or a job's history, which appears whole."""
    parts = log.key.split("/")
    if parts[0] == "steps":
        return os.path.exists(f"{STATE}/step-{parts[1]}/exit")
    return log.key.startswith(f"{HISTORY}/")


class Watcher:
    """Decides which logs are due: before the time `calm` only those whose writer has ended, as `ended` decides."""

    def __init__(self, manifest: Manifest, ended: Callable[[Log], bool] = over, calm: float = 0.0) -> None:
        self._manifest = manifest
        self._ended = ended
        self._calm = calm
        self._since: dict[str, float] = {}
        self._not_before: dict[str, float] = {}

    def due(self, logs: Iterable[Log], now: float) -> list[Log]:
        """Those of the logs that must be sent now."""
        self._manifest.refresh()
        return [log for log in logs if self._manifest.is_new(log) and self._is_due(log, now)]

    def _is_due(self, log: Log, now: float) -> bool:
        if self._ended(log):
            return True
        if now < self._calm:
            return False
        since = self._since.setdefault(log.key, now)
        if now < self._not_before.get(log.key, 0.0):
            return False
        return now - log.changed >= QUIET or now - since >= EVERY

    def sent(self, logs: Iterable[Log], now: float, took: float) -> None:
        """Note that they were sent, which took so many seconds: long logs are not sent again so soon."""
        for log in logs:
            self._since[log.key] = now
            self._not_before[log.key] = now + took / SENDING


def watch(look: Callable[[], Iterable[Log]], send: Callable[[list[Log]], bool], manifest: Manifest) -> None:
    """Look and send for ever. `send` returns whether everything was sent. If not, it is retried, with pauses."""
    watcher = Watcher(manifest, calm=time.time() + STARTING)
    failures = 0
    while True:
        spent = time.process_time()
        due = watcher.due(look(), time.time())
        pause = max(PAUSE, (time.process_time() - spent) / LOOKING)
        if due:
            began = time.monotonic()
            if send(due):
                failures = 0
                watcher.sent(due, time.time(), time.monotonic() - began)
            else:
                failures += 1
                pause = min(PAUSE * 2**failures, LONGEST_PAUSE)
        time.sleep(pause)


def in_child(work: Callable[[], object]) -> bool:
    """Do the work in a child of this process. Returns whether it succeeded; an error is written to stderr."""
    sys.stdout.flush()
    child = os.fork()
    if child == 0:
        code = 1
        try:
            work()
            code = 0
        except Exception as error:
            print(f"{time.strftime('%F %T')} logs could not be sent: {error}", file=sys.stderr, flush=True)
        finally:
            os._exit(code)
    return os.waitpid(child, 0)[1] == 0
