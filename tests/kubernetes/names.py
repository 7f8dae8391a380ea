"""`python -m tests.kubernetes.names KUBECONFIG ADDRESS`: the name server of pods, in place of CoreDNS.

It answers with addresses of Services, and of pods that a headless Service selects, also by their host names. It knows
nothing else.
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from ipaddress import IPv4Address
from pathlib import Path
from typing import Any, cast

from localemr_node import dns

from tests.kubernetes.servers import DOMAIN
from tests.kubernetes.services import Api, looked_at

PORT = 53
Names = dict[str, list[str]]


def names(services: Mapping[str, Any], slices: Mapping[str, Any]) -> Names:
    """The addresses of each name. Both are answers of the API server."""
    found: Names = {}
    headless = set()
    for each in services["items"]:
        name = f"{each['metadata']['name']}.{each['metadata']['namespace']}.svc.{DOMAIN}"
        address = each["spec"].get("clusterIP", "None")
        found[name] = [] if address in ("None", "") else [address]
        if not found[name]:
            headless.add(name)
    for each in slices["items"]:
        service = each["metadata"].get("labels", {}).get("kubernetes.io/service-name", "")
        name = f"{service}.{each['metadata']['namespace']}.svc.{DOMAIN}"
        # With publishNotReadyAddresses all are ready.
        ready = (end for end in each.get("endpoints") or () if end.get("conditions", {}).get("ready", True))
        for endpoint in ready if name in headless else ():
            found[name] += endpoint["addresses"]
            if host := endpoint.get("hostname"):
                found.setdefault(f"{host}.{name}", []).extend(endpoint["addresses"])
    return found


def answer(message: bytes, found: Names) -> bytes | None:
    """The answer to a query; none to one that cannot be read."""
    try:
        wanted = dns.question(message)
    except dns.Malformed:
        return None
    addresses = found.get(wanted.name.lower())
    if addresses is None:
        return dns.reply(wanted, code=dns.NO_SUCH_NAME)
    return dns.reply(wanted, tuple(IPv4Address(each).packed for each in addresses))


class Server(asyncio.DatagramProtocol):
    """Answers over UDP. `found` is replaced by others."""

    def __init__(self) -> None:
        self.found: Names = {}
        self._transport: asyncio.DatagramTransport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It listens."""
        self._transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        """A query."""
        made = answer(data, self.found)
        if made is not None and self._transport:
            self._transport.sendto(made, addr)


async def main(kubeconfig: Path, address: str) -> None:
    """Serve until the process ends."""
    _, server = await asyncio.get_running_loop().create_datagram_endpoint(Server, (address, PORT))
    async for services, slices in looked_at(Api(kubeconfig)):
        server.found = names(services, slices)


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
