"""The connection to Kubernetes' API server: calls, copies of files into pods, logs. Its errors become the runtime's.

Inside a cluster it is that of the pod's ServiceAccount, otherwise that of the kubeconfig that KUBECONFIG names, or
~/.kube/config.
"""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any, TypeVar

import httpx2
from httpx2.websockets import HTTPXWSException, WebSocketUpgradeError
from lightkube import ApiError, AsyncClient, KubeConfig
from lightkube.config.client_adapter import user_auth, verify_cluster
from lightkube.config.kubeconfig import SingleConfig
from lightkube.config.models import User
from lightkube.core.exceptions import ConfigError
from lightkube.resources.core_v1 import Pod, Secret, Service

from localemr.runtime.base import RuntimeFailure, RuntimeUnavailable
from localemr.runtime.kubernetes.manifests import CONTAINER
from localemr.runtime.kubernetes.streams import Option, Streams

T = TypeVar("T")
SECONDS = 30.0
"""For one call."""
AT_ONCE = 50
"""Calls that are made at the same time; others wait without a limit."""
LISTED = 100
"""Objects of one answer to a list: reading it holds up everything else."""
WATCH_SECONDS = 300
"""After which the server ends a watch, which then begins again where it was."""
KEEP_ALIVE = {"TCP_KEEPIDLE": 15, "TCP_KEEPINTVL": 5, "TCP_KEEPCNT": 3}
"""TCP's probes of a quiet connection: seconds until the first one and between two, and their number. Watches and logs
only read: without probes a server whose machine is off would never be noticed."""
CONFLICT, GONE, FORBIDDEN, MISSING = 409, 410, 403, 404
OVERLOADED = frozenset({401, 408, 429, 500, 502, 503, 504})
"""Answers of a server that could not do its work: nothing follows from them."""


class Refused(RuntimeFailure):
    """The API server refused a call: `code` is HTTP's status."""

    def __init__(self, code: int, message: str) -> None:
        super().__init__(message)
        self.code = code


class Outdated(RuntimeFailure):
    """A watch cannot go on where it was: what it is about has to be listed again."""


@contextmanager
def kubernetes_errors() -> Iterator[None]:
    """Errors of the client as errors of the runtime."""
    try:
        yield
    except ApiError as error:
        raise _refusal(int(error.status.code or 0), error.status.message or str(error)) from error
    except httpx2.HTTPStatusError as error:
        raise _refusal(error.response.status_code, str(error)) from error
    except WebSocketUpgradeError as error:
        raise _refusal(error.response.status_code, "a command in a pod was refused") from error
    except (httpx2.HTTPError, HTTPXWSException, OSError) as error:
        raise RuntimeUnavailable(f"Kubernetes does not answer: {error!r}") from error
    except ConfigError as error:
        raise RuntimeUnavailable(f"Kubernetes is not configured: {error}") from error


def _refusal(code: int, message: str) -> RuntimeFailure:
    if code == GONE:
        return Outdated(message)
    if code in OVERLOADED:
        return RuntimeUnavailable(f"Kubernetes answers {code}: {message}")
    return Refused(code, message)


