"""Records → the dicts that Describe and List operations return, in EMR's shapes. Pure."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from localemr.domain.model import stand_ins, versions
from localemr.domain.model.automatic import definition
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.groups import Configured, InstanceGroup
from localemr.domain.model.ids import is_fleet
from localemr.domain.model.names import cluster_arn, private_dns
from localemr.domain.model.places import ATTRIBUTES, attributes
from localemr.domain.model.records import (
    MASTER,
    BootstrapAction,
    Cluster,
    ClusterSpec,
    ErrorDetail,
    Instance,
    acting,
)
from localemr.domain.model.states import ENDED, ClusterState, GroupState, InstanceState, Reason
from localemr.domain.model.steps import Failure, Step

View = dict[str, Any]


_DEVICE_LETTERS = "bcdefghijklmnopqrstuvwxyz"


def arn(cluster: Cluster) -> str:
    """The cluster's ARN."""
    return cluster_arn(cluster.id, cluster.spec.region, cluster.spec.account)


def cluster_summary(cluster: Cluster, instances: Iterable[Instance], catalog: Catalog, now: float) -> View:
    """A ClusterSummary, as ListClusters shows it."""
    return {
        "Id": cluster.id,
        "Name": cluster.spec.name,
        "Status": _cluster_status(cluster, catalog),
        "NormalizedInstanceHours": normalized_hours(instances, catalog, now),
        "ClusterArn": arn(cluster),
    }


def cluster_details(cluster: Cluster, instances: Iterable[Instance], catalog: Catalog, now: float) -> View:
    """A Cluster, as DescribeCluster shows it."""
    instances = list(instances)
    spec = cluster.spec
    release = catalog.releases.get(spec.release_label)
    versions: Mapping[str, str] = release.applications if release else {}
    return {
        **spec.echo,
        ATTRIBUTES: attributes(cluster),
        **cluster_summary(cluster, instances, catalog, now),
        "InstanceCollectionType": "INSTANCE_FLEET" if spec.fleets else "INSTANCE_GROUP",
        "LogUri": shown_log_uri(spec),
        "ReleaseLabel": spec.release_label,
        "AutoTerminate": not spec.keep_alive,
        "TerminationProtected": spec.termination_protected,
        "UnhealthyNodeReplacement": spec.unhealthy_node_replacement,
        "Applications": [{"Name": name, "Version": versions.get(name)} for name in spec.applications],
        "Tags": tag_list({**spec.tags, **stand_ins.tags(spec, catalog)}),
        "MasterPublicDnsName": master_dns(cluster, instances),
        "Configurations": spec.configurations,
        "StepConcurrencyLevel": spec.step_concurrency,
    }


def normalized_hours(instances: Iterable[Instance], catalog: Catalog, now: float) -> int:
    """NormalizedInstanceHours: each instance adds its type's factor at the start of every hour since it was ready."""
    total = 0
    for instance in instances:
        kind = catalog.instance_types.get(instance.spec.instance_type)
        if kind is not None and instance.status.ready is not None:
            end = now if instance.status.ended is None else instance.status.ended
            total += kind.factor * max(1, math.ceil((end - instance.status.ready) / 3600))
    return total


def tag_list(tags: Mapping[str, str]) -> list[View]:
    """Tags as EMR lists them."""
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def running(group: InstanceGroup, instances: Iterable[Instance]) -> int:
    """How many of the cluster's instances run in this group."""
    return sum(each.spec.group_id == group.id and each.status.state == InstanceState.RUNNING for each in instances)


def group_details(group: InstanceGroup, instances: Iterable[Instance]) -> View:
    """An InstanceGroup, as ListInstanceGroups shows it; `instances` are the cluster's."""
    spec, status = group.spec, group.status
    applied = versions.applied(group) if status.ready is not None else Configured()
    latest = versions.latest(group)
    return {
        "Id": group.id,
        # Without a name EMR keeps an empty one: Terraform replaces the cluster over any other answer.
        "Name": spec.name or "",
        "Market": spec.market,
        "InstanceGroupType": spec.role,
        "BidPrice": spec.bid_price,
        "InstanceType": spec.instance_type,
        "RequestedInstanceCount": spec.count,
        "RunningInstanceCount": running(group, instances),
        "Status": group_status(group),
        "Configurations": latest.configurations,
        "ConfigurationsVersion": latest.version,
        "LastSuccessfullyAppliedConfigurations": applied.configurations,
        "LastSuccessfullyAppliedConfigurationsVersion": applied.version,
        "EbsBlockDevices": block_devices(spec.echo.get("EbsConfiguration", {})),
        "EbsOptimized": spec.echo.get("EbsConfiguration", {}).get("EbsOptimized"),
        "ShrinkPolicy": spec.shrink_policy,
        "AutoScalingPolicy": spec.auto_scaling
        and auto_scaling(spec.auto_scaling, group.cluster_id, scaling_state(status.state)),
        "CustomAmiId": spec.echo.get("CustomAmiId"),
    }


def group_status(group: InstanceGroup) -> View:
    """The Status of an InstanceGroup or InstanceFleet; its reason always has a message, which may be empty."""
    status = group.status
    return {
        "State": status.state,
        "StateChangeReason": {**_reason(status.reason), "Message": status.reason.message},
        "Timeline": _timeline(group.created, status.ready, status.ended),
    }


