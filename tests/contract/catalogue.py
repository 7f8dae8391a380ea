"""EMR's error catalogue: each text with a request that gets it, or the reason why nothing here does.

`number` is that of the catalogue (49 texts, some with variants). RunJobFlow's are in `catalogue_run_job_flow`. What
stands in `<>` is a cluster of `scene`.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from tests.contract.requests import UNKNOWN, step

NEW, OLD = "InvalidRequestException", "ValidationException"
STEP = "s-ZZZZZZZZZZZZZ"
STUDIO = "es-" + "Z" * 25
ROLE = "arn:aws:iam::123456789012:role/job"
MALFORMED = "j-1"


@dataclass(frozen=True)
class Case:
    """A request that is refused. `target` is the operation on the wire where it is not the method's."""

    number: int
    method: str
    request: dict[str, Any]
    message: str
    kind: str = OLD
    status: int = 400
    error_code: str | None = None
    target: str | None = field(default=None, compare=False)


NOT_HERE = [
    (12, "Maximum number of steps for job flow exceeded", "only AMI 2 and 3 counted ended steps"),
    (22, "Invalid InstanceProfile: <name>", "there is no IAM: every name is taken"),
    (22, "Failed to authorize instance profile …", "there is no IAM"),
    (32, "… Member must satisfy enum value set: [SPOT, ON_DEMAND]", "the values come in the service model's order"),
    (41, "Shrink Policy is supported only for release-label  and above", "only AMI versions are too old for them"),
    (46, "entity does not have permissions to assume role", "there is no IAM"),
    (48, "Rate exceeded", "LocalEMR does not throttle"),
]
"""Texts without a situation here: number, text, why."""


def _exclusive(used: str, operation: str, instead: str) -> str:
    return (
        "Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in the request uses "
        f"instance {used}. The {operation} operation does not support clusters that use instance {used}. Use the "
        f"{instead} operation instead."
    )


TAGS = [{"Key": "k", "Value": "v"}]
GONE = f"Cluster id '{UNKNOWN}' is not valid."
BAD = f"clusterId '{MALFORMED}' is not valid."
ENDED = "A job flow that is shutting down, terminated, or finished may not be modified."
PROTECTED = "Could not shut down one or more job flows since they are termination protected."
FULL = "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded."
LEVEL = "Invalid step concurrency level. Allowed level is from 1 to 256"
ROLE_NEEDED = (
    "Runtime roles are required for this cluster. Please specify the role using the ExecutionRoleArn parameter."
)
NO_ROLES = "Runtime roles are not supported on this cluster. Please remove the ExecutionRoleArn parameter."
NOT_EXISTING, NOT_VALID = "Specified job flow ID does not exist.", "Specified job flow ID not valid"
NO_CONFIGURATION = "Security configuration with name 'x' does not exist."
NO_STUDIO = "Studio does not exist."
ON_TERMINATED = "Tags cannot be modified on terminated clusters."
NULL_KEY = "Invalid tag key: 'null'. Tag keys must be between 1 and 128 characters in length."
LIMITS = {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 2, "MaximumCoreCapacityUnits": 3}
MAX_CORE = "Invalid configuration for managed scaling. The max Core capacity cannot be higher than max capacity"
RANGE = "Invalid idle timeout. Allowed idle timeout is from 60 to 604800 seconds"


def _steps(cluster_id: str, **members: Any) -> dict[str, Any]:
    return {"JobFlowId": cluster_id, "Steps": [step(**members)]}


