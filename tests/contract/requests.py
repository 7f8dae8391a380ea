"""Requests that tests start from, and how they look at refusals."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

UNKNOWN = "j-ZZZZZZZZZZZZZ"
"""A well-formed id of no cluster."""

GROUPS = [
    {"InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
    {"InstanceRole": "CORE", "InstanceType": "m5.xlarge", "InstanceCount": 2},
]


ROLES = {"JobFlowRole": "EMR_EC2_DefaultRole", "ServiceRole": "EMR_DefaultRole"}

RUNTIME_ROLES = json.dumps(
    {"AuthorizationConfiguration": {"IAMConfiguration": {"EnableApplicationScopedIAMRole": True}}}
)
"""A security configuration for clusters whose steps have roles of their own."""


def cluster(**members: Any) -> dict[str, Any]:
    """A RunJobFlow request for a cluster that stays."""
    return {
        "Name": "test",
        "ReleaseLabel": "emr-7.13.0",
        "Applications": [{"Name": "Spark"}],
        "Instances": {"InstanceGroups": GROUPS, "KeepJobFlowAliveWhenNoSteps": True},
        **ROLES,
        **members,
    }


def fleet(role: str, **members: Any) -> dict[str, Any]:
    """An instance fleet of one on-demand instance."""
    types = [{"InstanceType": "m5.xlarge"}]
    return {"InstanceFleetType": role, "TargetOnDemandCapacity": 1, "InstanceTypeConfigs": types, **members}


def fleets(*roles: str) -> dict[str, Any]:
    """Instances of a cluster that stays, of fleets in these roles."""
    return {"InstanceFleets": [fleet(role) for role in roles], "KeepJobFlowAliveWhenNoSteps": True}


def step(name: str = "step", *args: str, **members: Any) -> dict[str, Any]:
    """A step."""
    return {"Name": name, "HadoopJarStep": {"Jar": "command-runner.jar", "Args": list(args)}, **members}


def run(emr: Any, **members: Any) -> str:
    """Make a cluster; its id."""
    cluster_id: str = emr.run_job_flow(**cluster(**members))["JobFlowId"]
    return cluster_id


def refusal(call: Callable[..., Any], **request: Any) -> tuple[int, str, str]:
    """HTTP status, type and text of the error that a call gets."""
    with pytest.raises(ClientError) as caught:
        call(**request)
    answer = caught.value.response
    return answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Code"], answer["Error"]["Message"]


def validation(message: str) -> tuple[int, str, str]:
    """A ValidationException as `refusal` shows it."""
    return 400, "ValidationException", message


def invalid(message: str) -> tuple[int, str, str]:
    """An InvalidRequestException as `refusal` shows it."""
    return 400, "InvalidRequestException", message
