"""The data of an installation: what it knows and how it is set up."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from localemr.domain.model.application import Application, Site
from localemr.domain.model.instance_types import InstanceType
from localemr.domain.model.release import Release


@dataclass(frozen=True)
class ScalingTimes:
    """Times of scaling in seconds: between two looks at a cluster's load while something is under way, from where less
    capacity would do until managed scaling removes instances, and between two values of a cluster's metrics."""

    period: float = 5.0
    shrink_after: float = 60.0
    metrics: float = 300.0


@dataclass(frozen=True)
class ReplacementTimes:
    """Times of the replacement of unhealthy instances in seconds: until it begins, and until YARN ends what still runs
    on such an instance. The defaults are EMR's (management guide, "Replacing unhealthy nodes")."""

    after: float = 2700.0
    graceful: float = 3600.0


@dataclass(frozen=True, eq=False)
class Catalog:
    """The data of an installation: applications, releases and instance types by name, the site, the scale of memory and
    processors, the label for requests that name no release, and the times of scaling and of the replacement of
    unhealthy instances. `spot_share` is the usual price of spot capacity as a share of that on demand.

    `simulated` is whether clusters have no machines: then they have every release and every application. `nearest` is
    whether the nearest release runs in place of one that cannot. `keeps_addresses` is whether an instance can have the
    address of an earlier one.

    Two catalogs are never equal: so functions can keep what they computed from one (`lru_cache`).
    """

    applications: Mapping[str, Application]
    releases: Mapping[str, Release]
    instance_types: Mapping[str, InstanceType]
    site: Site = field(default_factory=Site)
    memory_scale: float = 1.0
    cpu_scale: float = 1.0
    default_release: str = ""
    simulated: bool = False
    nearest: bool = False
    keeps_addresses: bool = True
    scaling: ScalingTimes = ScalingTimes()
    replacement: ReplacementTimes = ReplacementTimes()
    spot_share: float = 1.0
