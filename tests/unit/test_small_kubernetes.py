"""The parts of the small Kubernetes (tests/kubernetes) that need no machine: Services' addresses, volumes."""

from __future__ import annotations

import asyncio
import socket
import stat
from pathlib import Path
from typing import Any

import yaml
from localemr_node import dns

from tests.kubernetes.__main__ import CLAIMS
from tests.kubernetes.names import Server as Names
from tests.kubernetes.names import answer, names
from tests.kubernetes.services import Proxy, places
from tests.kubernetes.volumes import volumes

BASE = Path(__file__).parents[2] / "kubernetes" / "base"


def service(address: str, *ports: tuple[str, int]) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "n", "name": "s"},
        "spec": {"clusterIP": address, "ports": [{"name": name, "port": port} for name, port in ports]},
    }


def endpoints(*found: tuple[str, bool], port: int) -> dict[str, Any]:
    return {
        "metadata": {"namespace": "n", "labels": {"kubernetes.io/service-name": "s"}},
        "ports": [{"name": "http", "port": port}],
        "endpoints": [{"addresses": [address], "conditions": {"ready": ready}} for address, ready in found],
    }


def test_a_service_leads_to_pods_that_are_ready() -> None:
    slices = {"items": [endpoints(("10.244.1.2", True), ("10.244.2.2", False), port=8080)]}
    found = places({"items": [service("10.96.0.9", ("http", 80), ("other", 81))]}, slices)
    assert found == {("10.96.0.9", 80): [("10.244.1.2", 8080)], ("10.96.0.9", 81): []}
    assert places({"items": [service("None", ("http", 80))]}, slices) == {}, "headless"


def test_services_and_pods_of_headless_ones_have_names() -> None:
    slices = {"items": [endpoints(("10.244.1.2", True), port=1)]}
    slices["items"][0]["endpoints"][0]["hostname"] = "ip-1"
    assert names({"items": [service("10.96.0.9")]}, slices) == {"s.n.svc.cluster.local": ["10.96.0.9"]}
    found = names({"items": [service("None")]}, slices)
    assert found == {key: ["10.244.1.2"] for key in ("s.n.svc.cluster.local", "ip-1.s.n.svc.cluster.local")}
    made = answer(dns.query(7, "IP-1.s.n.svc.cluster.local"), found)
    assert made is not None and dns.addresses(made) == (bytes([10, 244, 1, 2]),)
    unknown = answer(dns.query(7, "other"), found)
    assert unknown is not None and unknown[3] & 15 == dns.NO_SUCH_NAME
    assert answer(b"", found) is None


def test_names_are_answered() -> None:
    async def body() -> bytes:
        loop = asyncio.get_running_loop()
        transport, server = await loop.create_datagram_endpoint(Names, ("127.0.0.1", 0))
        server.found = {"s": ["10.0.0.1"]}
        client = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        client.setblocking(False)
        await loop.sock_sendto(client, dns.query(1, "s"), transport.get_extra_info("sockname"))
        found = await asyncio.wait_for(loop.sock_recv(client, 512), 30)
        client.close()
        transport.close()
        return found

    assert dns.addresses(asyncio.run(body())) == (bytes([10, 0, 0, 1]),)


def test_connections_are_passed_on() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"heard " + await reader.read())
        writer.close()

    async def body() -> tuple[bytes, bytes]:
        pod = await asyncio.start_server(answer, "127.0.0.1", 0)
        proxy, place = Proxy("no-such-device"), ("127.0.0.87", 18080)
        await proxy.become({place: [pod.sockets[0].getsockname()[:2]]})
        found = []
        for _ in range(2):
            reader, writer = await asyncio.open_connection(*place)
            writer.write(b"this")
            writer.write_eof()
            try:
                found.append(await reader.read())
            except ConnectionResetError:
                found.append(b"refused")
            writer.close()
            await proxy.become({place: []})
        await proxy.become({})
        pod.close()
        return found[0], found[1]

    assert asyncio.run(body()) == (b"heard this", b"refused")


def test_there_is_a_volume_for_each_claim(tmp_path: Path) -> None:
    documents = [each for file in BASE.glob("*.yaml") for each in yaml.safe_load_all(file.read_text())]
    claims = [each for each in documents if each["kind"] == "PersistentVolumeClaim"]
    claims += [claim for each in documents for claim in each.get("spec", {}).get("volumeClaimTemplates", ())]
    assert len(claims) == CLAIMS
    made = volumes(tmp_path, CLAIMS)["items"]
    modes = {stat.S_IMODE(Path(each["spec"]["hostPath"]["path"]).stat().st_mode) for each in made}
    assert (len(made), modes) == (CLAIMS, {0o777})
