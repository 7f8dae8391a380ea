"""The only module that creates clients of the Docker daemon.

It finds the daemon as the docker command does: DOCKER_HOST (with DOCKER_TLS_VERIFY and DOCKER_CERT_PATH), otherwise the
context that DOCKER_CONTEXT or `docker context use` names, otherwise the local socket. It only reads the process's
environment, so a controller that is started from here finds the same daemon by itself.
"""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import docker
import docker.errors
import requests
import urllib3
from docker import APIClient, DockerClient
from docker.context import ContextAPI
from docker.tls import TLSConfig

from localemr.runtime.base import RuntimeFailure, RuntimeUnavailable

__all__ = ["APIClient", "Address", "DockerClient", "address", "connect", "connect_objects", "docker_errors"]

TIMEOUT = 60.0
"""Seconds for one call."""
UNIX = "http+unix://"


@dataclass(frozen=True)
class Address:
    """The daemon's address.

    `url` is `unix://` and a path, `http://` or `https://` with host and port, `ssh://…` or `npipe://…`. `tls` holds the
    certificates for https, None without TLS.
    """

    url: str
    tls: TLSConfig | None = None

    @property
    def socket(self) -> str | None:
        """The path of the daemon's Unix socket. None for other addresses."""
        return self.url.removeprefix("unix://") if self.url.startswith("unix://") else None

    def ssl_context(self) -> ssl.SSLContext | None:
        """The TLS settings for an HTTP client other than the SDK's; None without TLS."""
        if not self.url.startswith("https://"):
            return None
        verify = self.tls is None or bool(self.tls.verify)
        context = ssl.create_default_context(cafile=self.tls.ca_cert if self.tls and verify else None)
        if not verify:
            context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
        if self.tls and self.tls.cert:
            context.load_cert_chain(*self.tls.cert)
        return context


def address(environ: Mapping[str, str] = os.environ) -> Address:
    """The daemon's address. Raises RuntimeUnavailable for unusable settings."""
    with docker_errors():
        options = _options(environ)
        tls = options.get("tls")
        url = docker.utils.parse_host(options.get("base_url"), tls=bool(tls))
    return Address("unix://" + url.removeprefix(UNIX) if url.startswith(UNIX) else url, tls)


def connect(timeout: float = TIMEOUT) -> APIClient:
    """A client for single calls, created after the daemon has answered. Raises RuntimeUnavailable."""
    with docker_errors():
        return APIClient(version="auto", timeout=timeout, **_options(os.environ))


def connect_objects(timeout: float = TIMEOUT) -> DockerClient:
    """A client with objects for containers, networks and volumes. Raises RuntimeUnavailable."""
    with docker_errors():
        return DockerClient(version="auto", timeout=timeout, **_options(os.environ))


@contextmanager
def docker_errors() -> Iterator[None]:
    """Turn the SDK's errors into RuntimeFailure (the daemon refused) and RuntimeUnavailable (it did not answer)."""
    # Not every OSError: an unreadable file during an image build is unrelated to the daemon's state.
    lost = (requests.exceptions.RequestException, urllib3.exceptions.HTTPError, ConnectionError, TimeoutError)
    try:
        yield
    except docker.errors.APIError as error:
        raise RuntimeFailure(str(error.explanation or error)) from error
    except (docker.errors.DockerException, *lost) as error:
        raise RuntimeUnavailable(f"Docker does not answer: {error}") from error


def _options(environ: Mapping[str, str]) -> dict[str, Any]:
    """`base_url` and `tls` for the SDK. Empty for the local socket."""
    if environ.get("DOCKER_HOST"):
        return dict(docker.utils.kwargs_from_env(dict(environ)))
    name = environ.get("DOCKER_CONTEXT") or None
    try:
        context = ContextAPI.get_context(name)
    except Exception as error:  # the SDK raises no narrower error for a damaged file
        raise RuntimeUnavailable(f"the Docker context {name or 'in use'} cannot be read: {error}") from error
    if context is None:
        raise RuntimeUnavailable(f"the Docker context {name or 'in use'} does not exist (`docker context ls`)")
    if context.Name == "default":
        return {}
    return {"base_url": context.Host} | ({"tls": context.TLSConfig} if context.TLSConfig else {})
