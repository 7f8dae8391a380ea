"""Puts store, runtime, reconciler and HTTP together, and starts and stops them."""

from __future__ import annotations

import gc
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.routing import Route
from starlette.types import ASGIApp

from localemr import __version__, checks, cloudwatch, emr, events, glue, iam, sts
from localemr.api.access import Access
from localemr.api.answers import Answers
from localemr.api.changes import Changes
from localemr.api.front import Front
from localemr.api.health import health_route
from localemr.api.waiters import Waiters
from localemr.aws.service import Service
from localemr.beside import BesideClusters
from localemr.catalog import make_catalog
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.ids import new_cluster_id
from localemr.door.routes import CONSOLE_PATH
from localemr.doors import behind_door
from localemr.glue.hive import HiveCatalog, Metastore
from localemr.installation.objects import Objects
from localemr.installation.prices import with_file
from localemr.installation.s3_health import S3Health
from localemr.platforms import Faults, Platform, make_platform, with_faults
from localemr.problem import Problem
from localemr.reconcile.act import Tools
from localemr.reconcile.announcing import Announcing
from localemr.reconcile.loop import Reconciler
from localemr.reconcile.publishing import Publishing
from localemr.reconcile.retention import Retention
from localemr.reconcile.step_logs import StepLogs
from localemr.releases import default_label
from localemr.releases.prices import prices
from localemr.settings import Settings
from localemr.store import Store
from localemr.webui.addresses import Domains
from localemr.webui.directory import Directory
from localemr.webui.later import Later
from localemr.webui.routes import ui_routes
from localemr.webui.tickets import Tickets

EMR_METRICS = "AWS/ElasticMapReduce"
"""The namespace of clusters' metrics."""
COLLECT_AFTER = (50_000, 20, 50)
"""Thresholds of the garbage collector: objects, then collections of the two younger generations."""


def create_app(settings: Settings, platform: Platform | None = None, node_address: str = "") -> ASGIApp:
    """The controller as an ASGI application. `platform` overrides the settings' runtime. `node_address` is this host's
    address for instances alone (installation/listening.py).

    Everything is opened when the application starts, in the event loop that serves it, and closed when it stops.
    """

    controllers: list[Controller] = []

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        controller = await Controller.open(settings, platform or make_platform(settings), node_address)
        controller.serve(app, settings.accepted_keys)
        controllers.append(controller)
        tune_garbage_collector()
        try:
            yield
        finally:
            await controller.close()

    app = new_app(lifespan=lifespan)
    return behind_door(app, settings, lambda: controllers[-1] if controllers else None, node_address)