def auto_scaling(policy: Mapping[str, Any], cluster_id: str, state: str) -> View:
    """An AutoScalingPolicyDescription: the policy as it was sent, its alarms with the cluster as a dimension."""
    rules = [
        {**rule, "Trigger": {"CloudWatchAlarmDefinition": definition(rule, cluster_id)}} for rule in policy["Rules"]
    ]
    status = {"State": state, "StateChangeReason": {"Code": "USER_REQUEST", "Message": ""}}
    return {**policy, "Rules": rules, "Status": status}


def scaling_state(state: GroupState) -> str:
    """The state of the group's scaling policy."""
    if state in ENDED:
        return "DETACHED"
    return "PENDING" if state in (GroupState.PROVISIONING, GroupState.BOOTSTRAPPING) else "ATTACHED"


def instance_details(instance: Instance, region: str) -> View:
    """An Instance, as ListInstances shows it. As in a private subnet it has no public name."""
    spec, status = instance.spec, instance.status
    return {
        "Id": instance.id,
        "Ec2InstanceId": spec.ec2_id,
        "PublicDnsName": "",
        "PrivateDnsName": private_dns(spec.host, region),
        "PrivateIpAddress": instance.address,
        "Status": {
            "State": status.state,
            "StateChangeReason": _reason(status.reason),
            "Timeline": _timeline(instance.created, status.ready, status.ended),
        },
        "InstanceFleetId" if is_fleet(spec.group_id) else "InstanceGroupId": spec.group_id,
        "Market": spec.market,
        "InstanceType": spec.instance_type,
        "EbsVolumes": [],
    }


def step_summary(step: Step) -> View:
    """A StepSummary, as ListSteps shows it."""
    spec = step.spec
    return {
        "Id": step.id,
        "Name": spec.name,
        "Config": {
            "Jar": spec.jar,
            "Properties": spec.properties,
            "MainClass": spec.main_class,
            "Args": spec.args,
        },
        "ActionOnFailure": spec.action_on_failure,
        "Status": _step_status(step),
        "LogUri": step.spec.log_uri,
        "EncryptionKeyArn": step.spec.log_key,
        "AdditionalInfo": _applications(step.status.applications),
    }


def _applications(ids: Sequence[str]) -> View | None:
    return {"ResourceManagerApplicationIds": list(ids), "ResourceManager": "YARN"} if ids else None


def step_details(step: Step) -> View:
    """A Step, as DescribeStep shows it."""
    return {**step_summary(step), "ExecutionRoleArn": step.spec.execution_role}


def command(action: BootstrapAction) -> View:
    """A bootstrap action, as ListBootstrapActions shows it."""
    return {"Name": action.name, "ScriptPath": action.path, "Args": action.args}


def _cluster_status(cluster: Cluster, catalog: Catalog) -> View:
    status = cluster.status
    return {
        "State": status.state,
        "StateChangeReason": _reason(explained(cluster, catalog)),
        "Timeline": _timeline(cluster.created, status.ready, status.ended),
        "ErrorDetails": [_error(each) for each in status.errors] or None,
    }


def explained(cluster: Cluster, catalog: Catalog) -> Reason:
    """The reason for the cluster's state, with a remark on what runs in place of what was requested."""
    reason = cluster.status.reason
    return replace(reason, message=" ".join(filter(None, (reason.message, stand_ins.remark(cluster.spec, catalog)))))


def _error(error: ErrorDetail) -> View:
    data = [{name: value} for name, value in error.data.items()]
    return {"ErrorCode": error.code, "ErrorData": data, "ErrorMessage": error.message}


def _step_status(step: Step) -> View:
    status = step.status
    return {
        "State": status.state,
        "StateChangeReason": _reason(status.reason),
        "FailureDetails": _failure(status.failure) if status.failure else None,
        "Timeline": {
            "CreationDateTime": step.created,
            "StartDateTime": status.started,
            "EndDateTime": status.ended,
        },
    }


def _timeline(created: float, ready: float | None, ended: float | None) -> View:
    return {"CreationDateTime": created, "ReadyDateTime": ready, "EndDateTime": ended}


def _reason(reason: Reason) -> View:
    """`{}` until there is a reason; Code only where there is one, as EMR does."""
    return {"Code": reason.code or None, "Message": reason.message or None}


def _failure(failure: Failure) -> View:
    return {
        "Reason": failure.reason or None,
        "Message": failure.message or None,
        "LogFile": failure.log_file or None,
    }


def shown_log_uri(spec: ClusterSpec) -> str | None:
    """The LogUri as EMR shows it: with the scheme s3n, independent of the scheme that was sent."""
    return spec.log_uri and "s3n" + spec.log_uri.removeprefix("s3")


def master_dns(cluster: Cluster, instances: Iterable[Instance]) -> str | None:
    """MasterPublicDnsName: from BOOTSTRAPPING on, also after the end; the private name, as in a private subnet."""
    if cluster.status.state == ClusterState.STARTING:
        return None
    master = acting([each for each in instances if each.spec.role == MASTER], cluster.status.primaries)
    return private_dns(master.spec.host, cluster.spec.region) if master else None


def block_devices(ebs: Mapping[str, Any]) -> list[View]:
    """EbsBlockDevices, from the EbsConfiguration that was sent."""
    volumes = [
        config["VolumeSpecification"]
        for config in ebs.get("EbsBlockDeviceConfigs", ())
        for _ in range(config.get("VolumesPerInstance", 1))
    ]
    letters = zip(_DEVICE_LETTERS, volumes, strict=False)
    return [{"VolumeSpecification": volume, "Device": f"/dev/sd{letter}"} for letter, volume in letters]
