"""A container besides clusters' that is created and started on first use, and looked after from then on.

Starting takes seconds, and up to a minute on failure. One thread starts it for all waiting callers.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from localemr.installation.containers import Containers, connect, docker_errors_as_problems
from localemr.problem import Problem
from localemr.settings import Settings
from localemr.tasks import end

log = logging.getLogger(__name__)

START_SECONDS = 60.0
PATIENCE = 1.0
"""Seconds that `ready` waits: a running service responds within this time."""
WATCH_INTERVAL = 10.0
"""Seconds between two checks of a service in use."""
LINES_SHOWN = 15

Address = tuple[str, int]


class Starting:
    """Starts a service in a separate thread, one start at a time, for several waiting threads."""

    def __init__(self, start: Callable[[], Address]) -> None:
        """`start` starts the service and returns its address when it responds. It raises OSError."""
        self._start = start
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "starting")
        self._current: Future[Address] | None = None
        self._unseen: Future[Address] | None = None

    def wait(self) -> Address:
        """Start the service if needed, and wait; returns its address. Raises OSError with the reason of a failure."""
        return self._begin().result()

    async def started(self) -> Address:
        """The same for an event loop, which no thread waits for: callers that took its threads would wait for ever for
        a start that needs one of them."""
        return await asyncio.shield(asyncio.wrap_future(self._begin()))

    def ready(self, patience: float) -> bool:
        """Start the service if needed; whether it responds within `patience` seconds. False: it is still starting.

        Raises OSError when it could not be started, also for a start by an earlier call.
        """
        with self._lock:
            earlier, self._unseen = self._unseen, None
        current = earlier or self._begin()
        if wait([current], patience).not_done:
            with self._lock:
                self._unseen = current
            return False
        current.result()
        return True

    def close(self) -> None:
        """Accept no more starts. A running start is not interrupted."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> Future[Address]:
        with self._lock:
            if self._current is None or self._current.done():
                self._current = self._pool.submit(self._start)
            return self._current


class StartedOnUse:
    """A container that is started on first use, and recreated after a removal. Thread-safe.

    `subject` is what messages call it, `port` where it listens inside the container.
    """

    subject = ""
    port = 0

    def __init__(self, settings: Settings, container: str) -> None:
        """`container` is its name."""
        self._settings = settings
        self.container = container
        self.address: Address | None = None
        """Where it responded when it was last looked up."""
        self._starting = Starting(self._note)
        self._containers: Containers | None = None
        self._used = False
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> Address:
        """Start it and wait; returns its address for the controller. Raises OSError with the reason of a failure."""
        self._used = True
        return self._starting.wait()

    async def started(self) -> Address:
        """As `start`, for an event loop."""
        self._used = True
        return await self._starting.started()

    def ready(self) -> bool:
        """Start it without waiting for it; whether it responds. Raises OSError as `start`."""
        self._used = True
        return self._starting.ready(PATIENCE)

    def start_watch(self) -> None:
        """Start the watch: a service in use that was stopped or removed is started again."""
        self._watch = asyncio.create_task(self._look_on())

    async def close(self) -> None:
        """End the watch; the container keeps running without the controller."""
        await end(self._watch)
        self._starting.close()

    def _create(self, docker: Containers) -> Any:
        """The container, started if it was not running. Raises Problem, and errors of Docker."""
        raise NotImplementedError

    def _answers(self, address: Address) -> bool:
        """Whether it responds at its address."""
        raise NotImplementedError

    async def _look_on(self) -> None:
        reported = ""
        while True:
            try:
                await asyncio.to_thread(self._look)
                reported = ""
            except (OSError, Problem) as error:
                if str(error) != reported:
                    log.warning("%s does not run: %s", self.subject, error)
                reported = str(error)
            await asyncio.sleep(WATCH_INTERVAL)

    def _look(self) -> None:
        """Start it if it is in use. It is also in use if an earlier controller left it running."""
        if not self._used:
            with docker_errors_as_problems():
                found = self._docker().find(self.container)
            self._used = found is not None and found.status == "running"
        if self._used:
            self._starting.ready(PATIENCE)

    def _note(self) -> Address:
        self.address = self._run()
        return self.address

    def _run(self) -> Address:
        try:
            with docker_errors_as_problems():
                docker = self._docker()
                docker.ensure_network()
                return self._await(self._create(docker))
        except Problem as problem:
            raise OSError(problem.message) from problem

    def _docker(self) -> Containers:
        if self._containers is None:
            self._containers = Containers(self._settings, connect())
        return self._containers

    @property
    def _volume(self) -> str:
        return self.container

    def _await(self, container: Any) -> Address:
        """Wait until it responds: a published port accepts connections before the service does."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            address = self._address(container)
            if address and self._answers(address):
                return address
            time.sleep(0.05)
            container.reload()
        text = container.logs(tail=LINES_SHOWN).decode(errors="replace")
        raise Problem(f"the container of {self.subject} did not answer within {START_SECONDS:.0f} s:\n{text}")

    def _address(self, container: Any) -> Address | None:
        if self._settings.controller_container:
            return (self.container, self.port)
        published = (container.attrs["NetworkSettings"]["Ports"] or {}).get(f"{self.port}/tcp")
        return ("127.0.0.1", int(published[0]["HostPort"])) if published else None
