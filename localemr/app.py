"""Puts store, runtime, reconciler and HTTP together, and starts and stops them."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from typing import Any, cast

from fastapi import APIRouter, FastAPI

from localemr import __version__, emr, glue, sts
from localemr.api.access import Access
from localemr.api.answers import Answers
from localemr.api.changes import Changes
from localemr.api.front import Front
from localemr.api.health import health_router
from localemr.api.waiters import Waiters
from localemr.applications import applications
from localemr.aws.service import Service
from localemr.clock import Clock, MovableClock, RealClock
from localemr.domain.model.application import Catalog, Site
from localemr.domain.model.ids import new_cluster_id
from localemr.faults.control import control_router
from localemr.faults.script import Script
from localemr.faults.scripted import ScriptedRuntime
from localemr.glue.hive import HiveCatalog, Metastore
from localemr.installation.catalog import SharedCatalog
from localemr.installation.s3_health import S3Health
from localemr.reconcile.act import Workshop
from localemr.reconcile.containers import Naming
from localemr.reconcile.loop import Reconciler
from localemr.releases import instance_types, releases
from localemr.runtime.base import Runtime, RuntimeFailure
from localemr.runtime.memory import MemoryRuntime
from localemr.settings import Settings
from localemr.store import Store
from localemr.webui.directory import Directory
from localemr.webui.routes import ui_router
from localemr.webui.tickets import Tickets

COLLECT_AFTER = (50_000, 20, 50)
"""Objects, then collections of the two younger generations."""


def create_app(settings: Settings, runtime: Runtime | None = None) -> FastAPI:
    """The controller as an ASGI application. `runtime` replaces the one that the settings name.

    Everything is opened when the application starts, in the event loop that serves it, and closed when it stops.
    """

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        controller = await Controller.open(settings, runtime or make_runtime(settings))
        controller.serve(app, settings.accepted_keys)
        calm_collector()
        try:
            yield
        finally:
            await controller.close()

    return new_app(lifespan=lifespan)


def calm_collector() -> None:
    """Have Python look for garbage less often, and not in what is there by now, which stays. Few things here refer to
    each other in circles; looking for them took a fifth of a busy controller's time, in pauses of up to 0.1 s."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)


def new_app(**options: Any) -> FastAPI:
    """An application for a `Controller` to be served on; `options` go to FastAPI."""
    return FastAPI(title="LocalEMR", version=__version__, docs_url=None, redoc_url=None, openapi_url=None, **options)


def make_runtime(settings: Settings) -> Runtime:
    """The runtime that the settings name. Raises ValueError for an unknown one."""
    if settings.runtime == "memory":
        return MemoryRuntime(clock=MovableClock())
    if settings.runtime != "docker":
        raise ValueError(f"LOCALEMR_RUNTIME={settings.runtime!r}: expected docker or memory")
    from localemr.runtime.docker import DockerRuntime

    return DockerRuntime()


def make_catalog(settings: Settings) -> Catalog:
    """All data of this installation."""
    site = Site(
        access_key=settings.access_key, secret_key=settings.secret_key, emr_endpoint=settings.node_endpoint
    )  # fmt: skip
    return Catalog(
        applications(), releases(), instance_types(), site, settings.memory_scale, settings.cpu_scale
    )  # fmt: skip


Tests = Callable[[Access | None], APIRouter]
"""Makes the routes of the control API."""


