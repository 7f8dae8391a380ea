"""One good request for each operation, of what there is in a World."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from tests.contract.full_requests import GROUPS, ROLE, ROLES, TAGS, full_cluster, full_execution, full_studio, scaling
from tests.contract.good_world import World
from tests.contract.requests import step
from tests.contract.test_auto_scaling import policy
from tests.contract.test_block_public_access import DEFAULT
from tests.contract.test_instance_fleets import TASK
from tests.contract.test_studios import POLICY

Make = Callable[[World], dict[str, Any]]

CLUSTER: Make = lambda w: {"ClusterId": w.cluster_id}  # noqa: E731
FLEETS: Make = lambda w: {"ClusterId": w.fleets_id}  # noqa: E731
PLAIN: Make = lambda w: {"ClusterId": w.plain_id}  # noqa: E731
STUDIO: Make = lambda w: {"StudioId": w.studio_id}  # noqa: E731
SESSION: Make = lambda w: {"ClusterId": w.plain_id, "SessionId": "is-" + "A" * 13}  # noqa: E731
EXECUTION: Make = lambda w: {"NotebookExecutionId": w.execution_id}  # noqa: E731


def switch(member: str) -> Make:
    """A request of an operation that switches something on."""
    return lambda w: {"JobFlowIds": [w.cluster_id, w.fleets_id], member: True}


def all_when(*made: str) -> Make:
    """A request for all that there is, once these are there."""

    def request(world: World) -> dict[str, Any]:
        assert all(getattr(world, name) for name in made)
        return {}

    return request


GOOD: dict[str, Make] = {
    "AddInstanceFleet": lambda w: {"ClusterId": w.fleets_id, "InstanceFleet": TASK},
    "AddInstanceGroups": lambda w: {
        "JobFlowId": w.cluster_id,
        "InstanceGroups": [{**GROUPS[1], "InstanceRole": "TASK"}, {**GROUPS[0], "InstanceRole": "TASK"}],
    },
    "AddJobFlowSteps": lambda w: {
        "JobFlowId": w.cluster_id,
        "Steps": [step("one", ActionOnFailure="CONTINUE"), step("two", ActionOnFailure="CONTINUE")],
        "ExecutionRoleArn": ROLE,
    },
    "AddTags": lambda w: {"ResourceId": w.cluster_id, "Tags": TAGS},
    "CancelSteps": lambda w: {
        "ClusterId": w.cluster_id,
        "StepIds": [w.step_id("unending"), w.step_id("done")],
        "StepCancellationOption": "TERMINATE_PROCESS",
    },
    "CreatePersistentAppUI": lambda w: {"TargetResourceArn": w.arn, "ProfilerType": "SHS", "Tags": TAGS},
    "CreateSecurityConfiguration": lambda w: {"Name": "new", "SecurityConfiguration": json.dumps(ROLES)},
    "CreateStudio": lambda w: full_studio(),
    "CreateStudioSessionMapping": lambda w: {
        **STUDIO(w), "IdentityType": "GROUP", "IdentityId": "g", "SessionPolicyArn": POLICY,
    },
    "DeleteSecurityConfiguration": lambda w: {"Name": w.security_configuration},
    "DeleteStudio": STUDIO,
    "DeleteStudioSessionMapping": lambda w: w.mapping,
    "DescribeCluster": CLUSTER,
    "DescribeJobFlows": lambda w: {"JobFlowIds": [w.cluster_id]},
    "DescribeNotebookExecution": EXECUTION,
    "DescribePersistentAppUI": lambda w: {"PersistentAppUIId": w.app_ui_id},
    "DescribeReleaseLabel": lambda w: {"ReleaseLabel": "emr-7.13.0"},
    "DescribeSecurityConfiguration": lambda w: {"Name": w.security_configuration},
    "DescribeStep": lambda w: {"ClusterId": w.cluster_id, "StepId": w.step_id("failing")},
    "DescribeStudio": STUDIO,
    "GetAutoTerminationPolicy": CLUSTER,
    "GetBlockPublicAccessConfiguration": all_when(),
    "GetClusterSessionCredentials": lambda w: {"ClusterId": w.cluster_id, "ExecutionRoleArn": ROLE},
    "GetManagedScalingPolicy": PLAIN,
    "GetOnClusterAppUIPresignedURL": lambda w: {"ClusterId": w.cluster_id, "OnClusterAppUIType": "ResourceManager"},
    "GetPersistentAppUIPresignedURL": lambda w: {"PersistentAppUIId": w.app_ui_id, "PersistentAppUIType": "SHS"},
    "GetSession": SESSION,
    "GetSessionEndpoint": SESSION,
    "GetStudioSessionMapping": lambda w: w.mapping,
    "ListBootstrapActions": CLUSTER,
    "ListClusters": all_when("cluster_id", "fleets_id"),
    "ListInstanceFleets": FLEETS,
    "ListInstanceGroups": CLUSTER,
    "ListInstances": CLUSTER,
    "ListNotebookExecutions": all_when("execution_id"),
    "ListReleaseLabels": lambda w: {"Filters": {"Prefix": "emr-7", "Application": "spark"}, "MaxResults": 5},
    "ListSecurityConfigurations": all_when("security_configuration"),
    "ListSessions": PLAIN,
    "ListSteps": CLUSTER,
    "ListStudioSessionMappings": all_when("mapping"),
    "ListStudios": all_when("studio_id"),
    "ListSupportedInstanceTypes": lambda w: {"ReleaseLabel": "emr-7.13.0"},
    "ModifyCluster": lambda w: {"ClusterId": w.plain_id, "StepConcurrencyLevel": 5, "ExtendedSupport": True},
    "ModifyInstanceFleet": lambda w: {
        "ClusterId": w.fleets_id, "InstanceFleet": {"InstanceFleetId": w.core_fleet, "TargetOnDemandCapacity": 4},
    },
    "ModifyInstanceGroups": lambda w: {
        "ClusterId": w.cluster_id, "InstanceGroups": [{"InstanceGroupId": w.core_group, "InstanceCount": 3}],
    },
    "PutAutoScalingPolicy": lambda w: {
        "ClusterId": w.cluster_id, "InstanceGroupId": w.core_group, "AutoScalingPolicy": policy(),
    },
    "PutAutoTerminationPolicy": lambda w: {**PLAIN(w), "AutoTerminationPolicy": {"IdleTimeout": 600}},
    "PutBlockPublicAccessConfiguration": lambda w: {"BlockPublicAccessConfiguration": DEFAULT},
    "PutManagedScalingPolicy": lambda w: {**PLAIN(w), "ManagedScalingPolicy": scaling("VCPU")},
    "RemoveAutoScalingPolicy": lambda w: {"ClusterId": w.cluster_id, "InstanceGroupId": w.core_group},
    "RemoveAutoTerminationPolicy": CLUSTER,
    "RemoveManagedScalingPolicy": PLAIN,
    "RemoveTags": lambda w: {"ResourceId": w.cluster_id, "TagKeys": ["team"]},
    "RunJobFlow": lambda w: full_cluster(SecurityConfiguration=w.security_configuration),
    "SetKeepJobFlowAliveWhenNoSteps": switch("KeepJobFlowAliveWhenNoSteps"),
    "SetTerminationProtection": switch("TerminationProtected"),
    "SetUnhealthyNodeReplacement": switch("UnhealthyNodeReplacement"),
    "SetVisibleToAllUsers": switch("VisibleToAllUsers"),
    "StartNotebookExecution": lambda w: full_execution(w.plain_id),
    "StartSession": PLAIN,
    "StopNotebookExecution": EXECUTION,
    "TerminateJobFlows": lambda w: {"JobFlowIds": [w.cluster_id, w.fleets_id]},
    "TerminateSession": SESSION,
    "UpdateStudio": lambda w: {**STUDIO(w), "Name": "other", "Description": "e"},
    "UpdateStudioSessionMapping": lambda w: {**w.mapping, "SessionPolicyArn": POLICY},
}  # fmt: skip
