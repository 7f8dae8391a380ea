"""The form for a cluster, filled in as a cluster is: what Describe and List operations show of it."""

from __future__ import annotations

import json
import shlex
from typing import Any

from localemr.console import costs, creation
from localemr.console.calls import View
from localemr.console.commands import DEFAULT_ROLES
from localemr.console.create_command import ATTRIBUTES, PLAIN
from localemr.console.fields import Field
from localemr.console.visits import Visit

STEPS = 100
"""Steps that the form shows, the newest."""
OF_AWS = "aws:"
"""Prefix of reserved tags; here they say what runs in place of what was requested."""
AS_SHOWN = (*PLAIN, "ServiceRole")
FLEET = ("Name", "InstanceFleetType", "TargetOnDemandCapacity", "TargetSpotCapacity", "LaunchSpecifications",
         "ResizeSpecifications", "Context")  # fmt: skip
TYPE = ("InstanceType", "WeightedCapacity", "BidPrice", "BidPriceAsPercentageOfOnDemandPrice", "Configurations",
        "CustomAmiId", "Priority")  # fmt: skip


async def fields(visit: Visit) -> list[Field]:
    """The fields of the form, with the values of the path's cluster."""
    cluster_id, api = visit.path("cluster"), visit.api
    cluster = (await api.emr("DescribeCluster", ClusterId=cluster_id))["Cluster"]
    policy = (await api.emr("GetAutoTerminationPolicy", ClusterId=cluster_id)).get("AutoTerminationPolicy", {})
    scaling = (await api.emr("GetManagedScalingPolicy", ClusterId=cluster_id)).get("ManagedScalingPolicy")
    actions = await api.all("ListBootstrapActions", "BootstrapActions", ClusterId=cluster_id)
    steps = (await api.emr("ListSteps", ClusterId=cluster_id))["Steps"]
    shown = {
        "name": cluster["Name"],
        "release": cluster["ReleaseLabel"],
        "applications": ",".join(each["Name"] for each in cluster["Applications"]),
        "log_uri": cluster.get("LogUri", "").replace("s3n://", "s3://", 1),
        "keep": "" if cluster["AutoTerminate"] else "on",
        "protected": "on" if cluster["TerminationProtected"] else "",
        "idle": str(policy.get("IdleTimeout", "")),
        "bootstrap": "\n".join(_action(each) for each in actions),
        "configurations": _json(cluster.get("Configurations")),
        "tags": "\n".join(f"{each['Key']}={each['Value']}" for each in cluster["Tags"] if _is_own(each)),
        "steps": _json([_step(each) for each in reversed(steps[:STEPS])]),
        "further": _json(_further(cluster, scaling)),
    }
    return await creation.fields(visit, shown | hardware(await costs.groups_of(visit, cluster), cluster["Id"]))


def hardware(groups: list[View], cluster_id: str) -> dict[str, str]:
    """The form's fields of groups or fleets: those of a type and a number for a group of each role at most that has
    nothing more to it, else JSON. Pure."""
    shown = {"core_count": "0", "task_count": "0", "task_market": "ON_DEMAND"}
    shown |= {f"{role}_type": creation.TYPE for _, role in creation.ROLES}
    if groups and "InstanceFleetType" in groups[0]:
        return shown | {"instances": _json({"InstanceFleets": [_fleet(each) for each in groups]})}
    groups = [each for each in groups if each["RequestedInstanceCount"]]
    roles = [each["InstanceGroupType"] for each in groups]
    if len(set(roles)) < len(roles) or not all(_is_plain(each) for each in groups):
        return shown | {"instances": _json({"InstanceGroups": [_group(each, cluster_id) for each in groups]})}
    for each in groups:
        role = each["InstanceGroupType"].lower()
        shown[f"{role}_type"] = each["InstanceType"]
        if role != "master":
            shown[f"{role}_count"] = str(each["RequestedInstanceCount"])
        if role == "task":
            shown["task_market"] = each["Market"]
    return shown


def _is_plain(group: View) -> bool:
    """Whether the form has fields for all that the group has."""
    master, task = (group["InstanceGroupType"] == role for role in ("MASTER", "TASK"))
    special = ("Configurations", "EbsBlockDevices", "EbsOptimized", "AutoScalingPolicy", "BidPrice", "CustomAmiId")
    return (
        not any(group.get(name) for name in special)
        and group.get("Name", "") in ("", group["InstanceGroupType"].title())
        and (task or group["Market"] == "ON_DEMAND")
        and (not master or group["RequestedInstanceCount"] == 1)
    )


