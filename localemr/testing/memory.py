"""An EMR endpoint inside this process: the controller over the memory runtime, one for each test.

The HTTP server is started once and runs in a thread. Every test has its own controller, with an empty store.
"""

from __future__ import annotations

import threading
from functools import cache
from typing import Any

from localemr.app import Controller, new_app
from localemr.clock import MovableClock
from localemr.doors import behind_door
from localemr.platforms import Platform, memory_platform
from localemr.settings import Settings
from localemr.testing.client import Control
from localemr.testing.server import Server

_in_use = threading.Lock()


@cache
def _the_server() -> Server:
    return Server()


class MemoryEmr:
    """An isolated endpoint for the duration of a `with` block; one at a time in a process.

    `endpoint` is its URL, `control` controls its clock and script. The clock runs `speed` times as fast as the
    computer's, beginning at `start` (epoch seconds; None: now). At speed 0 it stands until it is moved. `aws_endpoints`
    is LOCALEMR_AWS_ENDPOINTS (docs/aws.md).
    """

    def __init__(
        self,
        region: str = "us-east-1",
        speed: float = 1.0,
        start: float | None = None,
        aws_endpoints: str = "",
    ) -> None:
        self._settings = Settings(runtime="memory", region=region, aws_endpoints=aws_endpoints)
        self._speed, self._start = speed, start

    def __enter__(self) -> MemoryEmr:
        if not _in_use.acquire(blocking=False):
            raise RuntimeError("this process has a MemoryEmr already: leave its block first")
        self._server = _the_server()
        self.endpoint = f"http://127.0.0.1:{self._server.port}"
        self.control = Control(self.endpoint)
        self._clients: list[Any] = []
        self._controller = self._server.run(self._open())
        return self

    async def _open(self) -> Controller:
        controller = await Controller.open(self._settings, self._platform())
        app = new_app()
        controller.serve(app, {})
        self._server.app = behind_door(app, self._settings, lambda: controller)
        return controller

    def _platform(self) -> Platform:
        return memory_platform(MovableClock(self._start, self._speed))

    def client(self, service: str = "emr", **options: Any) -> Any:
        """A boto3 client of the endpoint, for `emr`, `glue`, `sts`, `cloudwatch` or `events`; `options` go to boto3."""
        import boto3

        given = {
            "region_name": self._settings.region,
            "endpoint_url": self.endpoint,
            "aws_access_key_id": "test",
            "aws_secret_access_key": "test",
        }
        self._clients.append(boto3.client(service, **(given | options)))
        return self._clients[-1]

    def __exit__(self, *error: object) -> None:
        for client in self._clients:
            client.close()
        self._server.run(self._controller.close())
        _in_use.release()
