"""The files of an instance at its start: configurations, info files, metadata, settings of AWS's tools."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from functools import lru_cache
from typing import Any

from localemr.domain.model.application import Application, Facts
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import with_dependencies
from localemr.domain.model.fleets import configurations_of
from localemr.domain.model.members import master_of, primary_hosts, worker_type
from localemr.domain.model.names import private_dns
from localemr.domain.model.records import CORE, MASTER, TASK, Instance, Records
from localemr.domain.model.release import Release
from localemr.domain.model.states import InstanceState
from localemr.domain.model.versions import target
from localemr.domain.node import configurations
from localemr.domain.node.aws_tools import aws_endpoints, aws_files
from localemr.domain.node.info_files import info_files
from localemr.domain.node.metadata import metadata
from localemr.domain.node.shared_catalog import ON_DEMAND, metastore_uri, resolved
from localemr.domain.node.sizing import container_mb, offered_mb

APPLICATIONS = "/var/lib/localemr/applications.json"
"""Data about the applications for the node's programs (docs/node-contract.md)."""
HOSTS = "/var/lib/localemr/hosts"
"""The cluster's members, for the node's own hosts file (docs/node-contract.md)."""
METADATA = "/var/lib/localemr/metadata.json"
"""Data that the instance metadata service serves."""
MEASURED = "/var/lib/localemr/measured.json"
"""Has the master measure YARN and HDFS (docs/node-contract.md)."""


def instance_files(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> Mapping[str, str]:
    """Path → text. `applications` are the cluster's, with their dependencies."""
    endpoints = aws_endpoints(records.cluster, catalog.site)
    label = records.cluster.spec.software
    # The image has all applications of the release.
    installed = _described_release(label, catalog) if label in catalog.releases else _text(described(applications))
    own = {
        METADATA: _metadata(records, instance, catalog),
        APPLICATIONS: installed,
        **aws_files(records.cluster.spec.region, endpoints, catalog.site, ON_DEMAND),
    }
    if instance.spec.role == MASTER:
        own[MEASURED] = json.dumps({"every": catalog.scaling.period}) + "\n"
    made = configuration_files(records, instance, applications, catalog)
    return {**made, **own, **info_files(records, instance, catalog)}


@lru_cache(maxsize=64)
def _described_release(label: str, catalog: Catalog) -> str:
    """The text of APPLICATIONS for a release: the same for all instances, and a quarter of what their files cost."""
    return _text(described(with_dependencies(catalog.releases[label].applications, catalog.applications)))


def described(applications: Iterable[Application]) -> dict[str, Any]:
    """The applications' log folders, and how failures of their jobs are explained."""
    installed = list(applications)
    return {
        "logs": {name: folder for each in installed for name, folder in each.log_dirs.items()},
        "failures": [asdict(each.failures) for each in installed if each.failures],
    }


def current_files(records: Records, instance: Instance, hosts: str, catalog: Catalog) -> Mapping[str, str]:
    """The files that change while an instance lives: info files, and files with addresses. `hosts` is `hosts_file`,
    which is the same for all of the cluster's instances."""
    return {**info_files(records, instance, catalog), METADATA: _metadata(records, instance, catalog), HOSTS: hosts}


def _metadata(records: Records, instance: Instance, catalog: Catalog) -> str:
    return _text(metadata(records, instance, catalog.site))


def _text(document: Any) -> str:
    return json.dumps(document, indent=2) + "\n"


def hosts_file(records: Records) -> str:
    """A line for each RUNNING instance: its address, full name and short name.

    Other instances are added with the next change, so that the start of a large group does not rewrite the file for
    each of them.
    """
    region = records.cluster.spec.region
    return "".join(
        f"{each.address} {private_dns(each.spec.host, region)} {each.spec.host}\n"
        for each in records.instances
        if each.address and each.status.state == InstanceState.RUNNING
    )


def configuration_files(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> dict[str, str]:
    """The files with configurations, which are written again when these change."""
    return configurations.files(applications, facts_of(records, instance, applications, catalog))


def facts_of(records: Records, instance: Instance, applications: list[Application], catalog: Catalog) -> Facts:
    """The facts from which the instance's defaults and commands are computed. `applications` are the cluster's."""
    cluster, spec = records.cluster.spec, instance.spec
    group = next(each for each in records.groups if each.id == spec.group_id)
    launched = {role: sum(g.spec.launched for g in records.groups if g.spec.role == role) for role in (CORE, TASK)}
    # The master's files determine the size of the jobs that it submits, a worker's its own NodeManager.
    sized_by = worker_type(records, catalog.instance_types) if spec.role == MASTER else spec.instance_type
    release = catalog.releases.get(cluster.software) or Release(cluster.software, {})
    primaries, ready = primary_hosts(records), records.cluster.status.ready
    master_host = primaries[0] if primaries else private_dns(master_of(records).spec.host, cluster.region)
    own = configurations_of(group.spec, spec.instance_type, target(group).configurations)
    requested = configurations.merge((*cluster.configurations, *own))
    return Facts(
        cluster_id=records.cluster.id,
        region=cluster.region,
        role=spec.role,
        host=private_dns(spec.host, cluster.region),
        master_host=master_host,
        site=catalog.site,
        memory_mb=container_mb(catalog, spec.instance_type),
        yarn_mb=offered_mb(catalog, applications, sized_by, alone=len(records.groups) == 1),
        yarn_vcores=catalog.instance_types[sized_by].yarn_vcores,
        cores=launched[CORE],
        workers=launched[CORE] + launched[TASK],
        release=release,
        versions={each.name: release.version(each.name) for each in applications},
        requested=resolved(requested, applications),
        metastore=metastore_uri(applications, master_host),
        endpoints=aws_endpoints(records.cluster, catalog.site),
        instance_type=spec.instance_type,
        instance_id=instance.id,
        number=spec.number,
        primaries=primaries,
        replaces=ready is not None and instance.created > ready,
    )