def _group(group: View, cluster_id: str) -> View:
    found = {
        "Name": group.get("Name", ""),
        "InstanceRole": group["InstanceGroupType"],
        "InstanceType": group["InstanceType"],
        "InstanceCount": group["RequestedInstanceCount"],
        "Market": group["Market"],
    }
    found |= {name: group[name] for name in ("BidPrice", "Configurations", "CustomAmiId") if group.get(name)}
    if policy := group.get("AutoScalingPolicy"):
        rules = [_rule(each, cluster_id) for each in policy["Rules"]]
        found["AutoScalingPolicy"] = {"Constraints": policy["Constraints"], "Rules": rules}
    return found | _volumes(group)


def _rule(rule: View, cluster_id: str) -> View:
    """The rule without the dimension that names the cluster: each cluster gets its own."""
    alarm = dict(rule["Trigger"]["CloudWatchAlarmDefinition"])
    others = [each for each in alarm.pop("Dimensions", []) if each.get("Value") != cluster_id]
    return rule | {"Trigger": {"CloudWatchAlarmDefinition": alarm | ({"Dimensions": others} if others else {})}}


def _fleet(fleet: View) -> View:
    kinds = [
        {name: each[name] for name in TYPE if each.get(name)} | _volumes(each)
        for each in fleet["InstanceTypeSpecifications"]
    ]
    return {name: fleet[name] for name in FLEET if fleet.get(name)} | {"InstanceTypeConfigs": kinds}


def _volumes(of: View) -> View:
    """EbsConfiguration of a group or type; empty: it has none."""
    volumes = [{"VolumeSpecification": each["VolumeSpecification"]} for each in of.get("EbsBlockDevices") or []]
    found: View = {"EbsBlockDeviceConfigs": volumes} if volumes else {}
    if of.get("EbsOptimized"):
        found["EbsOptimized"] = True
    return {"EbsConfiguration": found} if found else {}


def _is_own(tag: View) -> bool:
    return not tag["Key"].startswith(OF_AWS)


def _action(action: View) -> str:
    return shlex.join([f"name={action['Name']}", action["ScriptPath"], *(action.get("Args") or [])])


def _step(step: View) -> View:
    config = step["Config"]
    jar: View = {"Jar": config["Jar"]}
    if config.get("Properties"):
        jar["Properties"] = [{"Key": key, "Value": value} for key, value in config["Properties"].items()]
    jar |= {name: config[name] for name in ("MainClass", "Args") if config.get(name)}
    return {"Name": step["Name"], "ActionOnFailure": step["ActionOnFailure"], "HadoopJarStep": jar}


def _further(cluster: View, scaling: View | None) -> View:
    """Members that the form has no fields for, as far as they are not those of every cluster."""
    given = cluster.get("Ec2InstanceAttributes", {})
    found = {name: cluster[name] for name in AS_SHOWN if cluster.get(name) and name != "LogUri"}
    found["JobFlowRole"] = given.get("IamInstanceProfile", DEFAULT_ROLES["JobFlowRole"])
    if scaling:
        found["ManagedScalingPolicy"] = scaling
    if cluster.get("PlacementGroups"):
        found["PlacementGroupConfigs"] = cluster["PlacementGroups"]
    instances = {name: given[name] for name in ATTRIBUTES if given.get(name) and name != "Ec2SubnetId"}
    subnets = given.get("RequestedEc2SubnetIds") or []
    if subnets:
        instances |= {"Ec2SubnetId": subnets[0]} if len(subnets) == 1 else {"Ec2SubnetIds": subnets}
    if cluster.get("UnhealthyNodeReplacement") is False:
        instances["UnhealthyNodeReplacement"] = False
    usual = {**DEFAULT_ROLES, "StepConcurrencyLevel": 1}
    found = {name: value for name, value in found.items() if usual.get(name) != value}
    return found | ({"Instances": instances} if instances else {})


def _json(value: Any) -> str:
    """JSON to edit; empty for nothing."""
    return json.dumps(value, indent=1, ensure_ascii=False) if value else ""
