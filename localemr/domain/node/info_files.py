"""EMR's info files: data for an instance about itself and its cluster (emr-behaviour §9.1).

They change while the instance lives: with the sizes of groups, and when it has been provisioned.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localemr.domain.model.catalog import Catalog
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.members import master_of, worker_type
from localemr.domain.model.names import private_dns
from localemr.domain.model.records import CORE, MASTER, Instance, Records
from localemr.domain.model.states import InstanceState

INFO = "/mnt/var/lib/info"


def info_files(records: Records, instance: Instance, catalog: Catalog) -> Mapping[str, str]:
    """Path → text."""
    documents = {
        "instance": _instance(records, instance),
        "job-flow": _job_flow(records, catalog),
        "extraInstanceData": _extra(records, instance),
        "userData": user_data(records, instance),
    }
    texts = {f"{INFO}/{name}.json": json.dumps(document, indent=2) + "\n" for name, document in documents.items()}
    return texts | {f"{INFO}/job-flow-state.txt": _state(instance)}


def _instance(records: Records, instance: Instance) -> dict[str, Any]:
    master, alone = instance.spec.role == MASTER, len(records.groups) == 1
    return {
        "instanceGroupId": instance.spec.group_id,
        "isMaster": master,
        "isRunningNameNode": master,
        "isRunningDataNode": instance.spec.role == CORE or alone,
        "isRunningJobTracker": False,
        "isRunningTaskTracker": False,
        "isRunningResourceManager": master,
        "isRunningNodeManager": not master or alone,
    }


def _job_flow(records: Records, catalog: Catalog) -> dict[str, Any]:
    cluster, master = records.cluster, master_of(records)
    return {
        "jobFlowId": cluster.id,
        "jobFlowCreationInstant": round(cluster.created * 1000),
        "instanceCount": sum(group.spec.count for group in records.groups),
        "masterInstanceId": master.spec.ec2_id,
        "masterPrivateDnsName": private_dns(master.spec.host, cluster.spec.region),
        "masterInstanceType": master.spec.instance_type,
        "slaveInstanceType": worker_type(records, catalog.instance_types),
        "hadoopVersion": catalog.releases[cluster.spec.software].version("Hadoop"),
        "instanceGroups": [_group(group) for group in records.groups],
    }


def _group(group: InstanceGroup) -> dict[str, Any]:
    return {
        "instanceGroupId": group.id,
        "instanceGroupName": group.spec.name or "",
        "instanceRole": group.spec.role.capitalize(),
        "marketType": "Spot" if group.spec.market == "SPOT" else "OnDemand",
        "instanceType": group.spec.instance_type,
        "requestedInstanceCount": group.spec.count,
    }


def _extra(records: Records, instance: Instance) -> dict[str, Any]:
    cluster = records.cluster
    host = private_dns(master_of(records).spec.host, cluster.spec.region)
    return {
        "jobFlowId": cluster.id,
        "accountId": cluster.spec.account,
        "region": cluster.spec.region,
        "releaseLabel": cluster.spec.release_label,
        "instanceRole": instance.spec.role if instance.spec.role == MASTER else instance.spec.role.lower(),
        "marketType": instance.spec.market.lower(),
        "masterHost": host,
        "masterPrivateDnsName": host,
        "numCandidates": len(cluster.status.primaries) or 1,
        "instanceGroupId": instance.spec.group_id,
    }


def user_data(records: Records, instance: Instance) -> dict[str, Any]:
    """The instance's user data, which the metadata service returns too. EMR's own is not documented."""
    cluster = records.cluster
    return {
        "clusterId": cluster.id,
        "region": cluster.spec.region,
        "releaseLabel": cluster.spec.release_label,
        "instanceGroupId": instance.spec.group_id,
        "isMaster": instance.spec.role == MASTER,
    }


def _state(instance: Instance) -> str:
    """In protobuf's text format, one field a line. AWS's recipe for work after provisioning reads the status."""
    status = "SUCCESSFUL" if instance.status.state == InstanceState.RUNNING else "IN_PROGRESS"
    lines = [
        f'instanceRole: "{instance.spec.role.lower()}"',
        "localInstance {",
        f'  instanceId: "{instance.spec.ec2_id}"',
        "  nodeProvisionCheckinRecord {",
        f"    status: {status}",
        "  }",
        "}",
    ]
    return "\n".join(lines) + "\n"
