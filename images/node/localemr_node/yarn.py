"""The applications that a run started on YARN: its name is their tag. A ResourceManager is on this host."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any, TypeVar

from localemr_node import active

PORT = 8088
TIMEOUT = 60  # seconds of one request
DOWN = 300.0
"""Seconds for which a ResourceManager that does not listen is awaited: it is restarted. One that is slow is awaited
for as long as it takes."""
PAUSE = 0.5
LIVING = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"
AGGREGATED = frozenset({"SUCCEEDED", "FAILED", "TIME_OUT", "DISABLED"})
"""Final states of the aggregation of an application's logs."""

T = TypeVar("T")


def awaited(call: Callable[[], T]) -> T:
    """The result of a call, repeated until YARN answers. Raises OSError or ValueError when it is down, and LookupError
    when it refuses the request."""
    deadline = time.monotonic() + DOWN
    while True:
        try:
            return call()
        except (OSError, ValueError) as error:
            if isinstance(error, TimeoutError):
                deadline = time.monotonic() + DOWN
            elif time.monotonic() > deadline:
                raise
        time.sleep(PAUSE)


def started(run: str, states: str = "") -> list[str]:
    """Ids of the run's applications, of all states or some. Raises OSError or ValueError when YARN does not answer."""
    return sorted(each["id"] for each in _applications(run, states))


def living(run: str) -> list[str]:
    """Those that have not ended."""
    return started(run, LIVING)


def failed(run: str) -> list[dict[str, Any]]:
    """Those that ended without success, as YARN describes them, in the order of their start."""
    ended = _applications(run, "FINISHED,FAILED,KILLED")
    return sorted(
        (each for each in ended if each["finalStatus"] in ("FAILED", "KILLED")), key=lambda each: str(each["id"])
    )


def application(application_id: str) -> dict[str, Any]:
    """An application as YARN describes it."""
    found: dict[str, Any] = _request("GET", f"/ws/v1/cluster/apps/{application_id}")["app"]
    return found


def kill(application: str) -> None:
    """Make YARN kill an application. Raises OSError or ValueError, and LookupError when it has just ended."""
    _request("PUT", f"/ws/v1/cluster/apps/{application}/state", {"state": "KILLED"})


def _applications(run: str, states: str) -> list[dict[str, Any]]:
    chosen = f"&states={states}" if states else ""
    # YARN keeps tags in small letters.
    found = _request("GET", f"/ws/v1/cluster/apps?applicationTags={run.lower()}{chosen}")["apps"] or {}
    return list(found.get("app", []))


def _request(method: str, path: str, document: Any = None) -> Any:
    content = None if document is None else json.dumps(document)
    headers = {"Content-Type": "application/json", "Accept": "application/json"}
    status, body = active.request(PORT, method, path, headers, content, TIMEOUT)
    if status >= 400:
        kind = LookupError if status < 500 else OSError
        raise kind(f"YARN's answer to {method} {path} is {status}: {body[:200]!r}")
    return json.loads(body)
