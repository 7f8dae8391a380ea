"""What an installation has beside clusters: the shared catalog, and AWS's services that LocalEMR has not itself."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from localemr.api.beside import Beside
from localemr.delivery.aws import AwsServices
from localemr.installation.aws import SERVERS, AwsContainer, AwsEndpoints
from localemr.installation.catalog import ROLE as CATALOG
from localemr.installation.catalog import CatalogElsewhere, SharedCatalog
from localemr.installation.on_use import StartedOnUse
from localemr.settings import Settings

if TYPE_CHECKING:
    from localemr.images.ondemand import OnDemand


class BesideClusters:
    """The parts beside clusters, each in a container that its first use starts, or at an address of the settings.

    `catalog` is the shared catalog (None: there is none), `calls` passes callers' calls on to the other services, and
    `aws` is the controller's own client of them.
    """

    def __init__(self, settings: Settings, images: OnDemand | None) -> None:
        """`images` has the containers' images. None: only addresses of the settings. Called in the event loop."""
        self.catalog: SharedCatalog | CatalogElsewhere | None = CatalogElsewhere.of(settings)
        containers: list[AwsContainer] = []
        self._on_use: list[StartedOnUse] = []
        if images:
            loop = asyncio.get_running_loop()
            containers = [AwsContainer(settings, each, images.for_threads(loop, each.image)) for each in SERVERS]
            self._on_use += containers
            if self.catalog is None:
                image = images.for_threads(loop, CATALOG)
                self.catalog = SharedCatalog(settings, image, partial(images.on_use, CATALOG))
                self._on_use.append(self.catalog)
        endpoints = AwsEndpoints(settings, containers)
        self.calls = Beside(endpoints)
        self.aws = AwsServices(endpoints.url, endpoints.offers, (settings.access_key, settings.secret_key))

    def start(self) -> None:
        """Look after the containers that are in use."""
        for each in self._on_use:
            each.start_watch()

    async def close(self) -> None:
        """End calls. Containers keep running without the controller."""
        for each in self._on_use:
            await each.close()
        await self.aws.close()
        await self.calls.close()
