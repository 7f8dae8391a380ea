"""The shared catalog's container, made and started when it is first needed: by a call of Glue's, or by a cluster."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from minio import Minio
from minio.error import MinioException
from urllib3.exceptions import HTTPError

from localemr.domain.node.shared_catalog import ALIAS
from localemr.glue.hive import answers
from localemr.installation.services import S3_ALIAS, S3_PORT, Services, connect, docker_errors_as_problems
from localemr.problem import Problem
from localemr.settings import Settings

PORT = 9083
BUCKET = "localemr-catalog"
DATA = "/var/lib/localemr/catalog"
START_SECONDS = 60.0
LINES_SHOWN = 15

Address = tuple[str, int]


class SharedCatalog:
    """Sees to it that the catalog's container runs, from what `image` gives. For several threads."""

    def __init__(self, settings: Settings, image: Callable[[], str]) -> None:
        self._settings = settings
        self._image = image
        self._lock = threading.Lock()
        self._services: Services | None = None

    @property
    def container(self) -> str:
        """Its name."""
        return self._settings.catalog_container

    def start(self) -> Address:
        """Have it run and answer; where the controller reaches it. Raises OSError with what keeps it from that."""
        with self._lock:
            try:
                with docker_errors_as_problems():
                    container = self._running()
                    return self._await(container)
            except Problem as problem:
                raise OSError(problem.message) from problem
            except (MinioException, HTTPError) as error:
                raise OSError(f"the bucket {BUCKET} could not be made: {error}") from error

    def _running(self) -> Any:
        if self._services is None:
            self._services = Services(self._settings, connect())
        services = self._services
        services.ensure_network()
        services.client.volumes.create(self._volume, labels=services.labels)
        container = services.ensure_container(self.container, ALIAS, "catalog", self._config())
        if container.status != "running":
            # Compose's containers are in networks of its own.
            services.attach(self._settings.s3_container, S3_ALIAS)
            if self._settings.controller_container:
                services.attach(self._settings.controller_container, "controller")
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
                "AWS_ENDPOINT_URL_S3": f"http://{S3_ALIAS}:{S3_PORT}",
                "AWS_ACCESS_KEY_ID": settings.access_key,
                "AWS_SECRET_ACCESS_KEY": settings.secret_key,
                "AWS_REGION": settings.region,
            },
            # Any port: who starts the container asks which.
            "ports": {f"{PORT}/tcp": ("127.0.0.1", None)},
            "volumes": {self._volume: {"bind": DATA, "mode": "rw"}},
        }

    def _make_bucket(self) -> None:
        """Where databases without a location lie."""
        settings = self._settings
        url = urlsplit(settings.s3_url)
        client = Minio(url.netloc, settings.access_key, settings.secret_key, secure=url.scheme == "https")
        if not client.bucket_exists(BUCKET):
            client.make_bucket(BUCKET)

    def _await(self, container: Any) -> Address:
        """Until it answers. A port that is published accepts connections before there is anybody behind it."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            address = self._address(container)
            if address and answers(address):
                return address
            time.sleep(0.05)
            container.reload()
        log = container.logs(tail=LINES_SHOWN).decode(errors="replace")
        raise Problem(f"the catalog's container did not answer within {START_SECONDS:.0f} s:\n{log}")

    def _address(self, container: Any) -> Address | None:
        if self._settings.controller_container:
            return (self.container, PORT)
        published = (container.attrs["NetworkSettings"]["Ports"] or {}).get(f"{PORT}/tcp")
        return ("127.0.0.1", int(published[0]["HostPort"])) if published else None