CASES = [
    Case(1, "describe_cluster", {"ClusterId": UNKNOWN}, GONE, NEW),
    Case(1, "list_steps", {"ClusterId": UNKNOWN}, GONE, NEW),
    Case(1, "list_instances", {"ClusterId": UNKNOWN}, GONE, NEW),
    Case(1, "list_instance_fleets", {"ClusterId": UNKNOWN}, GONE, NEW),
    Case(1, "cancel_steps", {"ClusterId": UNKNOWN, "StepIds": [STEP]}, GONE, NEW),
    Case(1, "modify_cluster", {"ClusterId": UNKNOWN, "StepConcurrencyLevel": 2}, GONE, NEW),
    Case(1, "add_tags", {"ResourceId": UNKNOWN, "Tags": TAGS}, GONE, NEW),
    Case(1, "get_managed_scaling_policy", {"ClusterId": UNKNOWN}, GONE),
    Case(2, "describe_cluster", {"ClusterId": MALFORMED}, BAD),
    Case(2, "list_steps", {"ClusterId": MALFORMED}, BAD),
    Case(2, "cancel_steps", {"ClusterId": MALFORMED, "StepIds": [STEP]}, BAD),
    Case(3, "add_job_flow_steps", _steps(MALFORMED), f"jobFlowId '{MALFORMED}' is not valid."),
    Case(4, "add_job_flow_steps", _steps(UNKNOWN), NOT_EXISTING),
    Case(4, "terminate_job_flows", {"JobFlowIds": ["<starting>", UNKNOWN]}, NOT_EXISTING),
    Case(5, "terminate_job_flows", {"JobFlowIds": ["<starting>", MALFORMED]}, NOT_VALID),
    Case(5, "set_termination_protection", {"JobFlowIds": [MALFORMED], "TerminationProtected": True}, NOT_VALID),
    Case(5, "set_termination_protection", {"JobFlowIds": [UNKNOWN], "TerminationProtected": True}, NOT_VALID),
    Case(6, "terminate_job_flows", {"JobFlowIds": []}, "The JobFlowId list cannot be empty"),
    Case(7, "describe_step", {"ClusterId": "<waiting>", "StepId": STEP}, f"Step id '{STEP}' is not valid.", NEW),
    Case(8, "list_steps", {"ClusterId": "<waiting>", "StepIds": [STEP], "StepStates": ["PENDING"]},
         "Cannot specify both StepIds and StepStates.", NEW),
    Case(9, "terminate_job_flows", {"JobFlowIds": ["<protected>"]}, PROTECTED),
    Case(9, "terminate_job_flows", {"JobFlowIds": ["<starting>", "<protected>"]}, PROTECTED),
    Case(10, "add_job_flow_steps", _steps("<ended>"), ENDED),
    Case(10, "add_job_flow_steps", _steps("<ending>"), ENDED),
    Case(11, "add_job_flow_steps", _steps("<full>"), FULL),
    Case(13, "list_instance_groups", {"ClusterId": "<fleets>"},
         _exclusive("fleets", "ListInstanceGroups", "ListInstanceFleets"),
         NEW, error_code="API_DOES_NOT_SUPPORT_INSTANCE_FLEET_CLUSTERS"),
    Case(13, "list_instance_fleets", {"ClusterId": "<waiting>"},
         _exclusive("groups", "ListInstanceFleets", "ListInstanceGroups"),
         NEW, error_code="API_DOES_NOT_SUPPORT_INSTANCE_GROUP_CLUSTERS"),
    Case(14, "add_job_flow_steps", _steps("<concurrent>", ActionOnFailure="CANCEL_AND_WAIT"),
         "Action on failure 'CANCEL_AND_WAIT' is invalid."),
    Case(15, "modify_cluster", {"ClusterId": "<waiting>", "StepConcurrencyLevel": 257}, LEVEL, NEW),
    Case(16, "add_job_flow_steps", _steps("<roles>"), ROLE_NEEDED),
    Case(17, "add_job_flow_steps", {**_steps("<waiting>"), "ExecutionRoleArn": ROLE}, NO_ROLES),
    Case(18, "describe_release_label", {"ReleaseLabel": "emr-5.3.1"},
         "The supplied release label is invalid: emr-5.3.1.", NEW),
    Case(30, "add_instance_groups",
         {"JobFlowId": "<waiting>",
          "InstanceGroups": [{"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 0}]},
         "An instance group must have at least one instance."),
    Case(39, "modify_instance_groups", {"InstanceGroups": [{"InstanceGroupId": "<starting.core>", "InstanceCount": 3}]},
         "An instance group may only be modified when the cluster is running or waiting"),
    Case(40, "modify_instance_fleet",
         {"ClusterId": "<early-fleets>",
          "InstanceFleet": {"InstanceFleetId": "<early-fleets.core>", "TargetOnDemandCapacity": 2}},
         "An instance fleet may only be modified when the cluster is running or waiting", NEW),
    Case(42, "put_managed_scaling_policy",
         {"ClusterId": "<waiting>", "ManagedScalingPolicy": {"ComputeLimits": LIMITS}}, MAX_CORE),
    # EMR's text for the range is not known.
    Case(43, "put_auto_termination_policy",
         {"ClusterId": "<waiting>", "AutoTerminationPolicy": {"IdleTimeout": 59}}, RANGE),
    Case(44, "add_tags", {"ResourceId": "<ended>", "Tags": TAGS}, ON_TERMINATED, NEW),
    Case(44, "remove_tags", {"ResourceId": "<ended>", "TagKeys": ["k"]}, ON_TERMINATED, NEW),
    Case(44, "add_tags", {"ResourceId": "<waiting>", "Tags": [{"Value": "v"}]}, NULL_KEY, NEW),
    Case(45, "describe_security_configuration", {"Name": "x"}, NO_CONFIGURATION, NEW),
    Case(45, "delete_security_configuration", {"Name": "x"}, NO_CONFIGURATION, NEW),
    Case(45, "create_security_configuration", {"Name": "roles", "SecurityConfiguration": "{}"},
         "Security configuration with name 'roles' already exists.", NEW),
    Case(46, "describe_studio", {"StudioId": STUDIO}, NO_STUDIO, NEW),
    Case(46, "delete_studio", {"StudioId": STUDIO}, NO_STUDIO, NEW),
    Case(49, "list_clusters", {}, "Could not find operation Dance", "UnknownOperationException", 404, target="Dance"),
]  # fmt: skip
