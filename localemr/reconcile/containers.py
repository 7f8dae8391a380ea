"""One instance → one container: names, labels, image, limits. Here EMR's words end and container words begin."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict

from localemr.domain.application import Application, Catalog
from localemr.domain.instance_files import configuration_files, instance_files
from localemr.domain.instructions import Run
from localemr.domain.names import private_dns
from localemr.domain.records import CORE, MASTER, TASK, Cluster, Instance, Records
from localemr.domain.sizing import container_mb
from localemr.runtime.base import LABEL, ContainerSpec, File

CLUSTER_LABEL, INSTANCE_LABEL, ROLE_LABEL = "localemr.cluster", "localemr.instance", "localemr.role"
CLUSTER_NAME_LABEL = "localemr.cluster-name"
INBOX = "/var/lib/localemr"


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


def container_spec(
    naming: Naming, image: str, records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> ContainerSpec:
    """The container that stands for an instance."""
    cluster, spec = records.cluster, instance.spec
    host = private_dns(spec.address, cluster.spec.region)
    roles = {spec.role} if len(records.groups) > 1 else {MASTER, CORE, TASK}
    labels = naming.labels(cluster.id) | {INSTANCE_LABEL: instance.id, ROLE_LABEL: spec.role}
    labels[CLUSTER_NAME_LABEL] = cluster.spec.name
    return ContainerSpec(
        name=naming.container(instance.id),
        image=image,
        labels=labels,
        network=naming.network(cluster.id),
        address=spec.address,
        hostname=host,
        aliases=(host, host.split(".", 1)[0]),
        env=_environment(cluster, catalog),
        memory_mb=container_mb(catalog, spec.instance_type),
        cpus=catalog.instance_types[spec.instance_type].vcpus * catalog.cpu_scale,
        ports=tuple(ui.port for application in applications for ui in application.web_uis if ui.roles & roles),
    )


def _environment(cluster: Cluster, catalog: Catalog) -> Mapping[str, str]:
    return {
        "AWS_ACCESS_KEY_ID": catalog.site.access_key,
        "AWS_SECRET_ACCESS_KEY": catalog.site.secret_key,
        "AWS_REGION": cluster.spec.region,
        "AWS_DEFAULT_REGION": cluster.spec.region,
        "AWS_ENDPOINT_URL_S3": catalog.site.s3_endpoint,
        "LOCALEMR_CLUSTER_ID": cluster.id,
    }


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
    return {path: File(text) for path, text in texts.items()}


def run_file(run: Run) -> dict[str, File]:
    """The file that makes an instance start a run."""
    document = {name: value for name, value in asdict(run).items() if value is not None}
    return {f"{INBOX}/runs/{run.name}.json": File(json.dumps(document), mode=0o600)}


def stop_file(name: str, signal: str) -> dict[str, File]:
    """The file that makes an instance stop a run."""
    return {f"{INBOX}/stop/{name}": File(signal)}
