"""The other side of the start-up benchmark: the same daemons in the same containers, started as one would by hand.

No AppCDS, the JVM's defaults, the NameNode formatted at start; started side by side, and ready by the same checks.
"""

from __future__ import annotations

import io
import json
import tarfile
import time
from typing import Any

from localemr.catalog import make_catalog
from localemr.domain.model.names import host_name, private_dns, spelled_address
from localemr.domain.model.records import Instance, InstanceSpec, InstanceStatus, Records
from localemr.domain.node.instance_files import instance_files
from localemr.domain.node.runs import await_run
from localemr.domain.node.sizing import container_mb
from localemr.images import plan
from localemr.settings import Settings
from tests.world import make_records

SUBNET = "10.215.0"
LABELS = {"localemr.benchmark": "plain"}
FORMAT = "hdfs namenode -format -force -nonInteractive && exec hdfs namenode"


def plain_start(client: Any) -> float:
    """Seconds until master and core, started plainly, are ready. `client` is a docker client."""
    import docker

    catalog = make_catalog(Settings())
    records = _with_instances(make_records())
    applications = [catalog.applications["Hadoop"], catalog.applications["Spark"]]
    pool = docker.types.IPAMConfig(pool_configs=[docker.types.IPAMPool(subnet=f"{SUBNET}.0/24")])
    network = client.networks.create("localemr-bench-plain", ipam=pool, labels=LABELS)
    containers = []
    try:
        began = time.monotonic()
        for instance in records.instances:
            files = instance_files(records, instance, applications, catalog)
            containers.append(_start(client, network.name, instance, files, catalog))
        _daemons(*containers)
        checks = [check for application in applications for check in application.checks]
        run = await_run("ready", checks, records.instances, "us-east-1")
        with_spec = ["bash", "-c", 'LOCALEMR_SPEC=/dev/stdin exec "$0" <<< "$1"', *run.argv, json.dumps(run.spec)]
        code, output = containers[0].exec_run(with_spec)
        assert code == 0, output
        return time.monotonic() - began
    finally:
        for container in containers:
            container.remove(force=True)
        network.remove()


def _with_instances(records: Records) -> Records:
    instances = tuple(
        Instance(
            f"ci-{number}",
            records.cluster.id,
            1.0,
            InstanceSpec(
                group.id, group.spec.role, group.spec.instance_type, number, "i-0", host_name(f"{SUBNET}.{9 + number}")
            ),
            InstanceStatus(),
        )
        for number, group in enumerate(records.groups, 1)
    )
    return Records(records.cluster, records.groups, instances)


def _start(client: Any, network: str, instance: Instance, files: Any, catalog: Any) -> Any:
    host = private_dns(instance.spec.host, "us-east-1")
    memory = f"{container_mb(catalog, instance.spec.instance_type)}m"
    api = client.api
    endpoint = api.create_endpoint_config(ipv4_address=spelled_address(instance.spec.host), aliases=[host])
    created = api.create_container(
        plan.reference("node", "emr-7.13.0"),
        hostname=host,
        labels=LABELS,
        host_config=api.create_host_config(network_mode=network, mem_limit=memory, memswap_limit=memory),
        networking_config=api.create_networking_config({network: endpoint}),
        environment={"LOCALEMR_PLAIN_JVM": "1"},
    )
    api.put_archive(created["Id"], "/", _tar(files))
    api.start(created["Id"])
    return client.containers.get(created["Id"])


def _daemons(master: Any, core: Any) -> None:
    master.exec_run(["bash", "-c", f"rm -rf /mnt/namenode/*; {FORMAT}"], user="hdfs", detach=True)
    master.exec_run(["yarn", "resourcemanager"], user="yarn", detach=True)
    core.exec_run(["hdfs", "datanode"], user="hdfs", detach=True)
    core.exec_run(["yarn", "nodemanager"], user="yarn", detach=True)


def _tar(files: dict[str, str]) -> bytes:
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for path, text in files.items():
            entry = tarfile.TarInfo(path.lstrip("/"))
            entry.size = len(text.encode())
            archive.addfile(entry, io.BytesIO(text.encode()))
    return buffer.getvalue()
