"""Where the services of AWS are that LocalEMR does not have itself: at a URL of the user's, or in containers that are
created and started on first use."""

from __future__ import annotations

import asyncio
import time
import urllib.request
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from localemr.installation.containers import Containers
from localemr.installation.on_use import Address, StartedOnUse
from localemr.settings import OTHERS, Settings

TIMEOUT = 5.0
"""Seconds for an answer."""
FRESH = 2.0
"""Seconds for which a container that responded counts as there."""


@dataclass(frozen=True)
class Server:
    """A program that has services of AWS (their names in signatures), in a container of its own.

    `name` is its alias and its role, and ends the names of its container and its volume; `image` is its image's
    (images/plan.py), `subject` what messages call it. It keeps its data in the folder `data`, listens at `port`, and
    answers with 200 at the path `health`. `region` and `account` are the names of the variables that have those.
    """

    name: str
    image: str
    subject: str
    services: frozenset[str]
    port: int
    data: str
    health: str
    region: str
    account: str


SERVERS = (
    Server(
        name="aws",
        image="aws",
        subject="the server of AWS's other services",
        services=frozenset(("ec2", "iam", "kms", "logs", "secretsmanager", "sns", "sqs", "ssm")),
        port=5000,
        data="/var/lib/localemr/aws",
        health="/_localemr/health",
        region="LOCALEMR_REGION",
        account="LOCALEMR_ACCOUNT",
    ),
    Server(
        name="dynamodb",
        image="dynalite",
        subject="the server of DynamoDB",
        services=frozenset(("dynamodb",)),
        port=8000,
        data="/data",
        health="/",
        region="AWS_REGION",
        account="AWS_ACCOUNT_ID",
    ),
)


class AwsContainer(StartedOnUse):
    """Starts a server's container from the image that `image` returns."""

    def __init__(self, settings: Settings, server: Server, image: Callable[[], str]) -> None:
        super().__init__(settings, settings.container(server.name))
        self.subject, self.port, self.services = server.subject, server.port, server.services
        self._server, self._image = server, image
        self._fresh_until = 0.0

    async def url(self) -> str:
        """Its URL, once it is started. Raises OSError with the reason of a failure.

        What responds at the last address is not looked up with Docker, which takes seconds on a busy machine, while
        events wait. The watch looks it up, and notes another address.
        """
        address = self.address
        if time.monotonic() > self._fresh_until or address is None:
            if address is None or not await asyncio.to_thread(self._answers, address):
                address = await self.started()
            self._fresh_until = time.monotonic() + FRESH
        return _url(address)

    def _create(self, docker: Containers) -> Any:
        name = self._server.name
        docker.ensure_volume(self._volume)
        container = docker.ensure_container(self.container, name, name, self._config())
        if container.status != "running":
            if self._settings.controller_container:
                docker.attach(self._settings.controller_container, "controller")
            container.start()
        return container

    def _answers(self, address: Address) -> bool:
        # No proxies: the container is on this host, or beside the controller's.
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        try:
            with opener.open(f"{_url(address)}{self._server.health}", timeout=TIMEOUT) as response:
                return bool(response.status == 200)
        except (OSError, ValueError):
            return False

    def _config(self) -> dict[str, Any]:
        settings, server = self._settings, self._server
        return {
            "image": self._image(),
            "environment": {server.account: settings.account, server.region: settings.region},
            # Docker chooses a free port of the host, which is then in the container's attributes.
            "ports": {f"{server.port}/tcp": ("127.0.0.1", None)},
            "volumes": {self._volume: {"bind": server.data, "mode": "rw"}},
        }


class AwsEndpoints:
    """The URLs of AWS's other services, by their names in signatures."""

    def __init__(self, settings: Settings, containers: Iterable[AwsContainer] = ()) -> None:
        """The settings' URLs come before containers. Raises ValueError for settings that are no URLs."""
        self._urls = settings.aws_urls
        used = () if settings.aws_off else containers
        self._containers = {service: each for each in used for service in each.services}

    def offers(self, service: str) -> bool:
        """Whether there is an endpoint for a service."""
        return service in self._urls or OTHERS in self._urls or service in self._containers

    async def url(self, service: str) -> str:
        """The URL of an offered service, whose container is started. Raises OSError with the reason of a failure."""
        if configured := self._urls.get(service, self._urls.get(OTHERS)):
            return configured
        if service not in self._containers:
            raise OSError(f"there is no endpoint for {service}")
        return await self._containers[service].url()


def _url(address: Address) -> str:
    return f"http://{address[0]}:{address[1]}"
