"""An imitation of Kubernetes' API server, over HTTP and websockets, in a thread of its own: lists, watches, logs and
commands in pods, as LocalEMR uses them. tests/kubernetes_objects.py has what it is about."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import Any, TypeVar

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from localemr.runtime.base import RUNNING
from localemr.runtime.memory_node import MemoryNode
from tests.kubernetes_objects import ApiError, Cluster, selected, unpacked

T = TypeVar("T")
NAMESPACE = "emr"
BASE = f"/api/v1/namespaces/{NAMESPACE}"
PROTOCOL = "v5.channel.k8s.io"
STDIN, STDOUT, STATUS, END_OF_STDIN = b"\0", b"\x01", b"\x03", b"\xff\0"
PIECE = 32_768
"""Bytes of a message."""
Handler = Callable[[Request], Awaitable[Response]]


class Server:
    """The imitation's HTTP server, for the time of a block."""

    def __init__(self) -> None:
        self.cluster: Cluster
        self.url = ""
        self._server: uvicorn.Server
        self._loop: asyncio.AbstractEventLoop
        self._ready = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Server:
        self._thread.start()
        assert self._ready.wait(30)
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def stop(self) -> None:
        """Answer no more."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._stop)
        self._thread.join(30)

    def do(self, call: Callable[[Cluster], T]) -> T:
        """Call it in the server's thread."""

        async def run() -> T:
            return call(self.cluster)

        return asyncio.run_coroutine_threadsafe(run(), self._loop).result(30)

    def _stop(self) -> None:
        self.cluster.closed = self._server.should_exit = True
        self.cluster.wake()

    def _run(self) -> None:
        asyncio.run(self._serve())

    async def _serve(self) -> None:
        self._loop = asyncio.get_running_loop()
        self.cluster = Cluster()
        app = Api(self.cluster).application()
        options = {"log_level": "error", "ws": "wsproto", "lifespan": "off"}
        # Longer than clients keep connections: they would use one that is being closed.
        config = uvicorn.Config(app, port=0, timeout_keep_alive=120, **options)  # type: ignore[arg-type]
        self._server = uvicorn.Server(config)
        serving = asyncio.create_task(self._server.serve())
        while not self._server.started:
            await asyncio.sleep(0.01)
        self.url = f"http://127.0.0.1:{self._server.servers[0].sockets[0].getsockname()[1]}"
        self._ready.set()
        await serving


