"""Ways to hand an event to a target: an HTTP request, and a line in a log."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from localemr.events.targets import is_url, log_of, received

log = logging.getLogger(__name__)
SECONDS = 5.0
"""How long a target may take for its answer, as an API destination of EventBridge."""
AGAIN = frozenset({401, 407, 408, 409, 425, 429})
"""Answers beside 5xx after which EventBridge tries again."""
LARGEST = 5_000_000
"""Bytes of a log, after which it becomes the file .1 beside it."""


class Failed(Exception):
    """The target did not take the event, and may take it later."""


class Refused(Exception):
    """The target did not take the event, and will not."""


class Senders:
    """Delivers to all kinds of targets. `logs` is the folder of logs; None: their lines go to the controller's log."""

    def __init__(self, logs: Path | None) -> None:
        self._logs = logs
        # Proxies of the environment are for the world outside.
        self._http = httpx.AsyncClient(timeout=SECONDS, trust_env=False, follow_redirects=False)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.aclose()

    async def send(self, target: Mapping[str, Any], event: str) -> None:
        """Deliver an event. Raises Failed or Refused."""
        body = received(target, event)
        if is_url(target["Arn"]):
            await self._post(target, body)
        elif name := log_of(target["Arn"]):
            try:
                await asyncio.to_thread(self._write, name, body)
            except OSError as error:
                raise Failed(str(error)) from error

    async def _post(self, target: Mapping[str, Any], body: bytes) -> None:
        parameters = target.get("HttpParameters") or {}
        headers = {"Content-Type": "application/json", **parameters.get("HeaderParameters", {})}
        query = parameters.get("QueryStringParameters") or None
        try:
            # Its own time for the whole answer: a body may come in drops.
            async with (
                asyncio.timeout(SECONDS),
                self._http.stream("POST", target["Arn"], content=body, headers=headers, params=query) as answer,
            ):
                status = answer.status_code
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError, OSError) as error:
            raise Failed(str(error) or type(error).__name__) from error
        if status >= 500 or status in AGAIN:
            raise Failed(f"it answered {status}")
        if not 200 <= status < 300:
            raise Refused(f"it answered {status}")

    def _write(self, name: str, body: bytes) -> None:
        if self._logs is None:
            log.info("/aws/events/%s: %s", name, body.decode())
            return
        self._logs.mkdir(parents=True, exist_ok=True, mode=0o700)
        file = self._logs / name
        flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW
        descriptor = os.open(file, flags, 0o600)
        with os.fdopen(descriptor, "ab") as opened:
            opened.write(body.replace(b"\n", b" ") + b"\n")
            size = opened.tell()
        if size > LARGEST:
            file.replace(file.with_name(f"{name}.1"))