class Client:
    """Calls about the objects of one namespace, and about nodes. Each raises RuntimeFailure or RuntimeUnavailable."""

    def __init__(self, config: SingleConfig | None = None, namespace: str = "") -> None:
        """Default: the configuration of this process. `namespace` is used instead of the configuration's. Raises
        RuntimeUnavailable for one that is missing or wrong."""
        with kubernetes_errors():
            self._config = config or KubeConfig.from_env().get()
            if self._config is None:
                raise ConfigError("no context is chosen")
            self.namespace = namespace or self._config.namespace
            self._places = asyncio.Semaphore(AT_ONCE)
            timeout, calls = httpx2.Timeout(SECONDS), transport(self._config, AT_ONCE)
            self._calls = AsyncClient(
                self._config, namespace=self.namespace, timeout=timeout, lazy=False, transport=calls
            )
            self._streams = _streams(self._config, timeout)

    async def create_service(self, manifest: dict[str, Any]) -> Service:
        """Create it, or return the one that exists."""
        with kubernetes_errors():
            try:
                return await self._calls.create(_object(Service, manifest))
            except ApiError as error:
                if error.status.code != CONFLICT:
                    raise
            return await self._calls.get(Service, manifest["metadata"]["name"])

    async def find_service(self, name: str) -> Service | None:
        """None: it does not exist."""
        with kubernetes_errors():
            try:
                return await self._calls.get(Service, name)
            except ApiError as error:
                if error.status.code != MISSING:
                    raise
        return None

    async def create_secret(self, manifest: dict[str, Any]) -> None:
        """Create it, unless it exists."""
        await self._create_once(_object(Secret, manifest))

    async def create_pod(self, manifest: dict[str, Any]) -> Pod | None:
        """Create it. None: it exists."""
        found: Pod | None = await self._create_once(_object(Pod, manifest))
        return found

    async def _create_once(self, made: Any) -> Any:
        async with self._called():
            try:
                return await self._calls.create(made)
            except ApiError as error:
                if error.status.code != CONFLICT:
                    raise
        return None

    async def delete(self, kind: type[Pod] | type[Secret] | type[Service], name: str) -> None:
        """Delete it at once, without a period of grace. No effect when it is absent."""
        async with self._called():
            try:
                await self._calls.delete(kind, name, grace_period=0)
            except ApiError as error:
                if error.status.code != MISSING:
                    raise

    async def listing(self, kind: type[Any], labels: dict[str, Any] | None) -> tuple[list[Any], str]:
        """The objects of a kind, and the version of this list, from which a watch goes on."""
        with kubernetes_errors():
            answer = self._calls.list(kind, chunk_size=LISTED, labels=labels)
            found = [_lean(each) async for each in answer]
            return found, answer.resourceVersion

    async def watch(
        self, kind: type[Any], labels: dict[str, Any] | None, version: str
    ) -> AsyncIterator[tuple[str, Any]]:
        """Changes after a version: ADDED, MODIFIED or DELETED, and the object. Raises Outdated."""
        with kubernetes_errors():
            changes = self._calls.watch(kind, labels=labels, resource_version=version, server_timeout=WATCH_SECONDS)
            async for change, found in changes:
                yield change, _lean(found)

    async def write(self, pod: str, command: list[str], data: Callable[[], bytes]) -> None:
        """Execute a command in the pod with this standard input, which is made when the call is: many wait. Raises
        RuntimeFailure when it fails."""
        async with self._called():
            answer = await self._calls.exec(
                pod, container=CONTAINER, command=command, stdin=data(), stderr=True, timeout=SECONDS
            )
        if answer.exit_code:
            raise RuntimeFailure(f"{pod}: writing files ended with {answer.exit_code}: {answer.stderr!s}")

    async def read(self, pod: str, command: list[str]) -> bytes | None:
        """The output of a command in the pod. None: it fails."""
        async with self._called():
            answer = await self._calls.exec(
                pod, container=CONTAINER, command=command, stdout=True, decode=None, timeout=SECONDS
            )
        return None if answer.exit_code else answer.stdout if isinstance(answer.stdout, bytes) else b""

    @asynccontextmanager
    async def log(self, pod: str, whole: bool) -> AsyncIterator[AsyncIterator[str]]:
        """Lines of the pod's log, from its beginning or from now on, until it stops. It is open when the block is
        entered."""
        params = {"container": CONTAINER, "follow": "true"} | ({} if whole else {"tailLines": "0"})
        path = f"/api/v1/namespaces/{self.namespace}/pods/{pod}/log"
        request = self._streams.build_request("GET", path, params=params, timeout=httpx2.Timeout(SECONDS, read=None))
        with kubernetes_errors():
            answer = await self._streams.send(request, stream=True)
        try:
            if answer.is_error:
                await answer.aread()
                raise _refusal(answer.status_code, f"the log of {pod} cannot be read: {answer.text.strip()}")
            yield _lines(answer)
        finally:
            await answer.aclose()

    @asynccontextmanager
    async def _called(self) -> AsyncIterator[None]:
        """A block that is one of many calls."""
        async with self._places:
            with kubernetes_errors():
                yield

    async def close(self) -> None:
        """Close all connections."""
        await self._calls.close()
        await self._streams.aclose()


def _object(kind: type[T], manifest: dict[str, Any]) -> T:
    made: T = kind.from_dict(manifest)  # type: ignore[attr-defined]
    return made


def _lean(found: T) -> T:
    """The object without what nothing reads: of a pod nine tenths, most of it what the server notes on each field."""
    found.metadata.managedFields = None  # type: ignore[attr-defined]
    if isinstance(found, Pod) and found.spec:
        found.spec.tolerations = found.spec.topologySpreadConstraints = found.spec.volumes = None
        for each in found.spec.containers:
            each.command = each.env = each.resources = each.volumeMounts = None
    return found


def transport(config: SingleConfig, kept: int) -> httpx2.AsyncHTTPTransport:
    """Connections to the API server without a limit, whose dead ones are noticed within 30 s. `kept` is how many stay
    open between calls."""
    limits = httpx2.Limits(max_connections=None, max_keepalive_connections=kept)
    return httpx2.AsyncHTTPTransport(verify=_trust(config), limits=limits, socket_options=keeping_alive())


def _trust(config: SingleConfig) -> ssl.SSLContext:
    return verify_cluster(config.cluster, config.user or User(), config.abs_file)


def keeping_alive() -> list[Option]:
    """Options of a socket for KEEP_ALIVE, as far as this system has them."""
    probes = [(socket.IPPROTO_TCP, getattr(socket, name), n) for name, n in KEEP_ALIVE.items() if hasattr(socket, name)]
    return [(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1), *probes]


def _streams(config: SingleConfig, timeout: httpx2.Timeout) -> httpx2.AsyncClient:
    """A client for logs: those that are followed share connections, where the API server speaks HTTP/2."""
    auth = user_auth(config.user) if config.user else None
    chosen: httpx2.AsyncBaseTransport = transport(config, 0)
    if config.cluster.server.startswith("https:"):
        chosen = Streams(_trust(config), keeping_alive(), chosen)
    return httpx2.AsyncClient(base_url=config.cluster.server, auth=auth, transport=chosen, timeout=timeout)


async def _lines(answer: httpx2.Response) -> AsyncIterator[str]:
    rest = b""
    with kubernetes_errors():
        async for piece in answer.aiter_bytes():
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                yield line.decode(errors="replace")
