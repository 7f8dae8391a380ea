"""What an installation can run: its releases, applications and instance types, by its settings."""

from __future__ import annotations

from localemr.applications import applications
from localemr.domain.model.application import RANGE_INSTANCES, Site
from localemr.domain.model.catalog import Catalog, ReplacementTimes, ScalingTimes
from localemr.domain.model.names import ranges
from localemr.installation.listening import node_endpoint
from localemr.releases import default_label, instance_types, releases
from localemr.releases.prices import prices
from localemr.settings import Settings


def make_catalog(
    settings: Settings, node_address: str = "", metadata_endpoint: str = "", most_instances: int = 0
) -> Catalog:
    """The installation's catalog of releases, applications and instance types.

    `metadata_endpoint` and `most_instances`: see Site. 0 instances: as many as a /24 has names for. There are fewer
    where LOCALEMR_SUBNETS has no names for more.
    """
    site = Site(
        s3_endpoint=settings.node_s3_endpoint or Site.s3_endpoint,
        access_key=settings.access_key,
        secret_key=settings.secret_key,
        emr_endpoint=node_endpoint(settings, node_address),
        hosts=settings.subnets,
        reach_aws=bool(settings.reach_aws),
        metadata_endpoint=metadata_endpoint,
        most_instances=min(most_instances or RANGE_INSTANCES, RANGE_INSTANCES * ranges(settings.subnets)),
    )
    return Catalog(
        applications(),
        releases(),
        instance_types(),
        site,
        settings.memory_scale,
        settings.cpu_scale,
        default_label(),
        simulated=settings.runtime == "memory",
        nearest=bool(settings.nearest_release),
        keeps_addresses=settings.runtime != "kubernetes",
        scaling=ScalingTimes(settings.scaling_period, settings.scale_down_seconds, settings.metrics_period),
        replacement=ReplacementTimes(settings.unhealthy_seconds, settings.replacement_seconds),
        spot_share=prices().spot_share,
    )
