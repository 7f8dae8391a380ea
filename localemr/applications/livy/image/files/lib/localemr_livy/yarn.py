"""YARN's applications by their tags, by the ResourceManager's REST API."""

from __future__ import annotations

import http.client
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

TIMEOUT = 30  # seconds of one request
ENDED = frozenset({"FINISHED", "FAILED", "KILLED"})


@dataclass(frozen=True)
class Report:
    """What YARN says of an application."""

    id: str
    state: str
    final: str
    tracking_url: str | None
    driver_log: str | None
    diagnostics: str

    @property
    def ended(self) -> bool:
        """Whether it is over."""
        return self.state in ENDED


class Yarn:
    """A ResourceManager."""

    def __init__(self, address: str = "127.0.0.1:8088") -> None:
        """`address` is that of its web server, with the port."""
        self._address = address

    def reports(self, tags: Iterable[str]) -> dict[str, Report]:
        """Tag → the last application with it, of those that exist. Raises OSError when YARN does not answer."""
        wanted = sorted(tags)
        if not wanted:
            return {}
        answer = self._request("GET", f"/ws/v1/cluster/apps?applicationTags={quote(','.join(wanted))}")
        found = {}
        for app in sorted((answer.get("apps") or {}).get("app", []), key=lambda each: str(each["id"])):
            carried = str(app.get("applicationTags", "")).split(",")
            found.update({tag: _report(app) for tag in wanted if tag in carried})
        return found

    def kill(self, application: str) -> None:
        """Have an application killed; one that has ended stays as it is. Raises OSError when YARN does not answer."""
        self._request("PUT", f"/ws/v1/cluster/apps/{application}/state", {"state": "KILLED"})

    def _request(self, method: str, path: str, document: Any = None) -> Any:
        connection = http.client.HTTPConnection(self._address, timeout=TIMEOUT)
        try:
            body = None if document is None else json.dumps(document)
            connection.request(method, path, body, {"Content-Type": "application/json", "Accept": "application/json"})
            answer = connection.getresponse()
            text = answer.read()
            if answer.status >= 500:
                raise OSError(f"YARN's answer to {method} {path} is {answer.status}")
            return json.loads(text) if answer.status < 400 else {}
        except (http.client.HTTPException, ValueError) as error:
            raise OSError(f"YARN does not answer: {error!r}") from error
        finally:
            connection.close()


def _report(app: Any) -> Report:
    return Report(
        str(app["id"]),
        str(app["state"]),
        str(app.get("finalStatus", "UNDEFINED")),
        app.get("trackingUrl") or None,
        app.get("amContainerLogs") or None,
        str(app.get("diagnostics") or ""),
    )
