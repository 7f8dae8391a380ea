"""RunJobFlow's part of EMR's error catalogue: changes to a request that is right; a member that is None is left out."""

from __future__ import annotations

from typing import Any

from tests.contract.catalogue import FULL, LEVEL, LIMITS, MAX_CORE, NO_CONFIGURATION, NO_ROLES, RANGE, ROLE, Case
from tests.contract.requests import fleet, step

OLD_LABEL = "emr-4.0.0"
REVISE = "Revise the configuration and resubmit."
BROKEN = "1 validation error detected: "
SUBNET = "The supplied ec2SubnetId is not valid."
ONE_FORM = (
    "Please configure instances using one and only one of the following: instance groups; instance fleets; instance "
    "count, master and slave instance type."
)
ONE_SUBNET = (
    "Only one subnet may be specified for clusters configured with instance groups or instance count, master and "
    f"slave instance type. {REVISE}"
)
ONE_MASTER = "{} master instance groups supplied, you must specify exactly one master instance group"
TWO_PRICES = (
    "Specify at most one of bidPrice or bidPriceAsPercentageOfOnDemandPrice value for the Spot Instance fleet : c "
    "request."
)
NO_TARGET = (
    "The instance fleet ({}) should have a value of one or greater for either targetOnDemandCapacity or "
    "targetSpotCapacity."
)
ENUM = "failed to satisfy constraint: Member must satisfy enum value set:"


def _group(role: str = "MASTER", **members: Any) -> dict[str, Any]:
    return {"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": 1, **members}


