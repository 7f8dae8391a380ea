"""The shared catalog: its container, created and started on first use by a Glue call or a cluster, or one elsewhere.

The reconciler does not wait for it but checks again later.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

from localemr.domain.node.shared_catalog import ALIAS
from localemr.glue.hive import answers
from localemr.installation import minio
from localemr.installation.containers import Containers
from localemr.installation.on_use import Address, StartedOnUse
from localemr.runtime.base import RuntimeDeferred, RuntimeFailure
from localemr.settings import Settings

PORT = 9083
ROLE = "catalog"
BUCKET = "localemr-catalog"
DATA = "/var/lib/localemr/catalog"
PAUSE = 1.0
"""Seconds until the next pass of a cluster whose shared catalog is being started."""

Prepare = Callable[[str], Awaitable[object]]
"""Has the image ready for a cluster. Raises RuntimeDeferred until it is, RuntimeFailure if it cannot be built."""


class SharedCatalog(StartedOnUse):
    """Starts the catalog's container from the image that `image` returns, once `prepare` has built it."""

    subject, port = "the shared catalog", PORT

    def __init__(self, settings: Settings, image: Callable[[], str], prepare: Prepare) -> None:
        super().__init__(settings, settings.container(ROLE))
        self._image, self._prepare = image, prepare

    async def begin(self, now: Callable[[], float], cluster: str) -> None:
        """Start the catalog for a cluster that uses it. During the start the cluster's pass ends and is repeated later,
        so that other clusters do not wait. Raises RuntimeDeferred until it responds, RuntimeFailure if it does not run.
        """
        await self._prepare(cluster)
        try:
            ready = await asyncio.to_thread(self.ready)
        except OSError as error:
            raise RuntimeFailure(f"the shared catalog does not run: {error}") from error
        if not ready:
            raise RuntimeDeferred(now() + PAUSE, message="The shared catalog is being started.")

    def _create(self, docker: Containers) -> Any:
        settings = self._settings
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

    def _answers(self, address: Address) -> bool:
        return answers(address)

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
        _make_bucket(self._settings)


class CatalogElsewhere:
    """A catalog that LOCALEMR_CATALOG_ENDPOINT names: it runs already."""

    def __init__(self, settings: Settings, address: Address) -> None:
        self._settings, self._address = settings, address
        self._has_bucket = False

    @classmethod
    def of(cls, settings: Settings) -> CatalogElsewhere | None:
        """That of the settings. None: there is none. Raises ValueError for a wrong address."""
        address = settings.catalog_address
        return cls(settings, address) if address else None

    def start(self) -> Address:
        """Its address for the controller. Raises OSError with the reason of a failure."""
        if not self._has_bucket:
            _make_bucket(self._settings)
            self._has_bucket = True
        return self._address

    async def begin(self, now: Callable[[], float], cluster: str) -> None:
        """Return when it responds. Raises RuntimeDeferred while it does not."""
        if not await asyncio.to_thread(self._responds):
            raise RuntimeDeferred(now() + PAUSE, message="The shared catalog does not respond.")

    def _responds(self) -> bool:
        try:
            return answers(self.start())
        except OSError:
            return False


def _make_bucket(settings: Settings) -> None:
    """Create the bucket of databases without a location."""
    from localemr.installation.buckets import ensure_bucket

    ensure_bucket(settings, BUCKET)
