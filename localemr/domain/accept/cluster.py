"""From a checked RunJobFlow request to the records of a new cluster, or an error without any effect. Pure.

The request has passed the service model: types, required members, lengths and enums are right. This module checks what
EMR requires beyond its model. Errors are ValidationException with EMR's text where that is known (EMR's error
catalogue). Where LocalEMR does not support what EMR does, the text states that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from localemr.domain.accept.fleets import accept_fleets
from localemr.domain.accept.groups import accept_groups, check_form, new_groups
from localemr.domain.accept.policies import check_auto_scaling, check_managed_scaling, read_auto_termination
from localemr.domain.accept.primaries import check_three, needed, placement
from localemr.domain.accept.releases import choose_release, choose_software, require
from localemr.domain.accept.software import check_configurations, choose_applications, choose_switched
from localemr.domain.accept.steps import accept_steps, read_log_uri, read_step_concurrency
from localemr.domain.accept.tags import read_tags
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.fleets import all_configurations
from localemr.domain.model.groups import GroupSpec
from localemr.domain.model.primaries import PRIMARIES
from localemr.domain.model.records import (
    MASTER,
    AutoTermination,
    BootstrapAction,
    Cluster,
    ClusterSpec,
    ClusterStatus,
    Records,
)
from localemr.domain.model.release import Release

MAX_BOOTSTRAP_ACTIONS = 16

_FORBIDDEN_IN_NAMES = re.compile(r"[<>$|`]")
_SUBNET = re.compile(r"subnet-[0-9A-Za-z-]+")

_ECHOED = (
    "ServiceRole", "AutoScalingRole", "SecurityConfiguration", "LogEncryptionKmsKeyId", "CustomAmiId",
    "EbsRootVolumeSize", "EbsRootVolumeIops", "EbsRootVolumeThroughput", "RepoUpgradeOnBoot", "OSReleaseLabel",
    "ExtendedSupport", "MonitoringConfiguration", "SessionEnabled", "ScaleDownBehavior", "VisibleToAllUsers",
)  # fmt: skip
"""Members of RunJobFlow that have no effect here. DescribeCluster shows them under the same name."""

_EC2_ECHOED = (
    "Ec2KeyName", "EmrManagedMasterSecurityGroup", "EmrManagedSlaveSecurityGroup", "ServiceAccessSecurityGroup",
    "AdditionalMasterSecurityGroups", "AdditionalSlaveSecurityGroups",
)  # fmt: skip
"""The same for members of Instances, shown in Ec2InstanceAttributes."""


def accept(
    request: Mapping[str, Any], *, now: float, cluster_id: str, region: str, account: str, catalog: Catalog
) -> Records:
    """The records of the cluster that a RunJobFlow request describes: cluster, groups and steps, in their first states.
    Raises ValidationException."""
    instances = request["Instances"]
    release = choose_release(request, catalog)
    applications = choose_applications(request.get("Applications", ()), release)
    _check_features(request, release)
    software = choose_software(release, applications, catalog)
    groups = _groups(instances, release.label, catalog)
    own = tuple(request.get("Configurations", ()))
    three = any(group.role == MASTER and group.count == PRIMARIES for group in groups)
    layers = [own, *(each for group in groups for each in all_configurations(group))]
    switched = choose_switched(layers, applications, software, catalog)
    spec = ClusterSpec(
        name=_name(request["Name"]),
        release_label=release.label,
        applications=applications,
        log_uri=read_log_uri(request.get("LogUri")),
        keep_alive=three or instances.get("KeepJobFlowAliveWhenNoSteps", False),
        termination_protected=three or instances.get("TerminationProtected", False),
        unhealthy_node_replacement=instances.get("UnhealthyNodeReplacement", True),
        step_concurrency=read_step_concurrency(request.get("StepConcurrencyLevel", 1), ValidationException),
        configurations=own,
        bootstrap_actions=_bootstrap_actions(request.get("BootstrapActions", ())),
        tags=read_tags(request.get("Tags", ()), ValidationException),
        echo=_echo(request, region, release) | ({"PlacementGroups": placement(request)} if three else {}),
        region=region,
        account=account,
        auto_termination=_auto_termination(request, now),
        managed_scaling=request.get("ManagedScalingPolicy"),
        fleets=bool(instances.get("InstanceFleets")),
        software_label="" if software is release else software.label,
        switched=(*(needed(applications, software, catalog) if three else ()), *switched),
    )
    if three:
        check_three(request, spec.installs, catalog)
    _check_scaling(spec, groups)
    for configurations in layers:
        check_configurations(configurations, release.label, applications, catalog)
    _check_iam(request)
    cluster = Cluster(cluster_id, now, spec, ClusterStatus(since=now))
    steps = accept_steps(
        request.get("Steps", ()), cluster, steps=0, active=0, now=now, role=request.get("StepExecutionRoleArn")
    )
    return Records(cluster, new_groups(cluster_id, groups, 1, now), (), steps)


def _check_features(request: Mapping[str, Any], release: Release) -> None:
    """Refuse what the release is too old for."""
    instances = request["Instances"]
    members = [*instances.get("InstanceGroups", ()), *instances.get("InstanceFleets", ())]
    kinds = [kind for each in members for kind in (each, *each.get("InstanceTypeConfigs", ()))]
    used = {
        "auto-termination": "AutoTerminationPolicy" in request,
        "custom-ami": any("CustomAmiId" in each for each in (request, *kinds)),
        "instance-fleets": bool(instances.get("InstanceFleets")),
        "managed-scaling": "ManagedScalingPolicy" in request,
        "advanced-scaling": request.get("ManagedScalingPolicy", {}).get("ScalingStrategy") == "ADVANCED",
        "step-concurrency": request.get("StepConcurrencyLevel", 1) > 1,
    }
    for feature in (name for name, is_used in used.items() if is_used):
        require(feature, release)


def _groups(instances: Mapping[str, Any], label: str, catalog: Catalog) -> tuple[GroupSpec, ...]:
    check_form(instances)
    fleets = instances.get("InstanceFleets")
    return accept_fleets(fleets, label, catalog) if fleets else accept_groups(instances, label, catalog)


def _name(name: str) -> str:
    if _FORBIDDEN_IN_NAMES.search(name):
        raise ValidationException("Invalid cluster name: it must not contain any of the characters <, >, $, | and `.")
    return name


def _auto_termination(request: Mapping[str, Any], now: float) -> AutoTermination | None:
    policy = request.get("AutoTerminationPolicy")
    return None if policy is None else read_auto_termination(policy, now)


def _check_scaling(spec: ClusterSpec, groups: Iterable[GroupSpec]) -> None:
    if spec.managed_scaling is not None:
        check_managed_scaling(spec.managed_scaling, groups)
    for group in groups:
        if group.auto_scaling is not None:
            check_auto_scaling(group.auto_scaling, group.role, managed=spec.managed_scaling is not None)


def _bootstrap_actions(actions: Iterable[Mapping[str, Any]]) -> tuple[BootstrapAction, ...]:
    scripts = [(action["Name"], action["ScriptBootstrapAction"]) for action in actions]
    accepted = tuple(BootstrapAction(name, script["Path"], tuple(script.get("Args", ()))) for name, script in scripts)
    if len(accepted) > MAX_BOOTSTRAP_ACTIONS:
        raise ValidationException(f"The number of bootstrap actions exceeds the maximum of {MAX_BOOTSTRAP_ACTIONS}.")
    for action in accepted:
        if not action.path.strip():
            raise ValidationException(f"The bootstrap action '{action.name}' has no script path.")
    return accepted


def _check_iam(request: Mapping[str, Any]) -> None:
    """The names are only stored: LocalEMR has no identities."""
    if not request.get("JobFlowRole"):
        raise ValidationException("InstanceProfile is required for creating cluster")
    if not request.get("ServiceRole"):
        raise ValidationException("ServiceRole is required for creating cluster.")


def _echo(request: Mapping[str, Any], region: str, release: Release) -> dict[str, Any]:
    echo = {name: request[name] for name in _ECHOED if name in request}
    scale_down = "TERMINATE_AT_TASK_COMPLETION" if release.has("task-completion") else "TERMINATE_AT_INSTANCE_HOUR"
    echo.setdefault("ScaleDownBehavior", scale_down)
    echo.setdefault("VisibleToAllUsers", True)
    echo["PlacementGroups"] = request.get("PlacementGroupConfigs", [])
    if kerberos := request.get("KerberosAttributes"):
        # DescribeCluster must not show passwords. The model requires one of these members.
        echo["KerberosAttributes"] = {name: "" if "Password" in name else value for name, value in kerberos.items()}
    echo["Ec2InstanceAttributes"] = _ec2_attributes(request, region)
    return echo


def _ec2_attributes(request: Mapping[str, Any], region: str) -> dict[str, Any]:
    instances = request["Instances"]
    shown = {name: instances[name] for name in _EC2_ECHOED if name in instances}
    placement = instances.get("Placement", {})
    zones = placement.get("AvailabilityZones") or []
    zone = placement.get("AvailabilityZone") or next(iter(zones), None)
    # Terraform's provider sends an empty id for a missing one.
    subnets = [each for each in instances.get("Ec2SubnetIds") or [instances.get("Ec2SubnetId")] if each]
    if len(subnets) > 1 and not instances.get("InstanceFleets"):
        raise ValidationException(
            "Only one subnet may be specified for clusters configured with instance groups or instance count, master "
            "and slave instance type. Revise the configuration and resubmit."
        )
    if not all(map(_SUBNET.fullmatch, subnets)):
        raise ValidationException("The supplied ec2SubnetId is not valid.")
    shown.setdefault("AdditionalMasterSecurityGroups", [])
    shown.setdefault("AdditionalSlaveSecurityGroups", [])
    shown["Ec2SubnetId"] = subnets[0] if subnets else None
    shown["RequestedEc2SubnetIds"] = subnets
    shown["Ec2AvailabilityZone"] = zone or f"{region}a"
    shown["RequestedEc2AvailabilityZones"] = zones or ([zone] if zone else [])
    shown["IamInstanceProfile"] = request.get("JobFlowRole")
    return shown
