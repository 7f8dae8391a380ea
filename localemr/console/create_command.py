"""RunJobFlow's request as a line of `aws emr create-cluster`. Pure.

Source: the AWS CLI's reference of `aws emr create-cluster`.
"""

from __future__ import annotations

from typing import Any

from localemr.console.commands import DEFAULT_ROLES, View, compact, line, step_of

PLAIN = {
    "LogUri": "--log-uri", "LogEncryptionKmsKeyId": "--log-encryption-kms-key-id", "CustomAmiId": "--custom-ami-id",
    "SecurityConfiguration": "--security-configuration", "AutoScalingRole": "--auto-scaling-role",
    "ScaleDownBehavior": "--scale-down-behavior", "StepConcurrencyLevel": "--step-concurrency-level",
    "EbsRootVolumeSize": "--ebs-root-volume-size", "EbsRootVolumeIops": "--ebs-root-volume-iops",
    "EbsRootVolumeThroughput": "--ebs-root-volume-throughput", "OSReleaseLabel": "--os-release-label",
    "RepoUpgradeOnBoot": "--repo-upgrade-on-boot", "StepExecutionRoleArn": "--step-execution-role-arn",
}  # fmt: skip
"""Members of RunJobFlow that are a text or a number → their options."""
DOCUMENTS = {
    "Configurations": "--configurations", "ManagedScalingPolicy": "--managed-scaling-policy",
    "KerberosAttributes": "--kerberos-attributes", "PlacementGroupConfigs": "--placement-group-configs",
}  # fmt: skip
"""Members that are written as JSON → their options."""
ATTRIBUTES = {
    "Ec2KeyName": "KeyName", "Ec2SubnetId": "SubnetId", "Ec2SubnetIds": "SubnetIds",
    "EmrManagedMasterSecurityGroup": "EmrManagedMasterSecurityGroup",
    "EmrManagedSlaveSecurityGroup": "EmrManagedSlaveSecurityGroup",
    "ServiceAccessSecurityGroup": "ServiceAccessSecurityGroup",
    "AdditionalMasterSecurityGroups": "AdditionalMasterSecurityGroups",
    "AdditionalSlaveSecurityGroups": "AdditionalSlaveSecurityGroups",
}  # fmt: skip
"""Members of Instances → those of --ec2-attributes."""
ROLES = tuple(DEFAULT_ROLES)
GROUP = ("Name", "BidPrice", "EbsConfiguration", "AutoScalingPolicy", "Configurations", "CustomAmiId")


def create_cluster(request: View) -> str:
    """The line for a request whose members are known here, as creation.py makes them."""
    instances = request["Instances"]
    words = ["create-cluster", "--name", request["Name"], "--release-label", request["ReleaseLabel"]]
    if request.get("Applications"):
        words += ["--applications", *(f"Name={each['Name']}" for each in request["Applications"])]
    words += _instances(instances) + _roles(request)
    words += _switch("auto-terminate", not instances.get("KeepJobFlowAliveWhenNoSteps"))
    words += _switch("termination-protected", bool(instances.get("TerminationProtected")))
    if "UnhealthyNodeReplacement" in instances:
        words += _switch("unhealthy-node-replacement", instances["UnhealthyNodeReplacement"])
    for name, option in PLAIN.items():
        words += [option, str(request[name])] if name in request else []
    for name, option in DOCUMENTS.items():
        words += [option, compact(request[name])] if name in request else []
    if "BootstrapActions" in request:
        words += ["--bootstrap-actions", compact([_bootstrap(each) for each in request["BootstrapActions"]])]
    if "AutoTerminationPolicy" in request:
        words += ["--auto-termination-policy", f"IdleTimeout={request['AutoTerminationPolicy']['IdleTimeout']}"]
    if "Tags" in request:
        words += ["--tags", *(f"{each['Key']}={each['Value']}" for each in request["Tags"])]
    if "Steps" in request:
        words += ["--steps", compact([step_of(each) for each in request["Steps"]])]
    return line(*words)


def _switch(name: str, on: bool) -> list[str]:
    return [f"--{name}" if on else f"--no-{name}"]


def _instances(instances: View) -> list[str]:
    if "InstanceFleets" in instances:
        return ["--instance-fleets", compact(instances["InstanceFleets"])]
    return ["--instance-groups", compact([_group(each) for each in instances["InstanceGroups"]])]


def _roles(request: View) -> list[str]:
    """The roles, and what the CLI calls EC2 attributes; the instance profile is one of them."""
    instances = request["Instances"]
    found: dict[str, Any] = {option: instances[name] for name, option in ATTRIBUTES.items() if name in instances}
    if {name: request.get(name) for name in ROLES} == DEFAULT_ROLES:
        words = ["--use-default-roles"]
    else:
        words = ["--service-role", request["ServiceRole"]]
        found = {"InstanceProfile": request["JobFlowRole"], **found}
    return [*words, "--ec2-attributes", compact(found)] if found else words


def _group(group: View) -> View:
    shown = {"InstanceGroupType": group["InstanceRole"], "InstanceType": group["InstanceType"],
             "InstanceCount": group["InstanceCount"]}  # fmt: skip
    # On the command line a group is a spot one by having a price; without a value it is the on-demand one.
    price = {"BidPrice": "OnDemandPrice"} if group.get("Market") == "SPOT" else {}
    return shown | price | {name: group[name] for name in GROUP if name in group}


def _bootstrap(action: View) -> View:
    script = action["ScriptBootstrapAction"]
    return {"Name": action["Name"], "Path": script["Path"], "Args": script.get("Args", [])}
