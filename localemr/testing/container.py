"""LocalEMR as a container of testcontainers: the controller, MinIO, and with `runtime="docker"` real clusters."""

from __future__ import annotations

import secrets
import shlex
from dataclasses import replace
from functools import cached_property
from typing import Any, Literal, Self

from testcontainers.core.config import get_docker_socket
from testcontainers.core.container import DockerContainer
from testcontainers.core.network import Network
from testcontainers.core.waiting_utils import WaitStrategy, WaitStrategyTarget

from localemr.cli.images import ensure
from localemr.images.plan import controller, reference
from localemr.images.plan import services as service_images
from localemr.installation import containers, minio
from localemr.installation.background import fetch_health
from localemr.runtime.base import LABEL
from localemr.settings import PREFIX, Settings
from localemr.testing.client import Control
from localemr.testing.installation import LocalEmr

PORT = 4577
SOCKET = "/var/run/docker.sock"
START_SECONDS = 180


class LocalEmrContainer(DockerContainer):
    """A separate installation for the duration of a `with` block. Afterwards all of it is removed, including clusters.

    Args:
        runtime: memory: clusters without containers, whose clock can be moved; docker: real clusters, for which the
            controller's container gets the Docker socket.
        image: the controller's; None: of this version of LocalEMR, built if missing.
        region: of ARNs and clients.
        **options: see DockerContainer. Pass further settings with `with_env("LOCALEMR_…", "…")` before the start.

    Signatures are checked, with a generated secret key. Raises Problem when an image cannot be built.
    """

    def __init__(
        self,
        runtime: Literal["memory", "docker"] = "memory",
        image: str | None = None,
        region: str = "us-east-1",
        **options: Any,
    ) -> None:
        super().__init__(image or "", **options)
        secret = secrets.token_hex(20)
        self._own_image = image is None
        self._settings = Settings(
            installation=f"testcontainers-{secrets.token_hex(4)}",
            runtime=runtime,
            region=region,
            secret_key=secret,
            access_keys=f"{Settings.access_key}:{secret}",
        )
        self._s3: DockerContainer | None = None
        self.with_exposed_ports(PORT)
        self.waiting_for(_Healthy().with_poll_interval(0.1).with_startup_timeout(START_SECONDS))

    @property
    def installation(self) -> str:
        """The installation's name: the label `localemr.installation` of all its containers, networks and volumes."""
        return self._settings.installation

    @property
    def endpoint_url(self) -> str:
        """URL of the EMR endpoint, which also serves STS."""
        return f"http://{self.get_container_host_ip()}:{self.get_exposed_port(PORT)}"

    @property
    def s3_endpoint_url(self) -> str:
        """URL of the S3 endpoint (MinIO). In the memory runtime MinIO is started at the first access to this
        property."""
        if self._s3 is None:
            self._start_s3()
        assert self._s3 is not None
        return f"http://{self._s3.get_container_host_ip()}:{self._s3.get_exposed_port(minio.PORT)}"

    @property
    def control(self) -> Control:
        """Controls its script, and in the memory runtime its clock."""
        return self._reached().control

    @property
    def environ(self) -> dict[str, str]:
        """Environment variables that direct the AWS SDKs and the AWS CLI of this host to the installation."""
        return self._reached(s3=True).environ

    def client(self, service: str = "emr", **options: Any) -> Any:
        """A boto3 client for `emr`, `glue`, `sts`, `cloudwatch`, `events` or `s3`; `options` go to boto3."""
        return self._reached(s3=service == "s3").client(service, **options)

    def start(self) -> Self:
        """Start the installation, and return when it is healthy."""
        try:
            self._ensure_images()
            if self._real:
                self._start_s3()
            return super().start()
        except BaseException:
            self.stop()
            raise

    def stop(self, force: bool = True, delete_volume: bool = True) -> None:
        """Remove all objects with the installation's label. May be called repeatedly."""
        client = containers.connect()
        try:
            # The controller first: it would recreate removed parts of its clusters.
            if self._container is not None:
                self._container.remove(force=force, v=delete_volume)
                self._container = None
            # Docker may still have been creating a container that the controller requested.
            while containers.Containers(self._settings, client).remove() != containers.Removed(0, 0, 0):
                self._s3 = None
        finally:
            client.close()
            super().stop(force, delete_volume)

    @property
    def _real(self) -> bool:
        return self._settings.runtime == "docker"

    @property
    def _labels(self) -> dict[str, str]:
        return {LABEL: self.installation}

    def _ensure_images(self) -> None:
        if self._own_image:
            ensure(lambda: (controller(), *(service_images() if self._real else ())))
            self.image = reference("controller")

    def _configure(self) -> None:
        """DockerContainer's hook for subclasses before the container is created."""
        settings = self._settings
        given = {
            "HOST": "0.0.0.0",
            "PORT": str(PORT),
            "HOME": "/var/lib/localemr",
            "RUNTIME": settings.runtime,
            "INSTALLATION": settings.installation,
            "REGION": settings.region,
            "ACCESS_KEY": settings.access_key,
            "SECRET_KEY": settings.secret_key,
            "ACCESS_KEYS": settings.access_keys,
            "CONTROL": "on",
        }
        self._kwargs = {**self._kwargs, "labels": {**self._kwargs.get("labels", {}), **self._labels}}
        if self._real:
            given["S3_ENDPOINT"] = f"http://{minio.ALIAS}:{minio.PORT}"
            self.with_volume_mapping(get_docker_socket(), SOCKET, "rw")
            self.with_network(self._own_network)
        self.env = {**{PREFIX + name: value for name, value in given.items()}, **self.env}

    @cached_property
    def _own_network(self) -> Network:
        network = Network(docker_network_kw={"labels": self._labels})
        network.name = f"localemr-{self.installation}"
        return network.create()

    def _start_s3(self) -> None:
        """Start MinIO with the name under which the controller attaches it to the networks of clusters."""
        ensure(service_images)
        settings = self._settings
        s3 = DockerContainer(
            reference("minio"),
            command=shlex.join(minio.COMMAND),
            env=minio.environment(settings),
            name=settings.s3_container,
            ports=[minio.PORT],
            labels={**self._labels, containers.ROLE_LABEL: minio.ROLE},
        )
        if self._real:
            s3.with_network(self._own_network).with_network_aliases(minio.ALIAS)
        self._s3 = s3.start()
        minio.wait(self._reached(s3=True).settings, lambda: "\n".join(each.decode() for each in s3.get_logs()))

    def _reached(self, s3: bool = False) -> LocalEmr:
        """The installation with its addresses for this host."""
        settings = replace(self._settings, s3_endpoint=self.s3_endpoint_url) if s3 else self._settings
        if self._container is not None:
            settings = replace(settings, host=self.get_container_host_ip(), port=self.get_exposed_port(PORT))
        return LocalEmr(settings)


class _Healthy(WaitStrategy):
    """Waits until the controller is healthy."""

    def wait_until_ready(self, container: WaitStrategyTarget) -> None:
        """See WaitStrategy. Raises TimeoutError."""
        url = f"http://{container.get_container_host_ip()}:{container.get_exposed_port(PORT)}"

        def look() -> bool:
            container.reload()
            if container.status == "exited":
                raise StopIteration  # makes `_poll` stop waiting
            return (fetch_health(url) or (0,))[0] == 200

        if not self._poll(look):
            raise TimeoutError(f"the controller did not answer at {url} within {self._startup_timeout:.0f} s, or ended")