class Controller:
    """The parts of a running controller."""

    def __init__(
        self,
        store: Store,
        runtime: Runtime,
        services: Sequence[Service],
        reconciler: Reconciler,
        s3: S3Health,
        tests: Tests,
        pages: APIRouter,
        now: Callable[[], float],
    ) -> None:
        self.changes = Changes()
        self._services = services
        self._now = now
        self._tests = tests
        self._web_pages = pages
        self._store = store
        self._runtime = runtime
        self._reconciler = reconciler
        self._s3 = s3
        self._front: Front | None = None

    @classmethod
    async def open(cls, settings: Settings, runtime: Runtime) -> Controller:
        """Open the store and take up whatever is unfinished."""
        real = not isinstance(runtime, MemoryRuntime)
        clock: Clock = RealClock()
        if isinstance(runtime, MemoryRuntime):
            clock = runtime.clock
        script = Script()
        store = Store(settings.database if real else ":memory:")
        catalog = make_catalog(settings)
        naming = Naming(settings.installation)
        scripted = ScriptedRuntime(runtime, script, clock, naming)
        shared = SharedCatalog(settings, _catalog_image) if real else None
        shop = Workshop(
            cast(Runtime, scripted),
            naming,
            catalog,
            _node_image if real else str,
            settings.subnets,
            settings.s3_container if real else "",
            settings.controller_container if real else "",
            partial(_start_catalog, shared) if shared else None,
        )
        reconciler = Reconciler(store, shop, clock)
        gate = Tickets(settings.accepted_keys) if settings.accepted_keys else None
        directory = Directory(store, catalog, reconciler.reach, gate, clock.now)
        context = emr.Context(
            store=store,
            catalog=catalog,
            region=settings.region,
            account=settings.account,
            wake=reconciler.wake,
            now=clock.now,
            new_cluster_id=new_cluster_id,
            web_page=directory.address,
            host_memory_mb=await _memory_for_clusters(settings, runtime) if real else None,
        )
        s3 = S3Health(settings.s3_url if real else None)
        tests = partial(control_router, clock, script, scripted.strike)
        tables = glue.Context(
            HiveCatalog(Metastore(shared.start)) if shared else glue.MemoryCatalog(clock.now),
            glue.Versions(settings.table_versions if real else ":memory:"),
            settings.account,
        )
        services = (
            emr.service(context),
            glue.service(tables),
            sts.service(settings.account),
        )
        controller = cls(store, runtime, services, reconciler, s3, tests, ui_router(directory), clock.now)
        store.on_change = controller.changes.notify
        await reconciler.start()
        controller._s3.start()
        return controller

    async def close(self) -> None:
        """Let waiters go and stop; clusters and steps go on without the controller."""
        self.changes.close()
        if self._front:
            await self._front.close()
        await self._s3.stop()
        await self._reconciler.stop()
        await self._runtime.close()
        self._store.close()

    def serve(self, app: FastAPI, keys: Mapping[str, str]) -> None:
        """Serve on a new application; `keys` are those with which callers sign (none: they need not)."""
        access = Access(keys) if keys else None
        answers = Answers(self.changes, self._now)
        self._front = Front(self._services, Waiters(self.changes), answers, access, self._reconciler.turns.called)
        app.router.routes.extend(self._front.routes())
        app.include_router(health_router(self.health))
        app.include_router(self._tests(access))
        app.include_router(self._web_pages)

    def health(self) -> tuple[bool, Mapping[str, Any]]:
        """Whether Docker and S3 answered when they were last reached."""
        report = {
            "version": __version__,
            "runtime": self._reconciler.runtime_error or "ok",
            "s3": self._s3.error or "ok",
        }
        return self._reconciler.runtime_error is None, report


def _node_image(label: str) -> str:
    from localemr.images import reference

    return reference("node", label)


def _catalog_image() -> str:
    from localemr.images import reference

    return reference("catalog")


async def _start_catalog(shared: SharedCatalog) -> str:
    """For a cluster that uses it; the name of its container."""
    try:
        await asyncio.to_thread(shared.start)
    except OSError as error:
        raise RuntimeFailure(f"the shared catalog does not run: {error}") from error
    return shared.container


async def _memory_for_clusters(settings: Settings, runtime: Runtime) -> int | None:
    """None when the runtime does not answer: then nothing can be refused for the host's size."""
    try:
        return round((await runtime.capacity()).memory_mb * settings.host_memory_share)
    except RuntimeFailure:
        return None
