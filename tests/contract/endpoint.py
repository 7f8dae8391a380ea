"""A real HTTP server with EMR's API over an empty store, in a thread; tests play the reconciler by saving statuses."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import boto3
from botocore.config import Config

from localemr import emr, glue, iam, sts
from localemr.api.access import Access
from localemr.api.answers import Answers
from localemr.api.changes import Changes
from localemr.api.front import Front
from localemr.api.health import health_route
from localemr.api.waiters import Waiters
from localemr.app import new_app
from localemr.aws.service import Service
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.ids import derive
from localemr.domain.model.records import Records
from localemr.domain.model.states import ClusterState, StepState
from localemr.domain.model.steps import Step
from localemr.door import Door, Hosts
from localemr.store import Store
from localemr.testing.server import Server
from tests.catalog import CATALOG
from tests.whole import whole

START = 1_700_000_000.0


@dataclass
class Endpoint:
    """The API over its own store. `others` are services beside LocalEMR's own, `woken` the ids that the reconciler was
    woken for; `now` is the clock."""

    server: Server
    hold_seconds: float = 20.0
    most_held: int = 1000
    host_memory_mb: int | None = None
    access: Access | None = None
    catalog: Catalog = CATALOG
    others: Sequence[Service] = ()
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
        self.context = emr.Context(
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
        tables = glue.Context(glue.MemoryCatalog(lambda: self.now), glue.Versions(":memory:"), self.context.account)
        account = self.context.account
        own = (emr.service(self.context), glue.service(tables), sts.service(account), iam.service(account))
        services = (*own, *self.others)
        answers = Answers(self.changes, lambda: self.now)
        self.front = Front(services, Waiters(self.changes, self.hold_seconds, self.most_held), answers, self.access)
        app.router.routes.extend(self.front.routes())
        app.router.routes.append(health_route(health))
        self.pages = app
        self.server.app = Door(app, Hosts())

    def close(self) -> None:
        for client in self.clients:
            client.close()
        self.server.do(self.changes.close)
        self.server.do(self.store.close)
        self.server.run(self.front.close())

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
        known = target is None or "." in target
        named = {"X-Amz-Target": target if known else f"ElasticMapReduce.{target}"} if target is not None else {}
        status, answered, text = self.exchange(body, named | headers)
        return status, answered, json.loads(text) if text else None

    def exchange(self, body: bytes, headers: Mapping[str, str], path: str = "/") -> tuple[int, dict[str, str], bytes]:
        """A POST, of JSON unless the headers say otherwise: status, headers (lower case) and body of the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            given = dict(headers)
            if not any(name.lower() == "content-type" for name in given):
                given["Content-Type"] = "application/x-amz-json-1.1"
            connection.request("POST", path, body, given)
            answer = connection.getresponse()
            return answer.status, {k.lower(): v for k, v in answer.getheaders()}, answer.read()
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