def tune_garbage_collector() -> None:
    """Collect garbage less often, and exclude the objects that exist now. Reference cycles are rare here. Collections
    took a fifth of a busy controller's time, in pauses of up to 0.1 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def new_app(**options: Any) -> FastAPI:
    """An application for a `Controller` to be served on; `options` go to FastAPI."""
    return FastAPI(
        title="LocalEMR",
        version=__version__,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        # To find out that nothing collects it takes a tenth of a reading call.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        **options,
    )


class Controller:
    """The parts of a running controller."""

    def __init__(self, settings: Settings, platform: Platform, node_address: str = "") -> None:
        """Opens the store. `open` also starts what works in the background."""
        self._settings = settings
        self._real = settings.runtime != "memory"
        self._now = platform.clock.now
        self.changes = Changes()
        self._clock = platform.clock
        self.store = Store(self._kept(settings.database))
        self._beside = BesideClusters(settings, platform.images)
        self.beside = self._beside.calls
        self._events = self._make_events()
        self._cloudwatch = self._make_cloudwatch()
        self.store.on_change = self._stored
        catalog = make_catalog(settings, node_address, platform.metadata_endpoint, platform.most_instances)
        self._runtime = platform.runtime
        self._faults: Faults | None = None
        if settings.control_enabled:
            self._faults = with_faults(platform)
            self._runtime = self._faults.runtime
        tools = Tools(
            self._runtime,
            catalog,
            frozenset(settings.services if self._real else ()),
            partial(self._beside.catalog.begin, self._now) if self._beside.catalog else None,
            self._faults.limits if self._faults else tuple,
        )
        self._publishing = Publishing(catalog, self._cloudwatch.in_alarm)
        self._reconciler = Reconciler(self.store, tools, platform.clock, self._publishing)
        tickets = Tickets(settings.accepted_keys) if settings.accepted_keys else None
        self.directory = Directory(self.store, catalog, self._reconciler.reach, tickets, self._now)
        self._domains = Domains(settings.pages_domain)
        self._services = self._make_services(catalog)
        self._s3 = S3Health(settings if self._real else None)
        self._retention = Retention(self.store, platform.clock, settings.retention_days, self._reconciler.throttle)
        known = catalog.applications.values()
        self._applications = [each.name for each in known if not (each.switch or each.everywhere)]
        self._front: Front | None = None

    def _kept(self, file: Path) -> Path | str:
        """The place of a database: only real clusters outlive their controller."""
        return file if self._real else ":memory:"

    def _make_events(self) -> events.EventBridge:
        settings = self._settings
        return events.EventBridge(
            self._kept(settings.events),
            self._clock,
            self._announced,
            settings.event_logs if self._real else None,
            self._beside.aws,
            f"arn:aws:events:{settings.region}:{settings.account}:rule/",
        )

    def _make_cloudwatch(self) -> cloudwatch.CloudWatch:
        return cloudwatch.CloudWatch(
            self._kept(self._settings.metrics),
            self._clock,
            self._published,
            self._settings.metrics_days,
            make_up=not self._real,
            aws=self._beside.aws,
            announce=self._events.put,
        )

    def _make_services(self, catalog: Catalog) -> tuple[Service, ...]:
        settings, shared = self._settings, self._beside.catalog
        context = emr.Context(
            store=self.store,
            catalog=catalog,
            region=settings.region,
            account=settings.account,
            wake=self._reconciler.wake,
            now=self._now,
            new_cluster_id=new_cluster_id,
            web_page=self.directory.address,
            host_memory_mb=lambda: self._reconciler.memory_mb if self._real else None,
        )
        tables = glue.Context(
            HiveCatalog(Metastore(shared.start)) if shared else glue.MemoryCatalog(self._now),
            glue.Versions(self._kept(settings.table_versions)),
            settings.account,
        )
        return (
            emr.service(context),
            glue.service(tables),
            sts.service(settings.account),
            iam.service(settings.account),
            self._cloudwatch.service(settings.region, settings.account),
            self._events.service(settings.region, settings.account),
        )

    def _stored(self, cluster_id: str) -> None:
        """A cluster has changed in the store, and the event log may have grown."""
        self.changes.notify(cluster_id)
        self._events.wake()

    def _announced(self, position: int | None) -> Iterator[events.Occurrence]:
        """Clusters' events after a position in the event log."""
        return (events.Occurrence(*each) for each in Announcing(self.store).since(position))

    def _published(self, at: float) -> Iterator[cloudwatch.Datum]:
        """The metrics of clusters that are due; clusters whose policies may follow them are woken."""
        for cluster_id in self._publishing.scaled():
            self._reconciler.wake(cluster_id)
        for cluster_id, each in self._publishing.due(at):
            dimensions = (("JobFlowId", cluster_id),)
            yield cloudwatch.Datum.of(EMR_METRICS, each.name, dimensions, each.unit, at, each.value)

    @classmethod
    async def open(cls, settings: Settings, platform: Platform, node_address: str = "") -> Controller:
        """Open the store and continue unfinished work."""
        controller = cls(settings, platform, node_address)
        await controller._reconciler.start()
        controller._retention.start()
        controller._cloudwatch.start()
        controller._events.start()
        controller._s3.start()
        controller._beside.start()
        return controller

    async def close(self) -> None:
        """Release held calls and stop. Clusters and steps continue without the controller."""
        self.changes.close()
        if self._front:
            await self._front.close()
        await self._s3.stop()
        await self._retention.stop()
        await self._cloudwatch.close()
        await self._reconciler.stop()
        await self._events.close()
        await self._beside.close()
        await self._runtime.close()
        self.store.close()

    def serve(self, app: FastAPI, keys: Mapping[str, str]) -> None:
        """Serve on a new application; `keys` are the callers' keys (empty: requests need no signature)."""
        access = Access(keys) if keys else None
        answers = Answers(self.changes, self._now)
        self._front = Front(self._services, Waiters(self.changes), answers, access, self._reconciler.throttle.note_call)
        app.router.routes += [
            *self._front.routes(),
            health_route(self.health),
            *(self._faults.control(access, self._reconciler.wake_all) if self._faults else ()),
            *ui_routes(self.directory, self._domains),
            Later(CONSOLE_PATH, partial(self._console, self._front)),
        ]

    def _console(self, front: Front) -> list[Route]:
        """The web console's routes. Most programs and tests never open it: the import is a tenth of a start."""
        from localemr.console import Site, console_routes

        site = Site(
            self._settings,
            front.inside,
            self.directory,
            self.health,
            self._now,
            self.changes,
            self.store.log.of,
            partial(with_file, self._settings, prices()),
            Objects(self._settings) if self._real or self._settings.s3_endpoint else None,
            StepLogs(self._runtime, self.store, self._settings.secret_key).read,
            self._applications,
            default_label(),
            self._machine,
        )
        return console_routes(site)

    def _machine(self) -> list[tuple[str, str, str, str]]:
        """What doctor finds on this machine: name, verdict, what was found, how to fix it. Blocks."""
        try:
            found = checks.machine(self._settings)
        except Problem as problem:
            found = [checks.missing("images", problem.message, problem.fix)]
        return [(each.name, each.verdict.value, each.found, each.fix) for each in found]

    def health(self) -> tuple[bool, Mapping[str, Any]]:
        """Whether the last requests to Docker and S3 succeeded, whether an instance that lives lacked memory, and
        the clock's time in epoch seconds."""
        report = {
            "version": __version__,
            "runtime": self._reconciler.runtime_error or "ok",
            "s3": self._s3.error or "ok",
            "memory": _memory_report(self._reconciler),
            "now": self._now(),
        }
        return self._reconciler.runtime_error is None, report


def _memory_report(reconciler: Reconciler) -> str:
    if not (found := reconciler.shortages):
        return "ok"
    last = found[-1]
    at = datetime.fromtimestamp(last.at).strftime("%H:%M:%S")
    whose = (
        f"this host (instances may take {reconciler.memory_mb} MiB)" if last.of_host else f"instance {last.instance}"
    )
    return f"{sum(each.processes for each in found)} processes of jobs were ended: {whose} had no memory left at {at}"
