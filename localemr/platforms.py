"""What clusters run on: a runtime with its clock, and the faults by script around it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from starlette.routing import Route

from localemr.api.access import Access
from localemr.clock import Clock, MovableClock, RealClock
from localemr.domain.node.shared_catalog import ALIAS
from localemr.faults.control import control_routes
from localemr.faults.interruptions import market_routes
from localemr.faults.limits import Limits, limits_routes
from localemr.faults.measurements import measurements_routes
from localemr.faults.outcomes import COMMANDS, OUTCOMES, Staging
from localemr.faults.script import Script
from localemr.faults.scripted import ScriptedRuntime
from localemr.installation.home import state_folder
from localemr.installation.locks import exclusive_lock_async
from localemr.runtime.base import Runtime
from localemr.runtime.memory import MemoryRuntime
from localemr.settings import Settings

if TYPE_CHECKING:
    from localemr.images.ondemand import OnDemand

MANY = 1000
"""Instances of a cluster on Kubernetes, whose networks are no /24."""
LOOPBACK_METADATA = "http://127.0.0.254"
"""A pod has no link-local address of its own; this one is, and programs do not listen there."""


@dataclass(frozen=True)
class Platform:
    """The base of clusters: a runtime, its clock, its way to produce scripted outcomes, and the images that it has
    built (None: it needs none). `metadata_endpoint` is the instance metadata service's URL where instances have no
    link-local address. `most_instances` are those of a cluster; 0: as many as its network has addresses for."""

    runtime: Runtime
    clock: Clock
    staging: Staging
    images: OnDemand | None = None
    metadata_endpoint: str = ""
    most_instances: int = 0


def make_platform(settings: Settings) -> Platform:
    """The platform of the settings. Raises ValueError for an unknown runtime."""
    settings.check_runtime()
    if settings.runtime == "memory":
        return memory_platform(MovableClock())
    if settings.on_kubernetes:
        return kubernetes_platform(settings)
    from localemr.images.ondemand import on_demand
    from localemr.runtime.docker import DockerRuntime
    from localemr.runtime.docker_network import Networks

    networks = Networks(settings.subnets, settings.services | {ALIAS: settings.container(ALIAS)})
    images = on_demand(state_folder(), exclusive_lock_async, settings.registry)
    runtime = DockerRuntime(
        settings.installation, images, networks, settings.controller_container, settings.host_memory_share
    )
    return Platform(runtime, RealClock(), COMMANDS, images)


def memory_platform(clock: Clock) -> Platform:
    """A platform without machines, with this clock."""
    return Platform(MemoryRuntime(clock=clock), clock, OUTCOMES)


def kubernetes_platform(settings: Settings) -> Platform:
    """A platform on Kubernetes, which has its images from a registry. Raises ValueError without the package for it, and
    for an installation that no object can be named after."""
    from localemr.images.pulled import Pulled

    try:
        from localemr.runtime.kubernetes.manifests import Sizes
        from localemr.runtime.kubernetes.runtime import KubernetesRuntime, Options, connecting
        from localemr.runtime.kubernetes.waiting import Patience
    except ImportError as error:
        raise ValueError(
            f"LOCALEMR_RUNTIME=kubernetes needs the package {error.name}: pip install 'localemr[kubernetes]'"
        ) from error
    options = Options(Sizes(settings.cpu_request_share), Patience(settings.pending_seconds))
    connect = connecting(settings.kubernetes_namespace)
    runtime = KubernetesRuntime(settings.installation, Pulled(settings.registry), connect, options)
    return Platform(runtime, RealClock(), COMMANDS, metadata_endpoint=LOOPBACK_METADATA, most_instances=MANY)


Control = Callable[[Access | None, Callable[[], None]], list[Route]]
"""Creates the routes of the control API. The function wakes all clusters."""


@dataclass(frozen=True)
class Faults:
    """A runtime with faults by script, the limits of EC2's capacity, and the control API that writes both."""

    runtime: Runtime
    limits: Limits
    control: Control


def with_faults(platform: Platform) -> Faults:
    """Faults of the platform's runtime."""
    script, limits = Script(), Limits()
    scripted = ScriptedRuntime(platform.runtime, script, platform.clock, platform.staging)

    def control(access: Access | None, wake: Callable[[], None]) -> list[Route]:
        return [
            *control_routes(platform.clock, script, scripted.apply_faults, access),
            *measurements_routes(scripted.measure, access),
            *market_routes(scripted.market, access),
            *limits_routes(limits, wake, access),
        ]

    return Faults(scripted, limits, control)
