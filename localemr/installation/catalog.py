"""The shared catalog's container, created and started on first use by a Glue call or a cluster.

Starting takes seconds, and up to a minute on failure. One thread starts it for all waiting callers. The reconciler does
not wait for it but checks again later.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any

from localemr.domain.node.shared_catalog import ALIAS
from localemr.glue.hive import answers
from localemr.installation import minio
from localemr.installation.containers import Containers, connect, docker_errors_as_problems
from localemr.problem import Problem
from localemr.runtime.base import RuntimeDeferred, RuntimeFailure
from localemr.settings import Settings

log = logging.getLogger(__name__)

PORT = 9083
ROLE = "catalog"
BUCKET = "localemr-catalog"
DATA = "/var/lib/localemr/catalog"
START_SECONDS = 60.0
PATIENCE = 1.0
"""Seconds that `ready` waits: a running catalog responds within this time."""
PAUSE = 1.0
"""Seconds until the next pass of a cluster whose shared catalog is being started."""
WATCH_INTERVAL = 10.0
"""Seconds between two checks of a catalog in use."""
LINES_SHOWN = 15

Address = tuple[str, int]


class Starting:
    """Starts a service in a separate thread, one start at a time, for several waiting threads."""

    def __init__(self, start: Callable[[], Address]) -> None:
        """`start` starts the service and returns its address when it responds. It raises OSError."""
        self._start = start
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "catalog")
        self._current: Future[Address] | None = None
        self._unseen: Future[Address] | None = None

    def wait(self) -> Address:
        """Start the service if needed, and wait; returns its address. Raises OSError with the reason of a failure."""
        return self._begin().result()

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


class SharedCatalog:
    """Starts the catalog's container from the image that `image` returns, and recreates it after a removal.
    Thread-safe."""

    def __init__(self, settings: Settings, image: Callable[[], str]) -> None:
        self._settings = settings
        self._image = image
        self._starting = Starting(self._run)
        self._containers: Containers | None = None
        self._used = False
        self._watch: asyncio.Task[None] | None = None

    @property
    def container(self) -> str:
        """Its name."""
        return self._settings.catalog_container

    def start(self) -> Address:
        """Start the catalog and wait; returns its address for the controller. Raises OSError with the reason of a
        failure."""
        self._used = True
        return self._starting.wait()

    def ready(self) -> bool:
        """Start the catalog without waiting for it; whether it responds. Raises OSError as `start`."""
        self._used = True
        return self._starting.ready(PATIENCE)

    async def begin(self, now: Callable[[], float]) -> None:
        """Start the catalog for a cluster that uses it. During the start the cluster's pass ends and is repeated later,
        so that other clusters do not wait. Raises RuntimeDeferred until it responds, RuntimeFailure if it does not run.
        """
        try:
            ready = await asyncio.to_thread(self.ready)
        except OSError as error:
            raise RuntimeFailure(f"the shared catalog does not run: {error}") from error
        if not ready:
            raise RuntimeDeferred(now() + PAUSE, message="The shared catalog is being started.")

    def start_watch(self) -> None:
        """Start the watch: a catalog in use that was stopped or removed is started again."""
        self._watch = asyncio.create_task(self._look_on())

    async def close(self) -> None:
        """End the watch; the container keeps running without the controller."""
        if self._watch:
            self._watch.cancel()
            await asyncio.gather(self._watch, return_exceptions=True)
        self._starting.close()

    async def _look_on(self) -> None:
        reported = ""
        while True:
            try:
                await asyncio.to_thread(self._look)
                reported = ""
            except (OSError, Problem) as error:
                if str(error) != reported:
                    log.warning("the shared catalog does not run: %s", error)
                reported = str(error)
            await asyncio.sleep(WATCH_INTERVAL)

    def _look(self) -> None:
        """Start the catalog if it is in use. It is also in use if an earlier controller left it running."""
        if not self._used:
            with docker_errors_as_problems():
                found = self._docker().find(self.container)
            self._used = found is not None and found.status == "running"
        if self._used:
            self._starting.ready(PATIENCE)

    def _run(self) -> Address:
        try:
            with docker_errors_as_problems():
                return self._await(self._running())
        except Problem as problem:
            raise OSError(problem.message) from problem

    def _docker(self) -> Containers:
        if self._containers is None:
            self._containers = Containers(self._settings, connect())
        return self._containers

    def _running(self) -> Any:
        docker, settings = self._docker(), self._settings
        docker.ensure_network()
        docker.ensure_volume(self._volume)
        container = docker.ensure_container(self.container, ALIAS, ROLE, self._config())
        if container.status != "running":
            # Compose's containers are in networks of its own.
            docker.attach(settings.s3_container, minio.ALIAS)
            if settings.controller_container:
                docker.attach(settings.controller_container, "controller")
            self._make_bucket()
            container.start()
        return container

    @property
    def _volume(self) -> str:
        return f"localemr-{self._settings.installation}-catalog"

    def _config(self) -> dict[str, Any]:
        settings = self._settings
        return {
            "image": self._image(),
            "environment": {
                "AWS_ENDPOINT_URL_S3": f"http://{minio.ALIAS}:{minio.PORT}",
                "AWS_ACCESS_KEY_ID": settings.access_key,
                "AWS_SECRET_ACCESS_KEY": settings.secret_key,
                "AWS_REGION": settings.region,
            },
            # Docker chooses a free port of the host, which is then in the container's attributes.
            "ports": {f"{PORT}/tcp": ("127.0.0.1", None)},
            "volumes": {self._volume: {"bind": DATA, "mode": "rw"}},
        }

    def _make_bucket(self) -> None:
        """Create the bucket of databases without a location."""
        from localemr.installation.buckets import ensure_bucket

        ensure_bucket(self._settings, BUCKET)

    def _await(self, container: Any) -> Address:
        """Wait until it responds: a published port accepts connections before the metastore does."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            address = self._address(container)
            if address and answers(address):
                return address
            time.sleep(0.05)
            container.reload()
        text = container.logs(tail=LINES_SHOWN).decode(errors="replace")
        raise Problem(f"the catalog's container did not answer within {START_SECONDS:.0f} s:\n{text}")

    def _address(self, container: Any) -> Address | None:
        if self._settings.controller_container:
            return (self.container, PORT)
        published = (container.attrs["NetworkSettings"]["Ports"] or {}).get(f"{PORT}/tcp")
        return ("127.0.0.1", int(published[0]["HostPort"])) if published else None
