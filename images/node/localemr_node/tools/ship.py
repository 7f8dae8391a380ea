"""Send log files, gzip'ed, to a cluster's LogUri. Its spec is ShipSpec.

Once: everything that changed; exit code 1 and a note when something could not be sent, 2 when S3 refused it. With
`watch`: without end, as logs change, and what could not be sent is retried.
"""

from __future__ import annotations

import fcntl
import itertools
import sys
import time

from localemr_node import history, logfiles, shipping, watching
from localemr_node.notes import leave
from localemr_node.snapshot import Snapshots
from localemr_node.specs import ShipSpec, load

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from localemr_node.logfiles import Log

REFUSED = 2
"""The exit code when S3 refused a log."""
HISTORY_EVERY = 4.0
"""Seconds between two requests to HDFS."""


def send(places: shipping.Places, logs: Iterable[Log]) -> int:
    """Send those of the logs that changed; their number. Raises ObjectError or OSError."""
    from localemr_node.transfers import upload  # watching does not need it

    with open(f"{shipping.MANIFEST}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # one at a time on an instance
        manifest = shipping.Manifest()
        manifest.shorten()
        return shipping.Shipper(upload, places, manifest).ship(logs)


def watch(places: shipping.Places, instance: str) -> None:
    """Send logs as they change, without end."""
    snapshots, news = Snapshots(), history.News() if history.is_here() else None
    # The first answer takes a NameNode up to a second of processor time.
    next_request = time.monotonic() + watching.STARTING

    def look() -> Iterable[Log]:
        nonlocal next_request
        snapshots.keep_up(time.time())
        ended: Iterable[Log] = ()
        if news and time.monotonic() >= next_request:
            ended, next_request = news.files(), time.monotonic() + HISTORY_EVERY
        return (log for log in itertools.chain(logfiles.local(instance), ended) if places.of(log.key))

    watching.watch(look, lambda due: watching.in_child(lambda: send(places, due)), shipping.Manifest())


def main() -> int:
    """The tool."""
    spec = load(ShipSpec)
    places = shipping.Places(spec.log_uri or "", spec.cluster)
    if spec.watch:
        watch(places, spec.instance)
    try:
        Snapshots().take(time.time())
        ended: Iterable[Log] = history.files() if history.is_here() else ()
        print(send(places, itertools.chain(logfiles.local(spec.instance), ended)), "files sent")
    except Exception as error:
        print(error, file=sys.stderr)
        leave(f"logs could not be sent: {error}")
        return REFUSED if getattr(error, "final", False) else 1
    return 0
