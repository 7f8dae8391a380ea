"""A real HTTP server with EMR's API over an empty store, in a thread; tests play the reconciler by saving statuses."""

from __future__ import annotations

import asyncio
import http.client
import json
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

import boto3
import uvicorn
from botocore.config import Config

from localemr.api.access import Access
from localemr.api.changes import Changes
from localemr.api.glue import GlueEndpoint
from localemr.api.protocol import protocol_of
from localemr.api.routes import EmrEndpoint, health_router
from localemr.app import new_app
from localemr.domain.model.application import Catalog
from localemr.domain.model.ids import derive
from localemr.domain.model.records import Records, Step
from localemr.domain.model.states import ClusterState, StepState
from localemr.emr import Context
from localemr.glue import Context as GlueContext
from localemr.glue import MemoryCatalog, Versions
from localemr.store import Store
from tests.catalog import CATALOG
from tests.whole import whole

T = TypeVar("T")
START = 1_700_000_000.0


class Server:
    """uvicorn in a thread. The application behind it can be exchanged, so one server serves many tests."""

    def __init__(self) -> None:
        self.app: Any = None
        # asyncio sets TCP_NODELAY only where the protocol is named; without it every answer takes 40 ms.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.bind(("127.0.0.1", 0))
        self._socket.listen()
        self.port: int = self._socket.getsockname()[1]
        config = uvicorn.Config(
            self._serve,
            http=protocol_of(lambda: getattr(self.app, "emr", None)),
            interface="asgi3",
            lifespan="off",
            ws="none",
            log_config=None,
            timeout_graceful_shutdown=1,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._run, daemon=True)
        self.loop = asyncio.new_event_loop()
        self._thread.start()

    def _run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self.loop) as runner:
            runner.run(self._server.serve([self._socket]))

    async def _serve(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)

    def do(self, function: Callable[[], T]) -> T:
        """Call the function in the server's event loop, where the store lives."""

        async def call() -> T:
            return function()

        return asyncio.run_coroutine_threadsafe(call(), self.loop).result(10)

    def stop(self) -> None:
        self._server.should_exit = True
        self._thread.join(10)
        self._socket.close()
        assert not self._thread.is_alive()


@dataclass
class Endpoint:
    """The API over its own store. `woken` are the ids that the reconciler was woken for; `now` is the clock."""

    server: Server
    hold_seconds: float = 20.0
    most_held: int = 1000
    host_memory_mb: int | None = None
    access: Access | None = None
    catalog: Catalog = CATALOG
    now: float = START
    woken: list[str] = field(default_factory=list)
    healthy: tuple[bool, dict[str, Any]] = (True, {"status": "ok"})

    def __post_init__(self) -> None:
        self.clients: list[Any] = []
        self.server.do(self._open)

    def _open(self) -> None:
        self.store = Store(":memory:")
        self.changes = Changes()
        self.store.on_change = self.changes.notify
        made = iter(range(10**6))
        self.context = Context(
            store=self.store,
            catalog=self.catalog,
            region="us-east-1",
            account="123456789012",
            wake=self.woken.append,
            now=lambda: self.now,
            new_cluster_id=lambda: derive("j-", 13, next(made)),
            host_memory_mb=lambda: self.host_memory_mb,
            web_page=lambda cluster, instance, port, path: f"/{instance.spec.role}:{port}{path}",
        )
        app = new_app()
        health = lambda: self.healthy  # noqa: E731 - it is exchanged while the endpoint serves
        glue = GlueContext(MemoryCatalog(lambda: self.now), Versions(":memory:"), self.context.account)
        self.glue = GlueEndpoint(glue, self.access)
        app.emr = EmrEndpoint(
            self.context, self.changes, self.hold_seconds, self.most_held, self.access, glue=self.glue
        )
        app.pages.include_router(health_router(health))
        self.server.app = app

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.server.do(self.changes.close)
        self.server.do(self.store.close)
        asyncio.run_coroutine_threadsafe(self.glue.close(), self.server.loop).result(10)

    # ---- as a client

    @property
    def url(self) -> str:
        """Where it answers."""
        return f"http://127.0.0.1:{self.server.port}"

    def client(self, region: str = "us-east-1", service: str = "emr", validate: bool = True, **options: Any) -> Any:
        """A boto3 client that does not retry; unless `validate` it sends whatever it is given."""
        config = Config(retries={"max_attempts": 1, "mode": "standard"}, parameter_validation=validate)
        self.clients.append(boto3.client(service, region, endpoint_url=self.url, config=config, **options))
        return self.clients[-1]

    def post(self, target: str | None, body: bytes, **headers: str) -> tuple[int, dict[str, str], Any]:
        """A raw request: status, headers (lower case) and the parsed body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            known = target is None or "." in target
            named = {"X-Amz-Target": target if known else f"ElasticMapReduce.{target}"} if target is not None else {}
            connection.request("POST", "/", body, named | headers)
            answer = connection.getresponse()
            text = answer.read()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, json.loads(text) if text else None
        finally:
            connection.close()

    # ---- as the reconciler

    def load(self, cluster_id: str) -> Records:
        """What is stored of a cluster."""
        return self.server.do(lambda: whole(self.store, cluster_id))

    def stored(self) -> list[str]:
        """Ids of all stored clusters, newest first."""
        return [each.id for each in self.server.do(lambda: self.store.clusters(limit=10000))]

    def everything(self) -> list[Any]:
        """All rows of the store."""
        tables = ("clusters", "groups", "instances", "steps", "resources", "events")
        return self.server.do(lambda: [self.store._db.execute(f"SELECT * FROM {table}").fetchall() for table in tables])

    def save(self, change: Callable[[Records], Records], cluster_id: str) -> None:
        """Store a change of statuses as the reconciler would."""
        before = self.load(cluster_id)
        self.server.do(lambda: self.store.save(before, change(before), ()))

    def move(self, cluster_id: str, state: str, **status: Any) -> None:
        """Give the cluster a state and other parts of its status."""
        self.save(
            lambda old: replace(
                old,
                cluster=replace(old.cluster, status=replace(old.cluster.status, state=ClusterState(state), **status)),
            ),
            cluster_id,
        )

    def move_step(self, cluster_id: str, step_id: str, state: str, **status: Any) -> None:
        """Give a step a state and other parts of its status."""

        def moved(step: Step) -> Step:
            if step.id != step_id:
                return step
            return replace(step, status=replace(step.status, state=StepState(state), **status))

        self.save(lambda old: replace(old, steps=tuple(map(moved, old.steps))), cluster_id)

    def waiting(self, cluster_id: str) -> int:
        """How many calls are held for the cluster."""
        return self.server.do(lambda: self.changes.waiting(cluster_id))
