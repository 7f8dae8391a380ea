"""Requests of EMR's API as lines of `aws emr`. Pure.

Source: the AWS CLI's reference of `aws emr`. Its commands take other arguments than the operations behind them.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

View = dict[str, Any]

DEFAULT_ROLES = {"ServiceRole": "EMR_DefaultRole", "JobFlowRole": "EMR_EC2_DefaultRole"}


def line(*words: str) -> str:
    """A command for a shell."""
    return shlex.join(("aws", "emr", *words))


def compact(value: Any) -> str:
    """JSON without blanks."""
    return json.dumps(value, separators=(",", ":"), ensure_ascii=False)


def terminate(request: View) -> str:
    """TerminateJobFlows."""
    return line("terminate-clusters", "--cluster-ids", *request["JobFlowIds"])


def protect(request: View) -> str:
    """SetTerminationProtection."""
    switch = "" if request["TerminationProtected"] else "no-"
    return line("modify-cluster-attributes", "--cluster-id", *request["JobFlowIds"], f"--{switch}termination-protected")


def add_steps(request: View) -> str:
    """AddJobFlowSteps."""
    steps = [_step(each) for each in request["Steps"]]
    return line("add-steps", "--cluster-id", request["JobFlowId"], "--steps", compact(steps))


def cancel_steps(request: View) -> str:
    """CancelSteps."""
    words = ["cancel-steps", "--cluster-id", request["ClusterId"], "--step-ids", *request["StepIds"]]
    return line(*words, "--step-cancellation-option", request["StepCancellationOption"])


def resize(request: View) -> str:
    """ModifyInstanceGroups with counts."""
    groups = [
        f"InstanceGroupId={each['InstanceGroupId']},InstanceCount={each['InstanceCount']}"
        for each in request["InstanceGroups"]
    ]
    return line("modify-instance-groups", "--cluster-id", request["ClusterId"], "--instance-groups", *groups)


def create_cluster(request: View) -> str:
    """RunJobFlow, as the console's form writes it."""
    instances = request["Instances"]
    keep = instances.get("KeepJobFlowAliveWhenNoSteps")
    words = ["create-cluster", "--name", request["Name"], "--release-label", request["ReleaseLabel"]]
    if request.get("Applications"):
        words += ["--applications", *(f"Name={each['Name']}" for each in request["Applications"])]
    groups = [_group(each) for each in instances["InstanceGroups"]]
    words += ["--instance-groups", compact(groups), "--use-default-roles"]
    words.append("--no-auto-terminate" if keep else "--auto-terminate")
    words.append("--termination-protected" if instances.get("TerminationProtected") else "--no-termination-protected")
    if "LogUri" in request:
        words += ["--log-uri", request["LogUri"]]
    if "Configurations" in request:
        words += ["--configurations", compact(request["Configurations"])]
    if "BootstrapActions" in request:
        words += ["--bootstrap-actions", compact([_bootstrap(each) for each in request["BootstrapActions"]])]
    if "AutoTerminationPolicy" in request:
        words += ["--auto-termination-policy", f"IdleTimeout={request['AutoTerminationPolicy']['IdleTimeout']}"]
    if "Tags" in request:
        words += ["--tags", *(f"{each['Key']}={each['Value']}" for each in request["Tags"])]
    return line(*words)


def _group(group: View) -> View:
    shown = {"InstanceGroupType": group["InstanceRole"], "InstanceType": group["InstanceType"],
             "InstanceCount": group["InstanceCount"]}  # fmt: skip
    # On the command line a group is a spot one by having a price; without a value it is the on-demand one.
    return shown | {"BidPrice": "OnDemandPrice"} if group.get("Market") == "SPOT" else shown


def _bootstrap(action: View) -> View:
    script = action["ScriptBootstrapAction"]
    return {"Name": action["Name"], "Path": script["Path"], "Args": script.get("Args", [])}


def _step(step: View) -> View:
    jar = step["HadoopJarStep"]
    shown = {"Type": "CUSTOM_JAR", "Name": step["Name"], "ActionOnFailure": step["ActionOnFailure"], "Jar": jar["Jar"]}
    if "MainClass" in jar:
        shown["MainClass"] = jar["MainClass"]
    return shown | {"Args": jar["Args"]} if jar.get("Args") else shown
