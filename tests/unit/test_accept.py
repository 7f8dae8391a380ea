"""RunJobFlow requests: what they become, and every reason for which they are refused."""

from __future__ import annotations

from typing import Any

import pytest

from localemr.domain.accept.cluster import accept
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import GroupSpec
from localemr.domain.model.ids import group_id, step_id
from localemr.domain.model.records import BootstrapAction, Records
from localemr.domain.model.states import ClusterState, GroupState, StepState
from tests.catalog import CATALOG
from tests.contract.requests import ROLES

CLUSTER = "j-1ABCDEFGHIJKL"


def group(role: str, count: int = 1, kind: str = "m5.xlarge", **more: Any) -> dict[str, Any]:
    return {"InstanceRole": role, "InstanceCount": count, "InstanceType": kind, **more}


def step(name: str = "s", **more: Any) -> dict[str, Any]:
    return {"Name": name, "HadoopJarStep": {"Jar": "command-runner.jar"}, **more}


MASTER, CORE, TASK = group("MASTER"), group("CORE", 2), group("TASK")


def run(instances: dict[str, Any] | None = None, **members: Any) -> Records:
    request = {
        "Name": "n",
        "ReleaseLabel": "emr-7.13.0",
        **ROLES,
        "Instances": instances or {"InstanceGroups": [MASTER]},
    }
    return accept(
        {**request, **members}, now=1000.0, cluster_id=CLUSTER, region="eu-west-1", account="123456789012",
        catalog=CATALOG,
    )  # fmt: skip


def refused(instances: dict[str, Any] | None = None, **members: Any) -> str:
    with pytest.raises(ValidationException) as caught:
        run(instances, **members)
    return caught.value.message


def test_the_smallest_request() -> None:
    records = run()
    cluster = records.cluster
    assert (cluster.id, cluster.created, cluster.status.since) == (CLUSTER, 1000.0, 1000.0)
    assert cluster.status.state == ClusterState.STARTING
    spec = cluster.spec
    assert (spec.name, spec.release_label, spec.applications) == ("n", "emr-7.13.0", ("Hadoop",))
    assert (spec.keep_alive, spec.termination_protected, spec.unhealthy_node_replacement) == (False, False, True)
    assert (spec.log_uri, spec.step_concurrency, spec.terminate) == (None, 1, False)
    assert (spec.region, spec.account) == ("eu-west-1", "123456789012")
    assert spec.echo["VisibleToAllUsers"] is True
    assert spec.echo["ScaleDownBehavior"] == "TERMINATE_AT_TASK_COMPLETION"
    assert "EbsRootVolumeSize" not in spec.echo
    assert [(each.id, each.number, each.status.state) for each in records.groups] == [
        (group_id(CLUSTER, 1), 1, GroupState.PROVISIONING)
    ]
    assert records.steps == records.instances == ()


