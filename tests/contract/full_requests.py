"""Requests with all their members that may go together."""

from __future__ import annotations

from typing import Any

from localemr.api.model import service
from tests.contract.requests import cluster, step
from tests.contract.samples import sample
from tests.contract.test_auto_scaling import policy
from tests.contract.test_instance_fleets import CORE, MASTER, fleets
from tests.contract.test_notebooks import execution
from tests.contract.test_studios import studio

TAGS = [{"Key": "team", "Value": "data"}, {"Key": "empty", "Value": ""}]
ROLE = "arn:aws:iam::000000000000:role/job"
KEY = "arn:aws:kms:us-east-1:000000000000:key/k"
ROLES = {"AuthorizationConfiguration": {"IAMConfiguration": {"EnableApplicationScopedIAMRole": True}}}
CONFIGURATIONS = [
    {"Classification": "hdfs-site", "Properties": {"dfs.replication": "1"}},
    {"Classification": "hadoop-env", "Properties": {}, "Configurations": [
        {"Classification": "export", "Properties": {"A": "b"}},
    ]},
]  # fmt: skip
EBS = {
    "EbsBlockDeviceConfigs": [
        {"VolumeSpecification": {"VolumeType": "gp3", "Iops": 3000, "SizeInGB": 32, "Throughput": 125}}
    ],
    "EbsOptimized": True,
}
RULE = {
    "Name": "out",
    "Description": "more",
    "Action": {
        "Market": "SPOT",
        "SimpleScalingPolicyConfiguration": {
            "AdjustmentType": "CHANGE_IN_CAPACITY",
            "ScalingAdjustment": 1,
            "CoolDown": 300,
        },
    },
    "Trigger": {
        "CloudWatchAlarmDefinition": {
            "ComparisonOperator": "LESS_THAN",
            "EvaluationPeriods": 1,
            "MetricName": "YARNMemoryAvailablePercentage",
            "Namespace": "AWS/ElasticMapReduce",
            "Period": 300,
            "Statistic": "AVERAGE",
            "Threshold": 15.0,
            "Unit": "PERCENT",
        }
    },
}
RESERVED = {
    "UsageStrategy": "use-capacity-reservations-first",
    "CapacityReservationPreference": "open",
    "CapacityReservationResourceGroupArn": "arn:aws:resource-groups:us-east-1:000000000000:group/g",
}
GROUPS = [
    {"Name": "head", "InstanceRole": "MASTER", "InstanceType": "m5.xlarge", "InstanceCount": 1},
    {
        "InstanceRole": "CORE",
        "InstanceType": "m5.xlarge",
        "InstanceCount": 2,
        "Market": "SPOT",
        "BidPrice": "0.05",
        "Configurations": CONFIGURATIONS,
        "EbsConfiguration": EBS,
        "CustomAmiId": "ami-1",
        "AutoScalingPolicy": policy(RULE),
    },
]
TYPE = {
    "InstanceType": "m5.xlarge",
    "WeightedCapacity": 1,
    "BidPrice": "0.5",
    "EbsConfiguration": EBS,
    "Configurations": CONFIGURATIONS,
    "CustomAmiId": "ami-3",
    "Priority": 0.0,
}
FLEET_CORE = {
    **CORE,
    "InstanceTypeConfigs": [
        TYPE,
        {"InstanceType": "m5.2xlarge", "BidPriceAsPercentageOfOnDemandPrice": 80.0, "Priority": 1.0},
    ],
    "LaunchSpecifications": {
        "SpotSpecification": {
            "TimeoutDurationMinutes": 10,
            "BlockDurationMinutes": 60,
            "TimeoutAction": "SWITCH_TO_ON_DEMAND",
            "AllocationStrategy": "capacity-optimized-prioritized",
        },
        "OnDemandSpecification": {"AllocationStrategy": "prioritized", "CapacityReservationOptions": RESERVED},
    },
    "ResizeSpecifications": {
        "SpotResizeSpecification": {"TimeoutDurationMinutes": 20, "AllocationStrategy": "price-capacity-optimized"},
        "OnDemandResizeSpecification": {
            "TimeoutDurationMinutes": 30,
            "AllocationStrategy": "prioritized",
            "CapacityReservationOptions": RESERVED,
        },
    },
}


