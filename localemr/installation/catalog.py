"""The shared catalog's container, made and started when it is first needed: by a call of Glue's, or by a cluster.

Starting takes seconds, and up to a minute when something is wrong. It is done in a thread of its own, once for all who
wait for it; the loop that looks after clusters does not wait, but comes back.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor, wait
from typing import Any
from urllib.parse import urlsplit

from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from localemr.domain.node.shared_catalog import ALIAS
from localemr.glue.hive import answers
from localemr.installation import minio
from localemr.installation.containers import Containers, connect, docker_errors_as_problems
from localemr.problem import Problem
from localemr.settings import Settings

log = logging.getLogger(__name__)

PORT = 9083
ROLE = "catalog"
BUCKET = "localemr-catalog"
DATA = "/var/lib/localemr/catalog"
START_SECONDS = 60.0
PATIENCE = 1.0
"""Seconds that `ready` waits: a catalog that runs has answered by then."""
WATCH_INTERVAL = 10.0
"""Seconds between two looks at a catalog that is in use."""
LINES_SHOWN = 15

Address = tuple[str, int]


class Starting:
    """Something that is started in a thread of its own, by one thread at a time, for several that wait for it."""

    def __init__(self, start: Callable[[], Address]) -> None:
        """`start` has it run and answer, and gives its address; it raises OSError."""
        self._start = start
        self._lock = threading.Lock()
        self._pool = ThreadPoolExecutor(1, "catalog")
        self._current: Future[Address] | None = None
        self._unseen: Future[Address] | None = None

    def wait(self) -> Address:
        """Have it run and answer; its address. Raises OSError with the reason when it does not start."""
        return self._begin().result()

    def ready(self, patience: float) -> bool:
        """Have it run; whether it answers after `patience` seconds at most. False: it is still being started.

        Raises OSError when it could not be started, also when that was found out after an earlier call.
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
        """Begin nothing any more; what is under way ends by itself."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _begin(self) -> Future[Address]:
        with self._lock:
            if self._current is None or self._current.done():
                self._current = self._pool.submit(self._start)
            return self._current


class SharedCatalog:
    """Starts the catalog's container from the image that `image` names, and again when it was removed. For several
    threads."""

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
        """Have it run and answer; where the controller reaches it. Raises OSError with what keeps it from that."""
        self._used = True
        return self._starting.wait()

    def ready(self) -> bool:
        """Have it run, without waiting until it does; whether it answers. Raises OSError as `start`."""
        self._used = True
        return self._starting.ready(PATIENCE)

    def start_watch(self) -> None:
        """Begin to look after it: a catalog in use that was stopped or removed is started again."""
        self._watch = asyncio.create_task(self._look_on())

    async def close(self) -> None:
        """Look after it no more; it goes on without the controller."""
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
        """Start it when it is in use. One that an earlier controller has left running is."""
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
        except (MinioException, HTTPError) as error:
            raise OSError(f"the bucket {BUCKET} could not be made: {error}") from error

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
            # Any port of the host: Docker chooses one, which the container's attributes then name.
            "ports": {f"{PORT}/tcp": ("127.0.0.1", None)},
            "volumes": {self._volume: {"bind": DATA, "mode": "rw"}},
        }

    def _make_bucket(self) -> None:
        """Databases without a location are kept in it."""
        settings = self._settings
        url = urlsplit(settings.s3_url)
        client = Minio(url.netloc, settings.access_key, settings.secret_key, secure=url.scheme == "https")
        if not client.bucket_exists(BUCKET):
            client.make_bucket(BUCKET)

    def _await(self, container: Any) -> Address:
        """Wait until it answers: a published port accepts connections before the metastore does."""
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