def test_a_full_request() -> None:
    records = run(
        {
            "InstanceGroups": [MASTER, CORE, group("TASK", 3, "c5.xlarge", Name="t", Market="SPOT", BidPrice="0.125")],
            "KeepJobFlowAliveWhenNoSteps": True,
            "TerminationProtected": True,
            "UnhealthyNodeReplacement": False,
            "Ec2KeyName": "key",
            "Ec2SubnetId": "subnet-1",
            "Placement": {"AvailabilityZone": "eu-west-1c"},
        },
        LogUri="s3n://logs/a/b",
        Applications=[{"Name": "SPARK"}, {"Name": "hadoop"}, {"Name": "Spark"}],
        Configurations=[{"Classification": "spark-defaults", "Properties": {"a": "b"}}],
        BootstrapActions=[{"Name": "b", "ScriptBootstrapAction": {"Path": "s3://b/x.sh", "Args": ["1"]}}],
        Steps=[step("one", ActionOnFailure="CONTINUE"), step("two")],
        StepExecutionRoleArn="arn:role",
        Tags=[{"Key": "k", "Value": "v"}, {"Key": "empty"}],
        EbsRootVolumeSize=20,
        KerberosAttributes={"Realm": "R", "KdcAdminPassword": "secret"},
    )
    spec = records.cluster.spec
    assert (spec.keep_alive, spec.termination_protected, spec.unhealthy_node_replacement) == (True, True, False)
    assert spec.log_uri == "s3://logs/a/b/"
    assert spec.applications == ("Spark", "Hadoop")
    assert spec.configurations == ({"Classification": "spark-defaults", "Properties": {"a": "b"}},)
    assert spec.bootstrap_actions == (BootstrapAction("b", "s3://b/x.sh", ("1",)),)
    assert spec.tags == {"k": "v", "empty": ""}
    assert (spec.echo["ServiceRole"], spec.echo["EbsRootVolumeSize"]) == ("EMR_DefaultRole", 20)
    assert spec.echo["KerberosAttributes"] == {"Realm": "R", "KdcAdminPassword": ""}
    shown = spec.echo["Ec2InstanceAttributes"]
    assert (shown["Ec2KeyName"], shown["Ec2SubnetId"], shown["RequestedEc2SubnetIds"]) == (
        "key",
        "subnet-1",
        ["subnet-1"],
    )
    assert (shown["Ec2AvailabilityZone"], shown["RequestedEc2AvailabilityZones"]) == ("eu-west-1c", ["eu-west-1c"])
    assert shown["IamInstanceProfile"] == "EMR_EC2_DefaultRole"
    assert [each.spec for each in records.groups] == [
        GroupSpec("MASTER", "m5.xlarge", 1),
        GroupSpec("CORE", "m5.xlarge", 2),
        GroupSpec("TASK", "c5.xlarge", 3, "t", "SPOT", "0.125"),
    ]
    assert [(each.id, each.number, each.status.state) for each in records.steps] == [
        (step_id(CLUSTER, 1), 1, StepState.PENDING),
        (step_id(CLUSTER, 2), 2, StepState.PENDING),
    ]
    first, second = (each.spec for each in records.steps)
    assert (first.action_on_failure, second.action_on_failure) == ("CONTINUE", "TERMINATE_CLUSTER")
    assert first.execution_role == "arn:role"


@pytest.mark.parametrize(
    ("count", "expected"),
    [(1, [("MASTER", "m5.xlarge", 1)]), (3, [("MASTER", "m5.xlarge", 1), ("CORE", "c5.xlarge", 2)])],
)
def test_the_form_with_a_count(count: int, expected: list[tuple[str, str, int]]) -> None:
    records = run({"MasterInstanceType": "m5.xlarge", "SlaveInstanceType": "c5.xlarge", "InstanceCount": count})
    assert [(each.spec.role, each.spec.instance_type, each.spec.count) for each in records.groups] == expected


ONE_FORM = (
    "Please configure instances using one and only one of the following: instance groups; instance fleets; "
    "instance count, master and slave instance type."
)
NO_TYPE = "Instance type 'x1.tiny' is not supported. EMR has no type with a similar name."
NO_INSTANCE = "An instance group must have at least one instance."
SINGLE = "A master instance group must specify a single instance"


