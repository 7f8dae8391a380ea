"""What clusters run on: a runtime with its clock, and the faults by script around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from fastapi import APIRouter

from localemr.api.access import Access
from localemr.clock import Clock, MovableClock, RealClock
from localemr.domain.node.shared_catalog import ALIAS
from localemr.faults.control import control_router
from localemr.faults.interruptions import market_router
from localemr.faults.measurements import measurements_router
from localemr.faults.outcomes import COMMANDS, OUTCOMES, Staging
from localemr.faults.script import Script
from localemr.faults.scripted import ScriptedRuntime
from localemr.installation.home import state_folder
from localemr.installation.locks import BUILDS, exclusive_lock_async
from localemr.runtime.base import Runtime
from localemr.runtime.memory import MemoryRuntime
from localemr.settings import Settings

if TYPE_CHECKING:
    from localemr.images.ondemand import OnDemand


@dataclass(frozen=True)
class Platform:
    """The base of clusters: a runtime, its clock, its way to produce scripted outcomes, and the images that it has
    built (None: it needs none)."""

    runtime: Runtime
    clock: Clock
    staging: Staging
    images: OnDemand | None = None


def make_platform(settings: Settings) -> Platform:
    """The platform of the settings. Raises ValueError for an unknown runtime."""
    if settings.runtime == "memory":
        return memory_platform(MovableClock())
    if settings.runtime != "docker":
        raise ValueError(f"LOCALEMR_RUNTIME={settings.runtime!r}: expected docker or memory")
    from localemr.images.ondemand import on_demand
    from localemr.runtime.docker import DockerRuntime
    from localemr.runtime.docker_network import Networks

    networks = Networks(settings.subnets, settings.services | {ALIAS: settings.catalog_container})
    folder = state_folder()
    images = on_demand(folder, partial(exclusive_lock_async, folder / BUILDS))
    runtime = DockerRuntime(
        settings.installation, images, networks, settings.controller_container, settings.host_memory_share
    )
    return Platform(runtime, RealClock(), COMMANDS, images)


def memory_platform(clock: Clock) -> Platform:
    """A platform without machines, with this clock."""
    return Platform(MemoryRuntime(clock=clock), clock, OUTCOMES)


Control = Callable[[Access | None], APIRouter]
"""Creates the routes of the control API."""


def with_faults(platform: Platform) -> tuple[Runtime, Control]:
    """The platform's runtime with faults by script, and the control API that writes the script."""
    script = Script()
    scripted = ScriptedRuntime(platform.runtime, script, platform.clock, platform.staging)

    def control(access: Access | None) -> APIRouter:
        router = control_router(platform.clock, script, scripted.apply_faults, access)
        router.include_router(measurements_router(scripted.measure, access))
        router.include_router(market_router(scripted.market, access))
        return router

    return scripted, control