def _groups(*groups: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {"InstanceGroups": list(groups), **members}


def _spot(price: str) -> dict[str, Any]:
    return _groups(_group(Market="SPOT", BidPrice=price))


def _volume(kind: str, **members: Any) -> dict[str, Any]:
    volume = {"VolumeSpecification": {"VolumeType": kind, "SizeInGB": 10, **members}}
    return {"EbsConfiguration": {"EbsBlockDeviceConfigs": [volume]}}


def _disk(kind: str, **members: Any) -> dict[str, Any]:
    return _groups(_group(**_volume(kind, **members)))


def _fleets(*wanted: dict[str, Any]) -> dict[str, Any]:
    return {"InstanceFleets": list(wanted)}


def _core(*types: dict[str, Any], **members: Any) -> dict[str, Any]:
    """A cluster with a core fleet `c` of these types, m5.xlarge if not said otherwise."""
    configs = [{"InstanceType": "m5.xlarge", **each} for each in types or ({},)]
    return _fleets(fleet("MASTER"), fleet("CORE", Name="c", InstanceTypeConfigs=configs) | members)


NOTHING_SIMILAR = "EMR has no type with a similar name."
"""What LocalEMR adds to EMR's text, with a catalogue of three types."""

MASTER, TASK = _group(), _group("TASK")
HEAVY = [{"InstanceType": "m5.xlarge", "WeightedCapacity": 2}]
INSTANCES: list[tuple[int, dict[str, Any], str]] = [
    (23, _groups(_group(InstanceType="r7g.large")), f"Instance type 'r7g.large' is not supported. {NOTHING_SIMILAR}"),
    (24, _groups(MASTER, Ec2SubnetId="net-1"), SUBNET),
    (24, _groups(MASTER, Ec2SubnetIds=[" "]), SUBNET),
    (24, _fleets(fleet("MASTER")) | {"Ec2SubnetIds": ["subnet-1", "2"]}, SUBNET),
    (26, {}, ONE_FORM),
    (26, _groups(MASTER, InstanceCount=1), ONE_FORM),
    (26, _groups(MASTER) | _fleets(fleet("MASTER")), ONE_FORM),
    (26, {"InstanceCount": 2, "MasterInstanceType": "m5.xlarge"}, ONE_FORM),
    (27, _groups(MASTER, Ec2SubnetIds=["subnet-1", "subnet-2"]), ONE_SUBNET),
    (28, _groups(_group("CORE")), ONE_MASTER.format("Zero")),
    (28, _groups(MASTER, MASTER), ONE_MASTER.format("Multiple")),
    (29, _groups(MASTER, TASK), "Clusters with task nodes must also define core nodes."),
    (30, _groups(MASTER, _group("CORE", InstanceCount=0)), "An instance group must have at least one instance."),
    (31, _groups(_group(InstanceCount=2)), "Master instance group must have exactly 3 instances for HA clusters."),
    (32, _groups(_group("X")),
     f"{BROKEN}Value 'X' at 'instances.instanceGroups.1.member.instanceRole' {ENUM} [MASTER, CORE, TASK]"),
    (32, _groups(_group(Market="X")),
     f"{BROKEN}Value 'X' at 'instances.instanceGroups.1.member.market' {ENUM} [ON_DEMAND, SPOT]"),
    (34, _groups(_group(BidPrice="1")), "Attempted to set bid price for on demand instance group."),
    (34, _spot("-0.1"), "The bid price is negative or zero."),
    (34, _spot("0"), "The bid price is negative or zero."),
    (34, _spot("cheap"), "The bid price supplied for an instance group is invalid"),
    (34, _spot("0.1234"), "No more than 3 digits are allowed after decimal place in bid price"),
    (35, _fleets(fleet("CORE")),
     f"No master instance fleets were supplied; you must specify exactly one master instance fleet. {REVISE}"),
    (35, _fleets(fleet("MASTER", TargetSpotCapacity=1)),
     f"A master instance fleet can only have a target capacity of 1. {REVISE}"),
    (35, _fleets(fleet("MASTER", InstanceTypeConfigs=HEAVY)),
     f"All instance types in the master instance fleet must have weighted capacity as 1. {REVISE}"),
    (36, _fleets(fleet("MASTER"), fleet("TASK")),
     "Clusters with task instance fleets must also define core instance fleets."),
    (36, _core(TargetOnDemandCapacity=0), NO_TARGET.format("c")),
    (36, _fleets(fleet("MASTER", TargetOnDemandCapacity=0)), NO_TARGET.format("null")),
    (36, _core({"WeightedCapacity": 0}), f"Weighted capacity cannot be zero. {REVISE}"),
    (36, _core({}, {}), f"The instance fleet: c contains duplicate instance types [m5.xlarge]. {REVISE}"),
    (36, _core({"BidPrice": "1", "BidPriceAsPercentageOfOnDemandPrice": 50.0}), TWO_PRICES),
    (37, _disk("gp2", Iops=100), "IOPS setting is not supported for volume type"),
    (37, _disk("io1"), "IOPS setting is required for volume type."),
    (37, _disk("io1", Iops=99), "The iops is less than minimum value(100)."),
    (37, _disk("io1", Iops=20001), "The iops is more than maximum value(20000)."),
    (37, _core(_volume("io1")), "IOPS setting is required for volume type."),
]  # fmt: skip
"""Number, Instances, text."""

AMI = {"ReleaseLabel": None, "AmiVersion": "3.1.0"}
OTHER: list[tuple[int, dict[str, Any], str]] = [
    (11, {"Steps": [step()] * 257}, FULL),
    (14, {"StepConcurrencyLevel": 2, "Steps": [step(ActionOnFailure="CANCEL_AND_WAIT")]},
     "Action on failure 'CANCEL_AND_WAIT' is invalid."),
    (15, {"StepConcurrencyLevel": 0}, LEVEL),
    (15, {"StepConcurrencyLevel": 257}, LEVEL),
    (17, {"StepExecutionRoleArn": ROLE}, NO_ROLES),
    (31, {"ReleaseLabel": OLD_LABEL, "Instances": _groups(_group(InstanceCount=3))},
     "A master instance group must specify a single instance"),
    (36, {"ReleaseLabel": OLD_LABEL, "Instances": {"InstanceFleets": [fleet("MASTER", TargetOnDemandCapacity=1)]}},
     "Instance fleets are not available for the release."),
    (38, {"ReleaseLabel": OLD_LABEL, "CustomAmiId": "ami-0123456789abcdef0"}, "Custom AMI is not allowed"),
    (43, {"ReleaseLabel": OLD_LABEL, "AutoTerminationPolicy": {"IdleTimeout": 60}},
     "Auto-termination is not available for this account when using this release of EMR"),
    (18, {"ReleaseLabel": "emr-5.3.1"}, "The supplied release label is invalid: emr-5.3.1."),
    (19, {"ReleaseLabel": None},
     "Must specify exactly one of the following: release label, AMI version, or Hadoop version."),
    (20, {"AmiVersion": "3.1.0"},
     "Only one AMI version and release label may be specified. Provided AMI: 3.1.0, release label: emr-7.13.0."),
    (20, {**AMI, "Applications": None}, "The supplied ami version is invalid."),
    (21, {"ServiceRole": None}, "ServiceRole is required for creating cluster."),
    (21, {"JobFlowRole": None}, "InstanceProfile is required for creating cluster"),
    (25, {"Configurations": [{"Classification": "spark-log4j", "Properties": {}}]},
     "Classification 'spark-log4j' is not valid for parent classification 'null'."),
    (33, {"Instances": None},
     f"{BROKEN}Value null at 'instances' failed to satisfy constraint: Member must not be null"),
    (38, {"SupportedProducts": ["mapr"]},
     "Cannot specify supported products when release label is used. Specify applications instead."),
    (38, AMI,
     "Cannot specify applications when AMI version is used. Specify supported products or new supported products "
     "instead."),
    (38, {**AMI, "Applications": None, "CustomAmiId": "ami-1"}, "Custom AMI is not allowed"),
    (42, {"ManagedScalingPolicy": {"ComputeLimits": LIMITS}}, MAX_CORE),
    (43, {"AutoTerminationPolicy": {"IdleTimeout": 604801}}, RANGE),
    (45, {"SecurityConfiguration": "x"}, NO_CONFIGURATION),
    # EMR's text is not known.
    (47, {"Name": "a<b"}, "Invalid cluster name: it must not contain any of the characters <, >, $, | and `."),
]  # fmt: skip
"""Number, members, text."""

CASES = [Case(number, "run_job_flow", {"Instances": instances}, text) for number, instances, text in INSTANCES] + [
    Case(number, "run_job_flow", members, text) for number, members, text in OTHER
]
