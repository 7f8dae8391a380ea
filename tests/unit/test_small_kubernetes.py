"""The parts of the small Kubernetes (tests/kubernetes) that need no machine: Services' addresses, volumes."""

from __future__ import annotations

import asyncio
import socket
import stat
import time
from pathlib import Path
from typing import Any

import yaml
from localemr_node import dns

from tests.kubernetes.__main__ import CLAIMS
from tests.kubernetes.filters import filters
from tests.kubernetes.held import Held
from tests.kubernetes.names import Server as Names
from tests.kubernetes.names import answer, names
from tests.kubernetes.policies import World
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


def pod(address: str, space: str = "n", **labels: str) -> dict[str, Any]:
    return {
        "metadata": {"namespace": space, "labels": labels},
        "spec": {},
        "status": {"podIP": address, "phase": "Running"},
    }


INSTANCE, CONTROLLER, S3, CATALOG, STRANGER, OTHER = (f"10.0.0.{number}" for number in range(1, 7))


def world() -> World:
    """The installation's policies, over one pod of each kind and two that are none of its own."""
    policies = list(yaml.safe_load_all((BASE / "networks.yaml").read_text()))
    for each in policies:
        each["metadata"]["namespace"] = "n"
    apps = {CONTROLLER: "controller", S3: "s3", CATALOG: "catalog", STRANGER: "stranger"}
    pods = [pod(address, app=name) for address, name in apps.items()]
    pods += [pod(INSTANCE, **{"localemr.instance": "ci-1"}), pod(OTHER, "other", app="controller")]
    return World({"items": policies}, {"items": pods})


def test_who_reaches_whom() -> None:
    places = {INSTANCE: 8088, CONTROLLER: 4577, S3: 9000, CATALOG: 9083}
    found = world()
    reached = {
        source: {target for target, port in places.items() if found.permits(source, target, port)}
        for source in (INSTANCE, CONTROLLER, CATALOG, S3, STRANGER, OTHER)
    }
    assert reached == {
        INSTANCE: set(places),
        CONTROLLER: {INSTANCE, S3, CATALOG},
        CATALOG: {S3},
        **{none: set() for none in (S3, STRANGER, OTHER)},
    }
    assert not found.permits(INSTANCE, S3, 9001)
    assert not found.permits(INSTANCE, "169.254.169.254", 80) and found.permits(INSTANCE, "8.8.8.8", 443)
    assert found.permits("10.99.0.1", S3, 9000), "a machine, as its kubelet"


def test_policies_become_rules_of_the_packet_filter() -> None:
    lines = filters(world(), ["10.99.0.253"]).splitlines()
    assert (lines[0], lines[-1]) == ("*filter", "COMMIT")
    (into,) = [line.split()[-1] for line in lines if line.startswith(f"-A POLICIES -d {S3} ")]
    own = [line.removeprefix(f"-A {into} ") for line in lines if line.startswith(f"-A {into} ")]
    assert own[0] == "-s 10.99.0.253 -j RETURN"
    assert set(own[1:-1]) == {f"-s {each}/32 -p tcp --dport 9000 -j RETURN" for each in (INSTANCE, CONTROLLER, CATALOG)}
    assert own[-1].startswith("-j REJECT")
    assert not [line for line in lines if line.startswith(f"-A POLICIES -d {OTHER} ")]


def test_a_service_refuses_what_its_pod_would() -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"x")
        writer.close()

    async def body() -> list[bytes]:
        serving = await asyncio.start_server(answer, "127.0.0.1", 0)
        target = serving.sockets[0].getsockname()
        proxy, place, got = Proxy("no-such-device"), ("127.0.0.87", 18081), list[bytes]()
        await proxy.become({place: [target]})
        for known in (target, None):
            proxy.permits = lambda source, host, port, known=known: (host, port) == known  # type: ignore[misc]
            reader, writer = await asyncio.open_connection(*place)
            try:
                got.append(await reader.read())
            except ConnectionResetError:
                got.append(b"")
            writer.close()
        await proxy.become({})
        serving.close()
        return got

    assert asyncio.run(body()) == [b"x", b""]


def test_a_held_loop_is_noted(tmp_path: Path) -> None:
    async def body() -> None:
        Held(tmp_path / "held").begin()
        await asyncio.sleep(0.02)
        until = time.thread_time() + 0.1
        while time.thread_time() < until:
            pass
        await asyncio.sleep(0.02)

    asyncio.run(body())
    assert max(map(int, (tmp_path / "held").read_text().split())) >= 100