class Api:
    """The requests."""

    def __init__(self, cluster: Cluster) -> None:
        self._cluster = cluster

    def application(self) -> Starlette:
        """All routes."""
        routes = [
            Route("/api/v1/{kind:str}", guarded(self.collection)),
            Route(BASE + "/{kind:str}", guarded(self.collection), methods=["GET", "POST"]),
            Route(BASE + "/pods/{name:str}/log", guarded(self.log)),
            WebSocketRoute(BASE + "/pods/{name:str}/exec", left(self.execute)),
            Route(BASE + "/{kind:str}/{name:str}", guarded(self.single), methods=["GET", "DELETE"]),
        ]
        return Starlette(routes=routes)

    async def collection(self, request: Request) -> Response:
        """Creation, list and watch."""
        cluster, kind = self._cluster, request.path_params["kind"]
        selector = request.query_params.get("labelSelector", "")
        if request.method == "POST":
            self._note("create", kind)
            return JSONResponse(cluster.create(kind, await request.json()), 201)
        if request.query_params.get("watch") == "true":
            self._note("watch", kind)
            return StreamingResponse(self._changes(kind, selector, int(request.query_params["resourceVersion"])))
        self._note("list", kind)
        found = [each for each in cluster.objects[kind].values() if selected(each, selector)]
        return JSONResponse({"metadata": {"resourceVersion": str(cluster.version)}, "items": found})

    async def single(self, request: Request) -> Response:
        """An object, and its deletion."""
        kind, name = request.path_params["kind"], request.path_params["name"]
        if request.method == "DELETE":
            self._note("delete", kind)
            self._cluster.delete(kind, name)
            return JSONResponse({"kind": "Status", "status": "Success"})
        self._note("get", kind)
        return JSONResponse(self._cluster.find(kind, name))

    async def log(self, request: Request) -> Response:
        """A pod's log, followed."""
        self._note("get", "pods/log")
        name = request.path_params["name"]
        self._cluster.find("pods", name)
        if name not in self._cluster.insides:
            raise ApiError(400, "BadRequest", f'container "node" in pod "{name}" is waiting to start')
        whole = "tailLines" not in request.query_params
        return StreamingResponse(self._lines(self._cluster.insides[name], whole), media_type="text/plain")

    async def execute(self, socket: WebSocket) -> None:
        """A command in a pod that unpacks its standard input."""
        # Kubernetes up to 1.34 checks `get` of a command by websocket, later ones `create`, too.
        self._note("get", "pods/exec")
        self._note("create", "pods/exec")
        inside = self._cluster.insides.get(socket.path_params["name"])
        if inside is None or PROTOCOL not in socket.scope["subprotocols"]:
            await socket.send_denial_response(JSONResponse({"message": "no such container"}, 404))
            return
        await socket.accept(subprotocol=PROTOCOL)
        while socket.path_params["name"] in self._cluster.silent and not self._cluster.closed:
            await self._cluster.changed.wait()
        command = socket.query_params.getlist("command")
        if command[0] == "tail":
            await self._tail(socket, inside, command)
            return
        assert command[:2] == ["/bin/sh", "-c"]
        data = b""
        while (message := await socket.receive_bytes()) != END_OF_STDIN:
            assert message[:1] == STDIN
            data += message[1:]
        inside.write(unpacked(data))
        await socket.send_bytes(STATUS + json.dumps({"status": "Success"}).encode())
        await socket.close()

    async def _tail(self, socket: WebSocket, inside: MemoryNode, command: list[str]) -> None:
        """`tail -c [+]NUMBER FILE` in a pod."""
        _, _, count, path = command
        if path in inside.files:
            data = inside.files[path].text.encode()
            place = int(count) - 1 if count.startswith("+") else max(0, len(data) - int(count))
            for at in range(place, len(data), PIECE):
                await socket.send_bytes(STDOUT + data[at : at + PIECE])
            status: dict[str, Any] = {"status": "Success"}
        else:
            cause = {"reason": "ExitCode", "message": "1"}
            status = {"status": "Failure", "reason": "NonZeroExitCode", "details": {"causes": [cause]}}
        await socket.send_bytes(STATUS + json.dumps(status).encode())
        await socket.close()

    def _note(self, verb: str, resource: str) -> None:
        self._cluster.calls.append((verb, resource))

    async def _changes(self, kind: str, selector: str, since: int) -> AsyncIterator[bytes]:
        cluster = self._cluster
        while not cluster.closed:
            if since < cluster.oldest:
                error = ApiError(410, "Expired", f"too old resource version: {since}")
                yield json.dumps({"type": "ERROR", "object": error.status}).encode() + b"\n"
                return
            changed, found = cluster.changed, list(cluster.history)
            for version, of, change, each in found:
                if version > since and of == kind and selected(each, selector):
                    yield json.dumps({"type": change, "object": each}).encode() + b"\n"
            since = max([since, *(version for version, *_ in found)])
            await changed.wait()

    async def _lines(self, inside: MemoryNode, whole: bool) -> AsyncIterator[bytes]:
        place = 0 if whole else inside.log.end
        while not self._cluster.closed:
            changed = self._cluster.changed
            found, place = inside.log.read(place)
            for line in found:
                yield line.encode() + b"\n"
            if inside.state != RUNNING and place >= inside.log.end:
                return
            await changed.wait()


def left(handle: Callable[[WebSocket], Awaitable[None]]) -> Callable[[WebSocket], Awaitable[None]]:
    """The handler, whose client may go before it is answered."""

    async def run(socket: WebSocket) -> None:
        with suppress(WebSocketDisconnect):
            await handle(socket)

    return run


def guarded(handle: Handler) -> Handler:
    """The handler, whose ApiErrors are answers."""

    async def run(request: Request) -> Response:
        try:
            return await handle(request)
        except ApiError as error:
            return JSONResponse(error.status, error.code)

    return run
