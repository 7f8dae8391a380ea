"""`python -m tests.kubernetes.hollow FOLDER`: machines without processes, for measuring many instances.

They are nodes of the API server of FOLDER (servers.py) and heartbeat as kubelets do. A pod that the scheduler gives
them is a node of the memory runtime, whose logs and commands this process serves as a kubelet does.
"""

from __future__ import annotations

import argparse
import asyncio
import base64
import json
import logging
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx2
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from localemr.clock import RealClock
from localemr.runtime.base import RUNNING, InstanceSpec
from localemr.runtime.memory_node import MemoryNode, by_kind
from tests.kubernetes.services import connection
from tests.kubernetes_objects import container_status, unpacked

log = logging.getLogger(__name__)
PORT = 10260
LOOPBACK = "127.0.0.1"
HEARTBEAT = 4.0
"""Seconds; the controller manager's grace is 16 (servers.py)."""
AT_ONCE = 32
AGAIN = 1.0
"""Seconds after a call that failed."""
PROTOCOL = "v5.channel.k8s.io"
STDIN, STDOUT, STATUS, END_OF_STDIN = b"\0", b"\x01", b"\x03", b"\xff\0"
LEASES = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases"


def machine(name: str, pods: int) -> dict[str, Any]:
    """A node with more memory and processors than its pods reserve."""
    offered = {"cpu": "1000", "memory": "16Ti", "pods": str(pods), "ephemeral-storage": "16Ti"}
    return {
        "apiVersion": "v1",
        "kind": "Node",
        "metadata": {"name": name, "labels": {"kubernetes.io/hostname": name}},
        "status": {
            "capacity": offered,
            "allocatable": offered,
            "addresses": [{"type": "InternalIP", "address": LOOPBACK}],
            "daemonEndpoints": {"kubeletEndpoint": {"Port": PORT}},
            "conditions": [
                {"type": "Ready", "status": "True", "reason": "Hollow", "lastHeartbeatTime": stamp()},
            ],
        },
    }


def running(number: int) -> dict[str, Any]:
    """The status of a pod that runs. `number` makes its address."""
    ready = [{"type": name, "status": "True"} for name in ("Initialized", "Ready", "ContainersReady", "PodScheduled")]
    address = f"10.245.{number // 250}.{number % 250 + 1}"
    status = container_status({"running": {"startedAt": stamp()}}) | {"ready": True}
    found = {"phase": "Running", "podIP": address, "podIPs": [{"ip": address}], "hostIP": LOOPBACK}
    return {"status": {**found, "startTime": stamp(), "conditions": ready, "containerStatuses": [status]}}


def stamp(micro: bool = False) -> str:
    """The time as Kubernetes writes it."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ" if micro else "%Y-%m-%dT%H:%M:%SZ")


class Inside:
    """A pod's node, and what waits for its log."""

    def __init__(self, pod: dict[str, Any], archive: bytes) -> None:
        labels = pod["metadata"]["labels"]
        spec = InstanceSpec(labels["localemr.instance"], labels["localemr.cluster"], "", pod["spec"]["hostname"])
        self._changed = asyncio.Event()
        self.node = MemoryNode(spec, RealClock(), 0.0, by_kind, self._wake)
        self.node.write(unpacked(archive))
        self.node.boot()

    async def lines(self, whole: bool) -> AsyncIterator[bytes]:
        """Its log, followed until it ends."""
        place = 0 if whole else self.node.log.end
        while True:
            changed = self._changed
            found, place = self.node.log.read(place)
            if found:
                yield b"".join(line.encode() + b"\n" for line in found)
            elif self.node.state != RUNNING:
                return
            else:
                await changed.wait()

    def _wake(self) -> None:
        self._changed.set()
        self._changed = asyncio.Event()