@pytest.mark.parametrize(
    ("instances", "message"),
    [
        ({"KeepJobFlowAliveWhenNoSteps": True}, ONE_FORM),
        ({"InstanceGroups": []}, ONE_FORM),
        ({"InstanceGroups": [MASTER], "InstanceCount": 1}, ONE_FORM),
        ({"InstanceGroups": [MASTER], "InstanceFleets": [{}]}, ONE_FORM),
        ({"InstanceCount": 3, "MasterInstanceType": "m5.xlarge"}, ONE_FORM),
        ({"InstanceCount": 3}, ONE_FORM),
        ({"MasterInstanceType": "m5.xlarge"}, ONE_FORM),
        ({"InstanceCount": 0, "MasterInstanceType": "m5.xlarge"}, NO_INSTANCE),
        ({"InstanceCount": -1, "MasterInstanceType": "m5.xlarge"}, NO_INSTANCE),
        ({"InstanceCount": 1, "MasterInstanceType": "x1.tiny"}, NO_TYPE),
        ({"InstanceGroups": [MASTER, group("CORE", 0)]}, NO_INSTANCE),
        ({"InstanceGroups": [MASTER, group("CORE", 1, "x1.tiny")]}, NO_TYPE),
        (
            {"InstanceGroups": [CORE]},
            "Zero master instance groups supplied, you must specify exactly one master instance group",
        ),
        (
            {"InstanceGroups": [MASTER, MASTER]},
            "Multiple master instance groups supplied, you must specify exactly one master instance group",
        ),
        (
            {"InstanceGroups": [MASTER, CORE, CORE]},
            "Multiple core instance groups supplied, you must specify at most one core instance group",
        ),
        ({"InstanceGroups": [MASTER, TASK]}, "Clusters with task nodes must also define core nodes."),
        (
            {"InstanceGroups": [MASTER, CORE, *[TASK] * 49]},
            "The number of task instance groups exceeds the maximum of 48.",
        ),
        (
            {"InstanceGroups": [MASTER, group("CORE", 240)]},
            "A cluster may have 240 instances on LocalEMR; 241 were requested.",
        ),
        (
            {"InstanceGroups": [group("MASTER", BidPrice="1")]},
            "Attempted to set bid price for on demand instance group.",
        ),
        (
            {"InstanceGroups": [group("MASTER", Market="SPOT", BidPrice="dear")]},
            "The bid price supplied for an instance group is invalid",
        ),
        (
            {"InstanceGroups": [group("MASTER", Market="SPOT", BidPrice="Infinity")]},
            "The bid price supplied for an instance group is invalid",
        ),
        (
            {"InstanceGroups": [group("MASTER", Market="SPOT", BidPrice="0")]},
            "The bid price is negative or zero.",
        ),
        (
            {"InstanceGroups": [group("MASTER", Market="SPOT", BidPrice="0.1234")]},
            "No more than 3 digits are allowed after decimal place in bid price",
        ),
        (
            {"InstanceGroups": [MASTER], "Ec2SubnetIds": ["a", "b"]},
            "Only one subnet may be specified for clusters configured with instance groups or instance count, master "
            "and slave instance type. Revise the configuration and resubmit.",
        ),
        (
            {"InstanceGroups": [group("MASTER", Configurations=[{"Classification": "hue-ini"}])]},
            "Classification 'hue-ini' is not valid for parent classification 'null'.",
        ),
    ],
)
def test_instances_that_are_refused(instances: dict[str, Any], message: str) -> None:
    assert refused(instances) == message


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"ReleaseLabel": "emr-5.3.1"}, "The supplied release label is invalid: emr-5.3.1."),
        (
            {"AmiVersion": "3.1.0"},
            "Only one AMI version and release label may be specified. Provided AMI: 3.1.0, release label: emr-7.13.0.",
        ),
        ({"AmiVersion": "3.1.0", "ReleaseLabel": None}, "The supplied ami version is invalid."),
        (
            {"SupportedProducts": ["mapr"]},
            "Cannot specify supported products when release label is used. Specify applications instead.",
        ),
        (
            {"Applications": [{"Name": "Future"}]},
            "Application 'Future' is not supported by release label emr-7.13.0. Supported applications: "
            "Hadoop, Hive, Spark.",
        ),
        (
            {"Applications": [{"Name": "Hive"}, {"Name": "hadoop"}]},
            "LocalEMR does not have Hive yet. With the setting LOCALEMR_NEAREST_RELEASE=1 it runs the nearest: "
            "emr-7.13.0, without Hive.",
        ),
        (
            {"Applications": [{}]},
            "Application 'None' is not supported by release label emr-7.13.0. Supported applications: Hadoop, Hive, "
            "Spark.",
        ),
        ({"StepConcurrencyLevel": 0}, "Invalid step concurrency level. Allowed level is from 1 to 256"),
        ({"StepConcurrencyLevel": 257}, "Invalid step concurrency level. Allowed level is from 1 to 256"),
        (
            {"StepConcurrencyLevel": 2, "Steps": [step(ActionOnFailure="CANCEL_AND_WAIT")]},
            "Action on failure 'CANCEL_AND_WAIT' is invalid.",
        ),
        (
            {"Steps": [step()] * 257},
            "Maximum number of active steps(State = 'Running', 'Pending' or 'Cancel_Pending') for cluster exceeded.",
        ),
        (
            {"Steps": [{"Name": "s", "HadoopJarStep": {"Jar": "j", "Args": ["x" * 10240]}}]},
            "The strings of HadoopJarStep in step 's' exceed 10240 characters in total.",
        ),
        ({"Steps": [{"Name": "s", "HadoopJarStep": {"Jar": " "}}]}, "The step 's' has no jar."),
        (
            {"BootstrapActions": [{"Name": "b", "ScriptBootstrapAction": {"Path": "p"}}] * 17},
            "The number of bootstrap actions exceeds the maximum of 16.",
        ),
        (
            {"BootstrapActions": [{"Name": "b", "ScriptBootstrapAction": {"Path": ""}}]},
            "The bootstrap action 'b' has no script path.",
        ),
        (
            {"Tags": [{"Value": "v"}]},
            "Invalid tag key: 'null'. Tag keys must be between 1 and 128 characters in length.",
        ),
        (
            {"Tags": [{"Key": "k", "Value": "v" * 257}]},
            f"Invalid tag value: '{'v' * 257}'. Tag values must be between 0 and 256 characters in length.",
        ),
    ],
)
def test_members_that_are_refused(members: dict[str, Any], message: str) -> None:
    assert refused(**members) == message


