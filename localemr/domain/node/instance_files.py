"""The files that an instance finds when it starts: configurations, info files, metadata, settings of AWS's tools."""

from __future__ import annotations

import json
from collections.abc import Mapping

from localemr.domain.model.application import Application, Catalog, Facts
from localemr.domain.model.members import master_of, worker_type
from localemr.domain.model.names import private_dns
from localemr.domain.model.records import CORE, MASTER, TASK, Instance, Records
from localemr.domain.model.versions import target
from localemr.domain.node import configurations
from localemr.domain.node.aws_tools import AWS_CONFIGS, aws_config, aws_endpoints
from localemr.domain.node.info_files import info_files
from localemr.domain.node.metadata import metadata
from localemr.domain.node.shared_catalog import resolved
from localemr.domain.node.sizing import container_mb, yarn_mb

METADATA = "/var/lib/localemr/metadata.json"
"""What the instance metadata service serves."""
ALL_DAEMONS_MB = 1280
"""What a single instance that is master, core and task at once keeps for its daemons and a job's client."""


def instance_files(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> Mapping[str, str]:
    """Path → text. `applications` are the cluster's, with those they need."""
    documents = json.dumps(metadata(records, instance, catalog.site), indent=2) + "\n"
    aws = aws_config(records.cluster.spec.region, aws_endpoints(instance, catalog.site))
    own = {METADATA: documents} | {path: aws for path in AWS_CONFIGS}
    made = configuration_files(records, instance, applications, catalog)
    return {**made, **own, **info_files(records, instance, catalog)}


def configuration_files(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> dict[str, str]:
    """Those that follow from the configurations, and are written anew when these change."""
    return configurations.files(applications, facts_of(records, instance, applications, catalog))


def facts_of(records: Records, instance: Instance, applications: list[Application], catalog: Catalog) -> Facts:
    """The facts from which the instance's defaults are computed."""
    region = records.cluster.spec.region
    group = next(each for each in records.groups if each.id == instance.spec.group_id)
    launched = {role: sum(g.spec.launched for g in records.groups if g.spec.role == role) for role in (CORE, TASK)}
    # The master's files size the jobs that it submits; a worker's size its own NodeManager.
    sized_by = worker_type(records) if instance.spec.role == MASTER else instance.spec.instance_type
    memory = container_mb(catalog, instance.spec.instance_type)
    offered = yarn_mb(catalog, sized_by)
    left = memory - ALL_DAEMONS_MB - sum(application.alone_mb for application in applications)
    return Facts(
        cluster_id=records.cluster.id,
        region=region,
        role=instance.spec.role,
        host=private_dns(instance.spec.address, region),
        master_host=private_dns(master_of(records).spec.address, region),
        site=catalog.site,
        memory_mb=memory,
        yarn_mb=min(offered, left) if len(records.groups) == 1 else offered,
        yarn_vcores=catalog.instance_types[sized_by].yarn_vcores,
        cores=launched[CORE],
        workers=launched[CORE] + launched[TASK],
        applications=frozenset(application.name for application in applications),
        asked=resolved(configurations.merge((*records.cluster.spec.configurations, *target(group).configurations))),
    )