class Hollow:
    """The machines, and the pods on them."""

    def __init__(self, api: httpx2.AsyncClient, machines: int, pods: int) -> None:
        self._api, self._machines, self._pods = api, [f"h{n}" for n in range(1, machines + 1)], pods
        self._places = asyncio.Semaphore(AT_ONCE)
        self._insides: dict[str, Inside] = {}
        self._tasks: dict[str, asyncio.Task[None]] = {}
        self._count = 0
        self.commands = 0

    async def live(self) -> None:
        """Register, heartbeat and run pods until cancelled."""
        for name in self._machines:
            await self._call("POST", "/api/v1/nodes", machine(name, self._pods))
            lease = {"metadata": {"name": name}, "spec": {"holderIdentity": name, "leaseDurationSeconds": 40}}
            await self._call("POST", LEASES, lease)
        async with asyncio.TaskGroup() as group:
            group.create_task(self._heartbeat())
            group.create_task(self._follow())

    async def _heartbeat(self) -> None:
        while True:
            beat = {"spec": {"renewTime": stamp(micro=True)}}
            await asyncio.gather(*(self._call("PATCH", f"{LEASES}/{name}", beat) for name in self._machines))
            await asyncio.sleep(HEARTBEAT)

    async def _follow(self) -> None:
        """Follow the pods; the server ends each watch at some time."""
        while True:
            with suppress(httpx2.HTTPError):
                await self._watch()

    async def _watch(self) -> None:
        found = await self._call("GET", "/api/v1/pods", None)
        for pod in found["items"]:
            self._take("ADDED", pod)
        query = f"watch=true&resourceVersion={found['metadata']['resourceVersion']}"
        async with self._api.stream("GET", f"/api/v1/pods?{query}", timeout=None) as answer:
            async for line in answer.aiter_lines():
                change = json.loads(line)
                self._take(change["type"], change["object"])

    def _take(self, change: str, pod: dict[str, Any]) -> None:
        uid, metadata = pod["metadata"]["uid"], pod["metadata"]
        if change == "DELETED":
            if inside := self._insides.pop(metadata["name"], None):
                inside.node.vanish()
            self._tasks.pop(uid, None)
        elif pod["spec"].get("nodeName") in self._machines and uid not in self._tasks:
            self._tasks[uid] = asyncio.create_task(self._run(pod))

    async def _run(self, pod: dict[str, Any]) -> None:
        """What a kubelet does for a pod."""
        async with self._places:
            space, name = pod["metadata"]["namespace"], pod["metadata"]["name"]
            secret = pod["spec"]["volumes"][0]["secret"]["secretName"]
            found = await self._call("GET", f"/api/v1/namespaces/{space}/secrets/{secret}", None)
            self._insides[name] = Inside(pod, base64.b64decode(found["data"]["files.tar.gz"]))
            self._count += 1
            await self._call("PATCH", f"/api/v1/namespaces/{space}/pods/{name}/status", running(self._count))

    async def _call(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        """The answer; a busy server is called again, as kubelets do."""
        while True:
            try:
                return await self._try(method, path, body)
            except httpx2.HTTPError as error:
                log.warning("%s %s: %r", method, path, error)
                await asyncio.sleep(AGAIN)

    async def _try(self, method: str, path: str, body: dict[str, Any] | None) -> Any:
        kind = "application/strategic-merge-patch+json" if method == "PATCH" and "leases" not in path else ""
        kind = kind or ("application/merge-patch+json" if method == "PATCH" else "application/json")
        content = None if body is None else json.dumps(body)
        answer = await self._api.request(method, path, content=content, headers={"Content-Type": kind})
        if answer.status_code not in (404, 409):
            answer.raise_for_status()
        return answer.json()

    # ---- the kubelets' server

    def application(self) -> Starlette:
        """Logs and commands."""
        place = "/{space:str}/{name:str}/{container:str}"
        return Starlette(
            routes=[Route("/containerLogs" + place, self.log), WebSocketRoute("/exec" + place, self.execute)]
        )

    async def log(self, request: Request) -> Response:
        """A pod's log, followed."""
        inside = self._insides.get(request.path_params["name"])
        if inside is None:
            return Response("no such container", 404)
        whole = "tailLines" not in request.query_params
        return StreamingResponse(inside.lines(whole), media_type="text/plain")

    async def execute(self, socket: WebSocket) -> None:
        """A command that unpacks its standard input."""
        inside = self._insides.get(socket.path_params["name"])
        if inside is None:
            await socket.send_denial_response(Response("no such container", 404))
            return
        await socket.accept(subprotocol=PROTOCOL)
        data = b""
        while (message := await socket.receive_bytes()) != END_OF_STDIN:
            data += message.removeprefix(STDIN)
        self.commands += 1
        inside.node.write(unpacked(data))
        await socket.send_bytes(STATUS + json.dumps({"status": "Success"}).encode())
        await socket.close()


async def main() -> None:
    """Serve until a signal comes."""
    parser = argparse.ArgumentParser(prog="python -m tests.kubernetes.hollow", description=__doc__)
    parser.add_argument("folder", type=Path, help="of `python -m tests.kubernetes up`")
    parser.add_argument("--machines", type=int, default=10)
    parser.add_argument("--pods", type=int, default=110, help="of each machine")
    options = parser.parse_args()
    server, token, context = connection(options.folder / "admin.kubeconfig")
    headers = {"Authorization": f"Bearer {token}"}
    async with httpx2.AsyncClient(
        base_url=server, headers=headers, verify=context, trust_env=False, timeout=120
    ) as api:
        hollow = Hollow(api, options.machines, options.pods)
        certificate = str(options.folder / "server.crt"), str(options.folder / "server.key")
        config = uvicorn.Config(
            hollow.application(), host=LOOPBACK, port=PORT, ssl_certfile=certificate[0], ssl_keyfile=certificate[1],
            ws="wsproto", lifespan="off", log_level="warning", timeout_keep_alive=120,
        )  # fmt: skip
        async with asyncio.TaskGroup() as group:
            group.create_task(hollow.live())
            group.create_task(uvicorn.Server(config).serve())


if __name__ == "__main__":
    asyncio.run(main())