@pytest.mark.parametrize("character", "<>$|`")
def test_characters_that_names_must_not_have(character: str) -> None:
    assert "Invalid cluster name" in refused(Name=f"a{character}b")


@pytest.mark.parametrize(
    ("uri", "stored"),
    [("s3://bucket", "s3://bucket/"), ("s3n://bucket/", "s3://bucket/"), ("s3a://bucket/a/b//", "s3://bucket/a/b/")],
)
def test_log_uris(uri: str, stored: str) -> None:
    assert run(LogUri=uri).cluster.spec.log_uri == stored


@pytest.mark.parametrize("uri", ["", "bucket/logs", "hdfs://bucket/", "s3://", "s3:///logs", "s3://b/", "file:///tmp"])
def test_log_uris_that_are_refused(uri: str) -> None:
    assert refused(LogUri=uri) == (f"The supplied LogUri is invalid: {uri}. It must have the form s3://bucket/prefix/.")


def test_a_hadoop_version_alone_is_an_old_program() -> None:
    request = {"Name": "n", **ROLES, "Instances": {"InstanceGroups": [MASTER], "HadoopVersion": "1.0.3"}}
    records = accept(request, now=0, cluster_id=CLUSTER, region="r", account="a", catalog=CATALOG)
    assert records.cluster.spec.release_label == "emr-7.13.0"


def test_concurrent_steps_that_continue_are_fine() -> None:
    records = run(StepConcurrencyLevel=256, Steps=[step(ActionOnFailure="CONTINUE")] * 256)
    assert len(records.steps) == 256


def test_classifications_of_all_applications_of_the_release_are_known() -> None:
    configurations = [
        {"Classification": "core-site", "Properties": {}},
        {"Classification": "spark-defaults", "Properties": {}},
        {"Classification": "hadoop-env", "Configurations": [{"Classification": "export", "Properties": {"A": "1"}}]},
    ]
    assert run(Applications=[{"Name": "Hadoop"}], Configurations=configurations).cluster.spec.configurations == tuple(
        configurations
    )


@pytest.mark.parametrize(
    ("configuration", "name", "parent"),
    [
        ({"Classification": "future-site"}, "future-site", "null"),  # of an application of another release
        ({"Classification": "export"}, "export", "null"),
        ({"Properties": {}}, "null", "null"),
        ({"Classification": "core-site", "Configurations": [{"Classification": "export"}]}, "export", "core-site"),
        ({"Classification": "hadoop-env", "Configurations": [{"Classification": "x"}]}, "x", "hadoop-env"),
        ({"Classification": "hadoop-env", "Configurations": [{}]}, "null", "hadoop-env"),
        (
            {
                "Classification": "hadoop-env",
                "Configurations": [{"Classification": "export", "Configurations": [{"Classification": "export"}]}],
            },
            "export",
            "export",
        ),
    ],
)
def test_classifications_that_are_refused(configuration: dict[str, Any], name: str, parent: str) -> None:
    message = f"Classification '{name}' is not valid for parent classification '{parent}'."
    assert refused(Configurations=[configuration]) == message


def test_step_properties_become_a_map() -> None:
    jar = {"Jar": "s3://b/x.jar", "MainClass": "M", "Args": ["a"], "Properties": [{"Key": "k", "Value": "v"}]}
    (only,) = run(Steps=[{"Name": "s", "HadoopJarStep": jar}]).steps
    spec = only.spec
    assert (spec.jar, spec.main_class, spec.args, dict(spec.properties)) == ("s3://b/x.jar", "M", ("a",), {"k": "v"})
