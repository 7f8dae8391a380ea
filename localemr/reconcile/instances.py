"""A cluster's records → the runtime's inputs: specs, files, annotations. EMR's terms end here.

Instances and clusters have their own ids as names in the runtime.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from localemr.domain.model.application import Application
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.instructions import Run
from localemr.domain.model.members import master_of, primary_hosts
from localemr.domain.model.names import private_dns
from localemr.domain.model.places import place_of
from localemr.domain.model.records import CORE, MASTER, TASK, Cluster, Instance, Records
from localemr.domain.node.aws_tools import aws_endpoints, aws_environment
from localemr.domain.node.instance_files import configuration_files, instance_files
from localemr.domain.node.sizing import container_mb
from localemr.runtime.base import File, InstanceSpec

CLUSTER_NAME, ROLE, MARKET, GROUP = "cluster-name", "role", "market", "group"
TYPE, ZONE, NUMBER = "instance-type", "zone", "number"
"""Keys of annotations."""
INBOX = "/var/lib/localemr"
HADOOP = 995
"""The user id and the group id of hadoop in the image."""


def cluster_annotations(cluster: Cluster) -> dict[str, str]:
    """Annotations of everything that is created for a cluster."""
    return {CLUSTER_NAME: cluster.spec.name}


def instance_spec(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> InstanceSpec:
    """The runtime's spec of an instance."""
    cluster, spec = records.cluster, instance.spec
    region = cluster.spec.region
    roles = {spec.role} if len(records.groups) > 1 else {MASTER, CORE, TASK}
    hosts = primary_hosts(records) or (private_dns(master_of(records).spec.host, region),)
    own = private_dns(spec.host, region)
    return InstanceSpec(
        name=instance.id,
        cluster=cluster.id,
        release=cluster.spec.software,
        host=own,
        # Daemons may look up a master before it runs, and Hadoop retries only after seconds.
        peers=tuple(each for each in hosts if each != own),
        annotations=cluster_annotations(cluster) | _annotations(records, instance),
        env=_environment(cluster, catalog),
        memory_mb=container_mb(catalog, spec.instance_type),
        cpus=catalog.instance_types[spec.instance_type].vcpus * catalog.cpu_scale,
        ports=tuple(port for each in applications for port in each.ports(roles, own, primary_hosts(records))),
        # Every image has what every cluster has.
        applications=tuple(each.name for each in applications if not each.everywhere),
    )


def _annotations(records: Records, instance: Instance) -> dict[str, str]:
    spec = instance.spec
    group = next(group for group in records.groups if group.id == spec.group_id)
    return {
        ROLE: spec.role,
        MARKET: spec.market,
        GROUP: group.spec.name or "",
        TYPE: spec.instance_type,
        ZONE: place_of(records.cluster).zone,
        NUMBER: str(spec.number),
    }


def _environment(cluster: Cluster, catalog: Catalog) -> Mapping[str, str]:
    aws = aws_environment(cluster.spec.region, aws_endpoints(cluster, catalog.site), catalog.site)
    return aws | {"LOCALEMR_CLUSTER_ID": cluster.id}


def initial_files(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> dict[str, File]:
    """The files that exist before the instance's first process starts."""
    return as_files(instance_files(records, instance, applications, catalog))


def changed_files(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> dict[str, File]:
    """The files that are written again after the instance's configurations changed."""
    return as_files(configuration_files(records, instance, applications, catalog))


def as_files(texts: Mapping[str, str]) -> dict[str, File]:
    """Files with their owners: hadoop owns its home, root all else."""
    return {path: _file(path, text) for path, text in texts.items()}


def _file(path: str, text: str) -> File:
    return File(text, uid=HADOOP, gid=HADOOP) if path.startswith("/home/hadoop/") else File(text)


def run_file(run: Run) -> dict[str, File]:
    """The file that makes an instance start the run."""
    document = {name: value for name, value in vars(run).items() if value is not None}
    return {f"{INBOX}/runs/{run.name}.json": File(json.dumps(document), mode=0o600)}


def stop_file(name: str, signal: str) -> dict[str, File]:
    """The file that makes an instance stop the run."""
    return {f"{INBOX}/stop/{name}": File(signal)}
