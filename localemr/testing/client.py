"""A client of the control API, for tests."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from typing import Any


class ControlError(Exception):
    """The control API refused; the message says why."""


class Control:
    """Moves the clock of an installation and writes its script.

    Args:
        endpoint: URL of the EMR endpoint, such as `http://127.0.0.1:4577`.
    """

    def __init__(self, endpoint: str) -> None:
        self._endpoint = endpoint.rstrip("/")
        self._opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def now(self) -> float:
        """The clock's time, in epoch seconds."""
        return float(self._ask("GET", "clock")["now"])

    def advance(self, seconds: float) -> float:
        """Move the clock forwards; its new time. Raises ControlError for real clusters."""
        return float(self._ask("POST", "clock", {"advance": seconds})["now"])

    def speed(self, factor: float) -> None:
        """Let the clock go so many times as fast as the computer's; 0: it stands. Raises ControlError."""
        self._ask("POST", "clock", {"speed": factor})

    def script(self, *rules: dict[str, Any]) -> None:
        """Replace the script (docs/testing.md describes rules). Raises ControlError for a rule that makes no sense."""
        self._ask("PUT", "script", list(rules))

    def rules(self) -> list[dict[str, Any]]:
        """The rules that are left."""
        return list(self._ask("GET", "script"))

    def fail_step(self, name: str = "*", **details: Any) -> None:
        """Add a rule: steps of this name fail. `details`: after, code, reason, message, times."""
        self._add(on="step", result="fail", match={"name": name}, **details)

    def hang_step(self, name: str = "*", **details: Any) -> None:
        """Add a rule: steps of this name run until they are cancelled."""
        self._add(on="step", result="hang", match={"name": name}, **details)

    def fail_bootstrap(self, name: str = "*", **details: Any) -> None:
        """Add a rule: bootstrap actions of this name fail."""
        self._add(on="bootstrap", result="fail", match={"name": name}, **details)

    def lose_instance(self, role: str = "CORE", after: float = 0.0, times: int | None = 1) -> None:
        """Add a rule: instances of this role vanish so long after their start."""
        self._add(on="instance", result="lose", match={"role": role}, after=after, times=times)

    def _add(self, **rule: Any) -> None:
        self._ask("POST", "script", [rule])

    def _ask(self, method: str, what: str, document: Any = None) -> Any:
        body = None if document is None else json.dumps(document).encode()
        headers = {"Content-Type": "application/json"}
        request = urllib.request.Request(f"{self._endpoint}/_localemr/{what}", body, headers, method=method)
        try:
            with self._opener.open(request, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            raise ControlError(_detail(error)) from error


def _detail(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.load(error)["detail"])
    except (ValueError, KeyError, TypeError):
        return f"HTTP {error.code}"
