"""`python -m tests.kubernetes.services KUBECONFIG DEVICE`: Services with addresses, in place of kube-proxy.

Every Service's address becomes one of this host, which is the machines' default route, and each of its TCP ports passes
connections on to a pod that is ready. It needs no packet filter, which not every kernel has.
"""

from __future__ import annotations

import asyncio
import json
import ssl
import sys
import urllib.request
from collections.abc import AsyncIterator, Callable, Mapping
from itertools import count
from pathlib import Path
from typing import Any

from tests.kubernetes.policies import World
from tests.kubernetes.processes import run

LOOK = 0.5
"""Seconds between two looks at the API server."""
PIECE = 1 << 16
POLICIES, PODS = "/apis/networking.k8s.io/v1/networkpolicies", "/api/v1/pods"
Place = tuple[str, int]
"""Address and port."""


def places(services: Mapping[str, Any], slices: Mapping[str, Any]) -> dict[Place, list[Place]]:
    """By each Service's address and port the pods' that are ready. Both are answers of the API server."""
    found: dict[Place, list[Place]] = {}
    ready: dict[tuple[str, str, str], list[Place]] = {}
    for each in slices["items"]:
        name = each["metadata"].get("labels", {}).get("kubernetes.io/service-name", "")
        for port in each.get("ports") or ():
            key = each["metadata"]["namespace"], name, port.get("name") or ""
            ready.setdefault(key, []).extend(
                (address, port["port"])
                for endpoint in each.get("endpoints") or ()
                if endpoint.get("conditions", {}).get("ready", True)
                for address in endpoint["addresses"]
            )
    for each in services["items"]:
        address = each["spec"].get("clusterIP", "None")
        if address in ("None", ""):
            continue
        for port in each["spec"].get("ports") or ():
            key = each["metadata"]["namespace"], each["metadata"]["name"], port.get("name") or ""
            found[address, port["port"]] = ready.get(key, [])
    return found


def connection(kubeconfig: Path) -> tuple[str, str, ssl.SSLContext]:
    """URL, token and certificates of a kubeconfig of servers.py."""
    document = json.loads(kubeconfig.read_text())
    server = document["clusters"][0]["cluster"]
    context = ssl.create_default_context(cafile=server["certificate-authority"])
    return server["server"], document["users"][0]["user"]["token"], context


class Api:
    """Lists of the API server, by a kubeconfig of servers.py."""

    def __init__(self, kubeconfig: Path) -> None:
        self._url, self._token, context = connection(kubeconfig)
        handlers = urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        self._opener = urllib.request.build_opener(*handlers)

    def list(self, path: str) -> Any:
        """Raises OSError."""
        request = urllib.request.Request(self._url + path, headers={"Authorization": f"Bearer {self._token}"})
        with self._opener.open(request, timeout=10) as answer:
            return json.load(answer)


class Proxy:
    """Listens at Services' addresses, which it gives to a device."""

    def __init__(self, device: str) -> None:
        self._device = device
        self.permits: Callable[[str, str, int], bool] = lambda source, target, port: True
        """Whether an address may connect to a pod's port: NetworkPolicies see the pod behind a Service."""
        self._targets: dict[Place, list[Place]] = {}
        self._servers: dict[Place, asyncio.Server] = {}
        self._turn = count()

    async def become(self, targets: dict[Place, list[Place]]) -> None:
        """Listen at these places and no others."""
        self._targets = targets
        for place in self._servers.keys() - targets.keys():
            self._servers.pop(place).close()
        for address in {address for address, _ in targets} - {address for address, _ in self._servers}:
            run("ip", "addr", "add", f"{address}/32", "dev", self._device, quiet=True)
        for place in targets.keys() - self._servers.keys():
            self._servers[place] = await asyncio.start_server(self._serve, *place)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        found = self._targets.get(writer.get_extra_info("sockname")[:2], [])
        try:
            host, port = found[next(self._turn) % len(found)]
            if not self.permits(writer.get_extra_info("peername")[0], host, port):
                raise ConnectionRefusedError(host, port)
            other, onward = await asyncio.open_connection(host, port)
        except (ZeroDivisionError, OSError):
            writer.transport.abort()  # as a Service without pods refuses
            return
        await asyncio.gather(_pass(reader, onward), _pass(other, writer))
        for each in (onward, writer):
            each.close()


async def _pass(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """All that comes, and its end."""
    try:
        while piece := await reader.read(PIECE):
            writer.write(piece)
            await writer.drain()
        writer.write_eof()
    except OSError:
        writer.transport.abort()


async def looked_at(api: Api) -> AsyncIterator[tuple[Any, Any]]:
    """Services and their pods, again and again."""
    while True:
        try:
            services = await asyncio.to_thread(api.list, "/api/v1/services")
            yield services, await asyncio.to_thread(api.list, "/apis/discovery.k8s.io/v1/endpointslices")
        except OSError as error:
            print(error, file=sys.stderr, flush=True)
        await asyncio.sleep(LOOK)


async def serve(api: Api, proxy: Proxy) -> None:
    """Follow the Services until the process ends."""
    async for services, slices in looked_at(api):
        policies, pods = await asyncio.to_thread(api.list, POLICIES), await asyncio.to_thread(api.list, PODS)
        proxy.permits = World(policies, pods).permits
        await proxy.become(places(services, slices))


if __name__ == "__main__":
    asyncio.run(serve(Api(Path(sys.argv[1])), Proxy(sys.argv[2])))