def full_step(name: str) -> dict[str, Any]:
    """A step with all its members."""
    monitoring = {"S3MonitoringConfiguration": {"LogUri": "s3://logs/step/", "EncryptionKeyArn": KEY}}
    found = step(name, "a", "b", ActionOnFailure="CONTINUE", StepMonitoringConfiguration=monitoring)
    found["HadoopJarStep"] |= {"MainClass": "Main", "Properties": [{"Key": "k", "Value": "v"}]}
    return found


def full_cluster(**members: Any) -> dict[str, Any]:
    """A RunJobFlow request with all that may go together."""
    shape = service("emr").operation_model("RunJobFlow").input_shape
    return {
        **cluster(Applications=[{"Name": "Spark"}], Configurations=CONFIGURATIONS),
        "LogUri": "s3://logs/there/",
        "LogEncryptionKmsKeyId": "key",
        "ServiceRole": "service",
        "JobFlowRole": "profile",
        "AutoScalingRole": "scaling",
        "Tags": TAGS,
        "VisibleToAllUsers": True,
        "CustomAmiId": "ami-2",
        "EbsRootVolumeSize": 20,
        "EbsRootVolumeIops": 3000,
        "EbsRootVolumeThroughput": 125,
        "RepoUpgradeOnBoot": "NONE",
        "OSReleaseLabel": "2023.9.20251105.0",
        "ExtendedSupport": False,
        "SessionEnabled": False,
        "StepConcurrencyLevel": 2,
        "AutoTerminationPolicy": {"IdleTimeout": 7200},
        "KerberosAttributes": sample(shape.members["KerberosAttributes"]),
        "MonitoringConfiguration": sample(shape.members["MonitoringConfiguration"]),
        "PlacementGroupConfigs": [{"InstanceRole": "MASTER", "PlacementStrategy": "SPREAD"}],
        "BootstrapActions": [
            {"Name": "mark", "ScriptBootstrapAction": {"Path": "s3://b/mark.sh", "Args": ["left"]}},
        ],
        "Steps": [full_step(name) for name in ("done", "failing", "unending")],
        "StepExecutionRoleArn": ROLE,
        "Instances": {
            "InstanceGroups": GROUPS,
            "KeepJobFlowAliveWhenNoSteps": True,
            "Ec2KeyName": "key",
            "Ec2SubnetId": "subnet-1",
            "EmrManagedMasterSecurityGroup": "sg-1",
            "EmrManagedSlaveSecurityGroup": "sg-2",
            "ServiceAccessSecurityGroup": "sg-3",
            "AdditionalMasterSecurityGroups": ["sg-4"],
            "AdditionalSlaveSecurityGroups": ["sg-5"],
            "Placement": {"AvailabilityZone": "us-east-1b"},
        },
        **members,
    }


def fleet_cluster() -> dict[str, Any]:
    """A RunJobFlow request for a cluster of fleets."""
    return cluster(Instances=fleets(MASTER, FLEET_CORE), ManagedScalingPolicy=scaling("InstanceFleetUnits"))


def scaling(unit: str) -> dict[str, Any]:
    """A ManagedScalingPolicy with all its members."""
    least, most = "MinimumCapacityUnits", "MaximumCapacityUnits"
    limits = {"UnitType": unit, least: 2, most: 9, "MaximumOnDemandCapacityUnits": 5, "MaximumCoreCapacityUnits": 5}
    return {"ComputeLimits": limits, "ScalingStrategy": "ADVANCED", "UtilizationPerformanceIndex": 50}


def full_studio() -> dict[str, Any]:
    """A CreateStudio request with all that goes together with AuthMode SSO."""
    return studio(
        AuthMode="SSO",
        UserRole="user",
        Description="d",
        Tags=TAGS,
        TrustedIdentityPropagationEnabled=True,
        IdcUserAssignment="OPTIONAL",
        IdcInstanceArn="arn:aws:sso:::instance/i-1",
        EncryptionKeyArn=KEY,
    )


def full_execution(cluster_id: str) -> dict[str, Any]:
    """A StartNotebookExecution request with all that goes together with an editor."""
    request = execution(
        cluster_id,
        NotebookExecutionName="n",
        NotebookParams='{"a": 1}',
        NotebookInstanceSecurityGroupId="sg-1",
        Tags=TAGS,
        OutputNotebookS3Location={"Bucket": "b", "Key": "k"},
        OutputNotebookFormat="HTML",
        EnvironmentVariables={"A": "b"},
    )
    request["ExecutionEngine"] |= {"MasterInstanceSecurityGroupId": "sg-2", "ExecutionRoleArn": ROLE}
    return request
