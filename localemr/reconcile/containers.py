"""One instance → one container: names, labels, image, limits. Here EMR's words end and container words begin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from localemr.domain.model.application import Application, Catalog
from localemr.domain.model.instructions import Run
from localemr.domain.model.members import master_of
from localemr.domain.model.names import private_dns
from localemr.domain.model.records import CORE, MASTER, TASK, Cluster, Instance, Records
from localemr.domain.node.aws_tools import aws_endpoints, aws_environment
from localemr.domain.node.instance_files import configuration_files, instance_files
from localemr.domain.node.sizing import container_mb
from localemr.runtime.base import LABEL, ContainerSpec, File

CLUSTER_LABEL, INSTANCE_LABEL, ROLE_LABEL = "localemr.cluster", "localemr.instance", "localemr.role"
CLUSTER_NAME_LABEL = "localemr.cluster-name"
MARKET_LABEL, GROUP_LABEL, TYPE_LABEL = "localemr.market", "localemr.group", "localemr.instance-type"
ZONE_LABEL, NUMBER_LABEL = "localemr.zone", "localemr.number"
INBOX = "/var/lib/localemr"
METADATA_ADDRESS = "169.254.169.254"
HADOOP = 995
"""Number of the user and of the group hadoop in the image."""


class Naming:
    """Names and labels of one installation's containers and networks."""

    def __init__(self, installation: str) -> None:
        self._installation = installation

    def container(self, instance_id: str) -> str:
        """Name of an instance's container."""
        return f"localemr-{self._installation}-{instance_id}"

    def network(self, cluster_id: str) -> str:
        """Name of a cluster's network."""
        return f"localemr-{self._installation}-{cluster_id}"

    def labels(self, cluster_id: str | None = None) -> dict[str, str]:
        """Labels of all that belongs to the installation, or to one of its clusters."""
        labels = {LABEL: self._installation}
        return labels | {CLUSTER_LABEL: cluster_id} if cluster_id else labels

    def cluster_labels(self, cluster: Cluster) -> dict[str, str]:
        """The labels that the containers and the network of a cluster are made with."""
        return self.labels(cluster.id) | {CLUSTER_NAME_LABEL: cluster.spec.name}


def container_spec(
    naming: Naming, image: str, records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> ContainerSpec:
    """The container that stands for an instance."""
    cluster, spec = records.cluster, instance.spec
    host = private_dns(spec.address, cluster.spec.region)
    roles = {spec.role} if len(records.groups) > 1 else {MASTER, CORE, TASK}
    return ContainerSpec(
        name=naming.container(instance.id),
        image=image,
        labels=naming.cluster_labels(cluster) | _instance_labels(records, instance),
        network=naming.network(cluster.id),
        address=spec.address,
        hostname=host,
        aliases=(host, host.split(".", 1)[0]),
        env=_environment(cluster, instance, catalog),
        memory_mb=container_mb(catalog, spec.instance_type),
        cpus=catalog.instance_types[spec.instance_type].vcpus * catalog.cpu_scale,
        ports=tuple(port for application in applications for port in application.ports(roles)),
        link_local=(METADATA_ADDRESS,),
        hosts=_master(records, instance),
    )


def _master(records: Records, instance: Instance) -> dict[str, str]:
    """The master's name and address for the others: their daemons may ask for it before its container has started, when
    Docker does not know the name yet, and Hadoop asks again only after seconds."""
    master = master_of(records)
    if instance.id == master.id:
        return {}
    return {private_dns(master.spec.address, records.cluster.spec.region): master.spec.address}


def _instance_labels(records: Records, instance: Instance) -> dict[str, str]:
    spec = instance.spec
    group = next(group for group in records.groups if group.id == spec.group_id)
    return {
        INSTANCE_LABEL: instance.id,
        ROLE_LABEL: spec.role,
        MARKET_LABEL: spec.market,
        GROUP_LABEL: group.spec.name or "",
        TYPE_LABEL: spec.instance_type,
        ZONE_LABEL: str(records.cluster.spec.echo.get("Ec2InstanceAttributes", {}).get("Ec2AvailabilityZone", "")),
        NUMBER_LABEL: str(spec.number),
    }


def _environment(cluster: Cluster, instance: Instance, catalog: Catalog) -> Mapping[str, str]:
    aws = aws_environment(cluster.spec.region, aws_endpoints(instance, catalog.site), catalog.site)
    return aws | {"LOCALEMR_CLUSTER_ID": cluster.id}


def initial_files(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> dict[str, File]:
    """What lies in the container before its first process starts."""
    return _as_files(instance_files(records, instance, applications, catalog))


def changed_files(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> dict[str, File]:
    """What is written anew when the instance's configurations changed."""
    return _as_files(configuration_files(records, instance, applications, catalog))


def _as_files(texts: Mapping[str, str]) -> dict[str, File]:
    return {path: _file(path, text) for path, text in texts.items()}


def _file(path: str, text: str) -> File:
    """The home of hadoop is its own; all else is root's."""
    return File(text, uid=HADOOP, gid=HADOOP) if path.startswith("/home/hadoop/") else File(text)


def run_file(run: Run) -> dict[str, File]:
    """The file that makes an instance start a run."""
    document = {name: value for name, value in asdict(run).items() if value is not None}
    return {f"{INBOX}/runs/{run.name}.json": File(json.dumps(document), mode=0o600)}


def stop_file(name: str, signal: str) -> dict[str, File]:
    """The file that makes an instance stop a run."""
    return {f"{INBOX}/stop/{name}": File(signal)}
