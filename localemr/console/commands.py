"""Requests of EMR's API as lines of `aws emr`. Pure.

Source: the AWS CLI's reference of `aws emr`. Its commands take other arguments than the operations behind them.
"""

from __future__ import annotations

import json
import shlex
from typing import Any

View = dict[str, Any]

DEFAULT_ROLES = {"ServiceRole": "EMR_DefaultRole", "JobFlowRole": "EMR_EC2_DefaultRole"}
RUNNER = "command-runner.jar"
STEP_TYPES = {
    "SPARK": ("spark-submit",),
    "STREAMING": ("hadoop-streaming",),
    "HIVE": ("hive-script", "--run-hive-script", "--args"),
    "PIG": ("pig-script", "--run-pig-script", "--args"),
}
"""Types of steps of the AWS CLI → the words that it puts before their arguments."""


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
    steps = [step_of(each) for each in request["Steps"]]
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


def resize_fleet(request: View) -> str:
    """ModifyInstanceFleet with targets."""
    fleet = ",".join(f"{name}={value}" for name, value in request["InstanceFleet"].items())
    return line("modify-instance-fleet", "--cluster-id", request["ClusterId"], "--instance-fleet", fleet)


def reconfigure(request: View) -> str:
    """ModifyInstanceGroups with configurations."""
    words = ["modify-instance-groups", "--cluster-id", request["ClusterId"]]
    return line(*words, "--instance-groups", compact(request["InstanceGroups"]))


def step_of(step: View) -> View:
    """A step as create-cluster and add-steps take it: of one of their types where it is one."""
    jar = step["HadoopJarStep"]
    args = jar.get("Args", [])
    common = {"Name": step["Name"], "ActionOnFailure": step["ActionOnFailure"]}
    if jar["Jar"] == RUNNER and not jar.keys() & {"MainClass", "Properties"}:
        for kind, words in STEP_TYPES.items():
            rest = args[len(words) :]
            # The CLI refuses empty arguments of these types.
            if tuple(args[: len(words)]) == words and rest and all(rest):
                return {"Type": kind, **common, "Args": rest}
    shown = {"Type": "CUSTOM_JAR", **common, "Jar": jar["Jar"]}
    if "MainClass" in jar:
        shown["MainClass"] = jar["MainClass"]
    if jar.get("Properties"):
        shown["Properties"] = ",".join(f"{each['Key']}={each['Value']}" for each in jar["Properties"])
    return shown | {"Args": args} if args else shown
