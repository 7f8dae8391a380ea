"""A real registry in a container, with TLS and a password."""

from __future__ import annotations

import asyncio
import base64
import json
import secrets
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from localemr.images.build import build
from localemr.images.chain import DEBIAN
from localemr.images.image import files, image
from tests.waiting import wait_for

RECIPE = Path(__file__).parent
USER, PASSWORD = "localemr", "registry-secret"
HTPASSWD = f"{USER}:$2b$05$3NXzV63PxY3JT6Z2jW7/9eSLv4XJ0zo/MV6QJRnqYN/2HKuHYEFfW\n"
"""The password, by bcrypt."""
CONFIG = """\
version: 0.1
storage: {{filesystem: {{rootdirectory: /data}}, delete: {{enabled: true}}}}
http: {{addr: ":5000", secret: tests, tls: {{certificate: /config/cert.pem, key: /config/key.pem}}}}
auth: {{htpasswd: {{realm: tests, path: /config/htpasswd}}}}
"""


@dataclass(frozen=True)
class Registry:
    """A registry: its address as Docker writes it, and the certificate that it is trusted by."""

    address: str
    certificate: Path

    def login(self, folder: Path) -> dict[str, str]:
        """What `docker login` leaves: the variable that names the folder with the credentials."""
        folder.mkdir(exist_ok=True)
        token = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
        (folder / "config.json").write_text(json.dumps({"auths": {self.address: {"auth": token}}}))
        return {"DOCKER_CONFIG": str(folder)}


@contextmanager
def registry(docker: Any, folder: Path, host: str) -> Iterator[Registry]:
    """A registry at an address of this host; removed afterwards."""
    made = image("registry", {k: v for k, v in files(RECIPE).items() if not k.endswith(".py")}, {"DEBIAN": DEBIAN})
    asyncio.run(build([made], lambda *report: None, folder))
    config = folder / "config"
    config.mkdir()
    _certificate(config, host)
    (config / "htpasswd").write_text(HTPASSWD)
    (config / "config.yml").write_text(CONFIG.format())
    container = docker.containers.run(
        made.reference,
        name=f"localemr-test-registry-{secrets.token_hex(4)}",
        detach=True,
        ports={"5000/tcp": (host, None)},
        volumes={str(config): {"bind": "/config", "mode": "ro"}},
    )
    try:
        container.reload()
        address = f"{host}:{container.ports['5000/tcp'][0]['HostPort']}"
        wait_for("the registry", lambda: _answers(address, config / "cert.pem"))
        yield Registry(address, config / "cert.pem")
    finally:
        container.remove(force=True, v=True)


def _certificate(folder: Path, host: str) -> None:
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "1", "-subj", "/CN=registry"]
    command += ["-addext", f"subjectAltName=IP:{host}", "-keyout", "key.pem", "-out", "cert.pem"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def _answers(address: str, certificate: Path) -> bool:
    import ssl

    opener = urllib.request.build_opener(
        urllib.request.ProxyHandler({}),
        urllib.request.HTTPSHandler(context=ssl.create_default_context(cafile=str(certificate))),
    )
    try:
        with opener.open(f"https://{address}/v2/", timeout=5):
            return False  # it must want a password
    except urllib.error.HTTPError as error:
        with error:
            return error.code == 401
    except OSError:
        return False
