"""The applications that a run started on YARN: its name is their tag. The ResourceManager is on this host."""

from __future__ import annotations

import http.client
import json
from typing import Any

PORT = 8088
TIMEOUT = 5  # seconds
LIVING = "NEW,NEW_SAVING,SUBMITTED,ACCEPTED,RUNNING"


def started(run: str, states: str = "") -> list[str]:
    """Ids of the run's applications, of all states or some. Raises OSError or ValueError when YARN does not answer."""
    chosen = f"&states={states}" if states else ""
    # YARN keeps tags in small letters.
    found = _request("GET", f"/ws/v1/cluster/apps?applicationTags={run.lower()}{chosen}")["apps"] or {}
    return sorted(each["id"] for each in found.get("app", []))


def living(run: str) -> list[str]:
    """Those that have not ended."""
    return started(run, LIVING)


def kill(application: str) -> None:
    """Make YARN kill an application. Raises OSError or ValueError."""
    _request("PUT", f"/ws/v1/cluster/apps/{application}/state", {"state": "KILLED"})


def _request(method: str, path: str, document: Any = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=TIMEOUT)
    try:
        content = None if document is None else json.dumps(document)
        connection.request(method, path, content, {"Content-Type": "application/json", "Accept": "application/json"})
        answer = connection.getresponse()
        body = answer.read()
        if answer.status >= 400:
            raise OSError(f"YARN's answer to {method} {path} is {answer.status}: {body[:200]!r}")
        return json.loads(body)
    except http.client.HTTPException as error:
        raise OSError(f"YARN does not answer: {error!r}") from error
    finally:
        connection.close()
