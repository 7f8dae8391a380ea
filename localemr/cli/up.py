"""`localemr up`: MinIO and the controller, in the background. Clusters' images are built when a cluster needs them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated

import typer

from localemr import checks
from localemr.cli import onkubernetes
from localemr.cli.console import err, out, read_settings, reported
from localemr.installation import containers, minio
from localemr.installation.background import Controller
from localemr.installation.home import make_home
from localemr.installation.locks import exclusive_lock
from localemr.problem import Problem
from localemr.settings import Settings

if TYPE_CHECKING:
    from localemr.images.image import Image

START_SECONDS = 180


class RuntimeName(StrEnum):
    """The runtimes of clusters."""

    docker = "docker"
    kubernetes = "kubernetes"
    memory = "memory"


def up(
    runtime: Annotated[
        RuntimeName | None,
        typer.Option(
            help="memory: clusters without containers, for testing clients; needs no Docker. kubernetes: as "
            "`kubectl apply -k` does it, and this host's ports lead there."
        ),
    ] = None,
) -> None:
    """Start MinIO and the controller in the background, after building MinIO's image. Harmless when running."""
    with reported():
        settings = read_settings()
        if runtime is not None:
            settings = replace(settings, runtime=runtime.value)
        started = bring_up(settings)
        out.print(f"LocalEMR {'is up' if started else 'was already up'}.")
        show_addresses(settings)


def show_addresses(settings: Settings) -> None:
    """Print the addresses, and the command that sets up a shell."""
    out.print(f"  EMR endpoint  {settings.endpoint}", soft_wrap=True)
    out.print(f"  Console       {settings.endpoint}/", soft_wrap=True)
    if settings.runtime == "docker" or settings.on_kubernetes:
        out.print(f"  S3 endpoint   {settings.s3_url}", soft_wrap=True)
        out.print(f"  S3 console    http://127.0.0.1:{settings.s3_console_port}", soft_wrap=True)
    elsewhere = settings.on_kubernetes
    log = "`localemr logs --controller`" if elsewhere else Controller(settings).log_file
    out.print(f"  log           {log}", soft_wrap=True)
    out.print("For AWS SDKs and the AWS CLI in this shell:")
    out.print('  eval "$(localemr env)"', markup=False)


def bring_up(settings: Settings, images: Callable[[], Iterable[Image]] = tuple) -> bool:
    """Start everything and wait until it responds; False when it was already up. `images` are built before, with
    progress, besides those of the services."""
    # The second of two `up`s of one installation must not start a second controller.
    lock = make_home(settings) / "up.lock"
    with exclusive_lock(lock, wait=lambda: err.print("another localemr starts this installation: waiting for it")):
        if settings.on_kubernetes:
            return onkubernetes.bring_up(settings)
        if settings.runtime == "docker":
            _ensure_s3(settings, images)
        return _ensure_controller(settings)


def _ensure_s3(settings: Settings, images: Callable[[], Iterable[Image]]) -> None:
    from localemr.cli.images import ensure
    from localemr.images.plan import reference, services

    with err.status("checking Docker"):
        found = checks.docker(settings)
        checks.demand(check for check in found if check.name != checks.IMAGES)
    ensure(lambda: (*services(), *images()))
    with err.status("starting MinIO"):
        minio.ensure(containers.Containers(settings, containers.connect()), reference("minio"))


def _ensure_controller(settings: Settings) -> bool:
    controller = Controller(settings)
    running = controller.running()
    if running is None and controller.healthy():
        # A responding controller in the foreground, in Compose, or of another installation is left alone.
        return False
    if running is not None and running.runtime != settings.runtime:
        raise Problem(
            f"the controller already runs with the {running.runtime} runtime",
            f"`localemr down` first, then `localemr up --runtime {settings.runtime}`",
        )
    if running is not None and controller.healthy():
        return False
    with err.status("starting the controller"):
        # A controller that runs but does not respond is replaced; a restart loses no data.
        controller.stop()
        process = controller.start({**os.environ, "LOCALEMR_RUNTIME": settings.runtime})
        controller.wait_healthy(process, START_SECONDS)
    return True
