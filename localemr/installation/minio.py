"""MinIO, the installation's S3: the settings of its container, and its start.

`localemr up` starts it with this module, and testcontainers use the same values. compose/compose.yaml repeats them; a
test compares the two.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from typing import Any

from localemr.installation import s3_health
from localemr.installation.containers import Containers, docker_errors_as_problems
from localemr.installation.s3_names import domains
from localemr.problem import Problem
from localemr.settings import Settings

ALIAS = "s3"
"""Its name in the networks of clusters."""
ROLE = "s3"
PORT = 9000
CONSOLE_PORT = 9001
DATA = "/data"
COMMAND = ("server", DATA, "--console-address", f":{CONSOLE_PORT}")
START_SECONDS = 180.0
LINES_SHOWN = 15


def environment(settings: Settings) -> dict[str, str]:
    """Environment variables of its container."""
    return {
        "MINIO_ROOT_USER": settings.access_key,
        "MINIO_ROOT_PASSWORD": settings.secret_key,
        "MINIO_DOMAIN": ",".join(domains(ALIAS)),
    }


def ensure(containers: Containers, image: str) -> None:
    """Start MinIO from this image and wait for it. The container is recreated when image or settings changed. Raises
    Problem."""
    settings = containers.settings
    with docker_errors_as_problems():
        containers.ensure_network()
        containers.ensure_volume(_volume(containers))
        container = containers.ensure_container(settings.s3_container, ALIAS, ROLE, _config(containers, image))
        if container.status != "running":
            _start(container)
    wait(settings, lambda: _log(containers))


def wait(settings: Settings, log: Callable[[], str], seconds: float = START_SECONDS) -> None:
    """Return when MinIO responds. Raises Problem with the end of its log when it does not respond in time."""
    deadline = time.monotonic() + seconds
    while (error := s3_health.error_of(settings)) is not None:
        if time.monotonic() > deadline:
            raise Problem(
                f"{error} ({seconds:.0f} s after MinIO was started):\n{log()}",
                "see the log above; a full disk is the most frequent cause (`localemr doctor`)",
            )
        time.sleep(0.1)


def _volume(containers: Containers) -> str:
    return f"{containers.name}-s3"


def _config(containers: Containers, image: str) -> dict[str, Any]:
    settings = containers.settings
    return {
        "image": image,
        "command": list(COMMAND),
        "environment": environment(settings),
        "ports": {
            f"{PORT}/tcp": ("127.0.0.1", settings.s3_port),
            f"{CONSOLE_PORT}/tcp": ("127.0.0.1", settings.s3_console_port),
        },
        "volumes": {_volume(containers): {"bind": DATA, "mode": "rw"}},
    }


def _log(containers: Containers) -> str:
    container = containers.find(containers.settings.s3_container)
    return container.logs(tail=LINES_SHOWN).decode(errors="replace") if container else "(no container)"


def _start(container: Any) -> None:
    import docker.errors

    try:
        container.start()
    except docker.errors.APIError as error:
        text = str(error.explanation)
        if "port is already allocated" in text or "address already in use" in text:
            port = re.search(r"127\.0\.0\.1:\d+", text)
            raise Problem(
                f"{port[0] if port else 'a port'}, which MinIO needs, is used by another program",
                "stop that program, or choose other ports with LOCALEMR_S3_PORT and LOCALEMR_S3_CONSOLE_PORT",
            ) from error
        raise
