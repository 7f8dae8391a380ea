"""The files that an instance finds when it starts: configurations, and EMR's info files (emr-behaviour §9.1)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from localemr.domain import configurations
from localemr.domain.application import Application, Catalog, Facts
from localemr.domain.names import private_dns
from localemr.domain.records import CORE, MASTER, TASK, Instance, InstanceGroup, Records
from localemr.domain.sizing import container_mb, yarn_mb
from localemr.domain.versions import target

INFO = "/mnt/var/lib/info"
ALL_DAEMONS_MB = 1280
"""What a single instance that is master, core and task at once keeps for its daemons and a job's client."""


def instance_files(
    records: Records, instance: Instance, applications: list[Application], catalog: Catalog
) -> Mapping[str, str]:
    """Path → text. `applications` are the cluster's, with those they need."""
    info = {
        f"{INFO}/instance.json": _instance_info(records, instance),
        f"{INFO}/job-flow.json": _job_flow_info(records, catalog),
        f"{INFO}/extraInstanceData.json": _extra_info(records, instance),
    }
    texts = {path: json.dumps(document, indent=2) + "\n" for path, document in info.items()}
    return configuration_files(records, instance, applications, catalog) | texts


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
    sized_by = _worker_type(records) if instance.spec.role == MASTER else instance.spec.instance_type
    memory = container_mb(catalog, instance.spec.instance_type)
    offered = yarn_mb(catalog, sized_by)
    return Facts(
        cluster_id=records.cluster.id,
        region=region,
        role=instance.spec.role,
        host=private_dns(instance.spec.address, region),
        master_host=private_dns(_master(records).spec.address, region),
        site=catalog.site,
        memory_mb=memory,
        yarn_mb=min(offered, memory - ALL_DAEMONS_MB) if len(records.groups) == 1 else offered,
        yarn_vcores=catalog.instance_types[sized_by].yarn_vcores,
        cores=launched[CORE],
        workers=launched[CORE] + launched[TASK],
        applications=frozenset(application.name for application in applications),
        asked=configurations.merge((*records.cluster.spec.configurations, *target(group).configurations)),
    )


def _master(records: Records) -> Instance:
    return next(each for each in reversed(records.instances) if each.spec.role == MASTER)


def _worker_type(records: Records) -> str:
    """The type that sizes jobs: the core group's; that of the only group when there is just a master."""
    core = next((group for group in records.groups if group.spec.role == CORE), records.groups[0])
    return core.spec.instance_type


def _instance_info(records: Records, instance: Instance) -> dict[str, Any]:
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


def _job_flow_info(records: Records, catalog: Catalog) -> dict[str, Any]:
    cluster, master = records.cluster, _master(records)
    return {
        "jobFlowId": cluster.id,
        "jobFlowCreationInstant": round(cluster.created * 1000),
        "instanceCount": sum(group.spec.count for group in records.groups),
        "masterInstanceId": master.spec.ec2_id,
        "masterPrivateDnsName": private_dns(master.spec.address, cluster.spec.region),
        "masterInstanceType": master.spec.instance_type,
        "slaveInstanceType": _worker_type(records),
        "hadoopVersion": catalog.releases[cluster.spec.release_label].applications["Hadoop"],
        "instanceGroups": [_group_info(group) for group in records.groups],
    }


def _group_info(group: InstanceGroup) -> dict[str, Any]:
    return {
        "instanceGroupId": group.id,
        "instanceGroupName": group.spec.name or "",
        "instanceRole": group.spec.role.capitalize(),
        "marketType": "Spot" if group.spec.market == "SPOT" else "OnDemand",
        "instanceType": group.spec.instance_type,
        "requestedInstanceCount": group.spec.count,
    }


def _extra_info(records: Records, instance: Instance) -> dict[str, Any]:
    cluster = records.cluster
    host = private_dns(_master(records).spec.address, cluster.spec.region)
    return {
        "jobFlowId": cluster.id,
        "accountId": cluster.spec.account,
        "region": cluster.spec.region,
        "releaseLabel": cluster.spec.release_label,
        "instanceRole": instance.spec.role if instance.spec.role == MASTER else instance.spec.role.lower(),
        "marketType": instance.spec.market.lower(),
        "masterHost": host,
        "masterPrivateDnsName": host,
        "numCandidates": 1,
        "instanceGroupId": instance.spec.group_id,
    }
