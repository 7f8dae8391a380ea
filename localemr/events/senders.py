"""Ways to hand an event to a target: an HTTP request, a call of AWS's services, a line in a file."""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import httpx

from localemr.delivery.aws import AwsServices
from localemr.delivery.calls import LOGS
from localemr.delivery.deliveries import Failed, Refused
from localemr.events.targets import group_of, is_url, log_of, received
from localemr.outgoing import Client

log = logging.getLogger(__name__)
SECONDS = 5.0
"""How long a target may take for its answer, as an API destination of EventBridge."""
AGAIN = frozenset({401, 407, 408, 409, 425, 429})
"""Answers beside 5xx after which EventBridge tries again."""
LARGEST = 5_000_000
"""Bytes of a log, after which it becomes the file .1 beside it."""


class Senders:
    """Delivers to all kinds of targets. `logs` is the folder of logs; None: their lines go to the controller's log.
    `aws` reaches queues, topics, functions and log groups; None: there are none."""

    def __init__(self, logs: Path | None, aws: AwsServices | None = None) -> None:
        self._logs, self._aws = logs, aws
        self._http = Client(SECONDS)

    async def close(self) -> None:
        """Close the connections."""
        await self._http.close()

    def offers(self, service: str) -> bool:
        """Whether there is this service of AWS's."""
        return self._aws is not None and self._aws.offers(service)

    async def send(self, target: Mapping[str, Any], event: str, rule: str) -> None:
        """Deliver an event to a target of a rule. Raises Failed or Refused."""
        body = received(target, event)
        if is_url(target["Arn"]):
            await self._post(target, body)
        elif (name := log_of(target["Arn"])) and not self.offers(LOGS):
            try:
                await asyncio.to_thread(self._write, name, body)
            except OSError as error:
                raise Failed(str(error)) from error
        else:
            # Streams of logs take times of their service's clock, not of one that tests move.
            stream = f"{rule}/{target['Id']}"
            await self.call(target["Arn"], body.decode(), time.time(), group=group_of(target), stream=stream)

    async def call(self, arn: str, body: str, at: float, **more: Any) -> None:
        """See AwsServices.send."""
        if self._aws is None:
            raise Refused(f"there is no endpoint for {arn}", "NO_RESOURCE")
        await self._aws.send(arn, body, at, **more)

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
