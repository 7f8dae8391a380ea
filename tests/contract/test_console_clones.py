"""Cloning clusters and reconfiguring groups in the web console."""

from __future__ import annotations

import json
import re
import shlex
from html import unescape
from typing import Any

import pytest

from localemr.console.cloning import hardware
from localemr.testing.memory import MemoryEmr
from tests.contract.console_visitor import GROUPS, STEP, Page, Visitor, has_no_inline_code, run, until

SPARK = [{"Classification": "spark-defaults", "Properties": {"spark.ui.port": "4141"}}]
HIVE = [{"Classification": "core-site", "Properties": {"io.file.buffer.size": "65536"}}]
WHOLE: dict[str, Any] = {
    "Name": "original",
    "Applications": [{"Name": "Hadoop"}, {"Name": "Spark"}],
    "Configurations": SPARK,
    "LogUri": "s3://logs/here/",
    "BootstrapActions": [
        {"Name": "install 'tools'",
         "ScriptBootstrapAction": {"Path": "s3://scripts/boot.sh", "Args": ["--fast", "a b"]}},
        {"Name": "second", "ScriptBootstrapAction": {"Path": "s3://scripts/b.sh"}},
    ],
    "Tags": [{"Key": "team", "Value": "a=b"}],
    "Steps": [STEP],
    "StepConcurrencyLevel": 4,
    "ServiceRole": "OwnRole",
    "SecurityConfiguration": "own",
    "AutoTerminationPolicy": {"IdleTimeout": 900},
}  # fmt: skip


def filled(page: Page) -> dict[str, Any]:
    """The fields of the page's form, as a browser would send them."""
    found: dict[str, Any] = {}
    for tag, given in page.tags:
        if tag == "input" and given.get("name") and (given.get("type") != "checkbox" or "checked" in given):
            found.setdefault(given["name"], []).append(given["value"])
    source = page.answer.text
    for part in source.split("<textarea ")[1:]:
        name = part.split('name="')[1].split('"')[0]
        found[name] = unescape(part.split(">", 1)[1].removeprefix("\n").split("</textarea>")[0])
    for part in source.split("<select ")[1:]:
        name = part.split('name="')[1].split('"')[0]
        chosen = re.search(r"<option selected>(.*?)</option>", part.split("</select>")[0])
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


def clone(memory: MemoryEmr, visitor: Visitor, cluster_id: str, **changes: Any) -> tuple[dict[str, Any], list[str]]:
    """The clone of a cluster, and the words of the line that makes it."""
    path = f"/console/clusters/{cluster_id}/clone"
    page = visitor.get(path)
    assert has_no_inline_code(page)
    sent = Page(visitor.client.post(path, data=filled(page) | changes))
    assert sent.status == 303, sent.text
    found = sent.answer.headers["location"].rpartition("/")[2]
    return memory.client().describe_cluster(ClusterId=found)["Cluster"], shlex.split(page.command)


SAME = ("Name", "ReleaseLabel", "Configurations", "LogUri", "Tags", "AutoTerminate", "TerminationProtected",
        "StepConcurrencyLevel", "ServiceRole", "SecurityConfiguration", "ScaleDownBehavior")  # fmt: skip


@pytest.mark.parametrize("with_steps", [False, True])
def test_a_clone_is_as_the_cluster_was_requested(memory: MemoryEmr, visitor: Visitor, with_steps: bool) -> None:
    emr = memory.client()
    emr.create_security_configuration(Name="own", SecurityConfiguration="{}")
    cluster_id = run(memory, **WHOLE)
    made, words = clone(memory, visitor, cluster_id, **({"with_steps": "on"} if with_steps else {}))
    original = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert made["Id"] != cluster_id
    assert {name: made.get(name) for name in SAME} == {name: original.get(name) for name in SAME}
    assert [each["Name"] for each in made["Applications"]] == ["Hadoop", "Spark"]
    assert made["Ec2InstanceAttributes"]["IamInstanceProfile"] == "EMR_EC2_DefaultRole"
    for call, member in (("list_bootstrap_actions", "BootstrapActions"), ("get_auto_termination_policy", None)):
        both = [getattr(emr, call)(ClusterId=each) for each in (cluster_id, made["Id"])]
        assert both[0][member or "AutoTerminationPolicy"] == both[1][member or "AutoTerminationPolicy"]
    groups = [emr.list_instance_groups(ClusterId=each)["InstanceGroups"] for each in (cluster_id, made["Id"])]
    shown = [[(each["InstanceType"], each["RequestedInstanceCount"], each["Market"]) for each in of] for of in groups]
    assert shown[0] == shown[1] and len(shown[0]) == 3
    steps = emr.list_steps(ClusterId=made["Id"])["Steps"]
    assert [each["Config"]["Args"] for each in steps] == ([STEP["HadoopJarStep"]["Args"]] if with_steps else [])
    assert words[:5] == ["aws", "emr", "create-cluster", "--name", "original"]
    assert words[words.index("--service-role") + 1] == "OwnRole"
    assert json.loads(words[words.index("--ec2-attributes") + 1])["InstanceProfile"] == "EMR_EC2_DefaultRole"
    assert words[words.index("--step-concurrency-level") + 1] == "4"
    actions = json.loads(words[words.index("--bootstrap-actions") + 1])
    assert actions[0] == {"Name": "install 'tools'", "Path": "s3://scripts/boot.sh", "Args": ["--fast", "a b"]}


FLEETS = [
    {"Name": "all", "InstanceFleetType": "MASTER", "TargetOnDemandCapacity": 1,
     "InstanceTypeConfigs": [{"InstanceType": "m5.xlarge"}]},
    {"Name": "work", "InstanceFleetType": "CORE", "TargetOnDemandCapacity": 2, "TargetSpotCapacity": 1,
     "InstanceTypeConfigs": [
         {"InstanceType": "m5.xlarge", "WeightedCapacity": 1, "Configurations": HIVE},
         {"InstanceType": "m5.2xlarge", "WeightedCapacity": 2, "BidPrice": "0.5"}]},
]  # fmt: skip


def test_a_clone_has_the_same_fleets(memory: MemoryEmr, visitor: Visitor) -> None:
    emr = memory.client()
    instances = {"InstanceFleets": FLEETS, "KeepJobFlowAliveWhenNoSteps": False,
                 "Ec2SubnetIds": ["subnet-1", "subnet-2"], "Ec2KeyName": "mine"}  # fmt: skip
    cluster_id = run(memory, Instances=instances)
    made, words = clone(memory, visitor, cluster_id)
    fleets = [emr.list_instance_fleets(ClusterId=each)["InstanceFleets"] for each in (cluster_id, made["Id"])]
    compared = ("Name", "TargetOnDemandCapacity", "TargetSpotCapacity", "InstanceTypeSpecifications")
    assert [[each[name] for name in compared] for each in fleets[0]] == [
        [each[name] for name in compared] for each in fleets[1]
    ]
    assert made["Ec2InstanceAttributes"]["RequestedEc2SubnetIds"] == ["subnet-1", "subnet-2"]
    assert made["Ec2InstanceAttributes"]["Ec2KeyName"] == "mine" and made["AutoTerminate"]
    assert json.loads(words[words.index("--instance-fleets") + 1])[1]["Name"] == "work"
    assert json.loads(words[words.index("--ec2-attributes") + 1]) == {
        "KeyName": "mine", "SubnetIds": ["subnet-1", "subnet-2"],
    }  # fmt: skip


def test_a_clone_has_the_same_groups_where_a_form_has_no_fields_for_them(memory: MemoryEmr, visitor: Visitor) -> None:
    emr = memory.client()
    volume = {"VolumeSpecification": {"VolumeType": "gp3", "SizeInGB": 32}, "VolumesPerInstance": 2}
    groups = [GROUPS[0], GROUPS[1] | {"Configurations": HIVE, "EbsConfiguration": {"EbsBlockDeviceConfigs": [volume]}},
              GROUPS[2], GROUPS[2] | {"Name": "more", "BidPrice": "0.25"}]  # fmt: skip
    cluster_id = run(memory, Instances={"InstanceGroups": groups, "KeepJobFlowAliveWhenNoSteps": True})
    made, words = clone(memory, visitor, cluster_id)
    both = [emr.list_instance_groups(ClusterId=each)["InstanceGroups"] for each in (cluster_id, made["Id"])]
    compared = ("Name", "InstanceType", "Market", "RequestedInstanceCount", "Configurations", "EbsBlockDevices")
    assert [[each[name] for name in compared] for each in both[0]] == [
        [each[name] for name in compared] for each in both[1]
    ]
    assert both[1][3]["BidPrice"] == "0.25"
    shown = json.loads(words[words.index("--instance-groups") + 1])
    assert shown[1]["Configurations"] == HIVE and shown[3] == {
        "InstanceGroupType": "TASK", "InstanceType": "m5.2xlarge", "InstanceCount": 1, "Name": "more",
        "BidPrice": "0.25",
    }  # fmt: skip


def test_policies_are_cloned_without_the_clusters_id() -> None:
    alarm = {"MetricName": "IsIdle", "Dimensions": [{"Key": "JobFlowId", "Value": "j-1"}]}
    policy = {"Constraints": {"MinCapacity": 1}, "Rules": [{"Trigger": {"CloudWatchAlarmDefinition": alarm}}]}
    group = {"InstanceGroupType": "TASK", "InstanceType": "m5.xlarge", "RequestedInstanceCount": 1,
             "Market": "ON_DEMAND", "AutoScalingPolicy": policy | {"Status": {}}}  # fmt: skip
    found = json.loads(hardware([group], "j-1")["instances"])["InstanceGroups"][0]["AutoScalingPolicy"]
    assert found == policy | {"Rules": [{"Trigger": {"CloudWatchAlarmDefinition": {"MetricName": "IsIdle"}}}]}


@pytest.mark.parametrize(
    ("change", "text"),
    [({"instances": "[]"}, "expected an object"), ({"instances": '{"InstanceGroups": [{}]}'}, "is missing"),
     ({"instances": '{"InstanceFleets": 1}'}, "expected a list of objects"), ({"further": "[]"}, "expected an object"),
     ({"further": '{"Name": "x"}'}, "Name cannot be given here"),
     ({"further": '{"Instances": []}'}, "expected an object"),
     ({"further": '{"Instances": {"InstanceGroups": []}}'}, "Instances.InstanceGroups cannot be given here"),
     ({"with_steps": "on", "steps": "[1]"}, "a list of objects"),
     ({"with_steps": "on", "steps": "1"}, "a list of objects"),
     ({"with_steps": "on", "steps": '[{"HadoopJarStep": {}}]'}, "its HadoopJarStep a Jar"),
     ({"further": '{"StepConcurrencyLevel": "x"}'}, "Exception")],
)  # fmt: skip
def test_json_that_is_no_request_is_refused(
    memory: MemoryEmr, visitor: Visitor, change: dict[str, str], text: str
) -> None:
    path = f"/console/clusters/{run(memory)}/clone"
    page = Page(visitor.client.post(path, data=filled(visitor.get(path)) | change))
    assert (page.status, text in page.text) == (400, True), page.text
    assert len(memory.client().list_clusters()["Clusters"]) == 1


def test_an_ended_cluster_is_cloned(memory: MemoryEmr, visitor: Visitor) -> None:
    cluster_id = run(memory)
    until(memory, cluster_id, "WAITING")
    memory.client().terminate_job_flows(JobFlowIds=[cluster_id])
    until(memory, cluster_id, "TERMINATED")
    assert f"/console/clusters/{cluster_id}/clone" in visitor.get(f"/console/clusters/{cluster_id}").links()
    made, _ = clone(memory, visitor, cluster_id, name="again")
    assert made["Name"] == "again" and "EndDateTime" not in made["Status"]["Timeline"]


def test_a_group_is_reconfigured(memory: MemoryEmr, visitor: Visitor) -> None:
    cluster_id, emr = run(memory, Configurations=SPARK), memory.client()
    until(memory, cluster_id, "WAITING")
    links = [each for each in visitor.get(f"/console/clusters/{cluster_id}").links() if each.endswith("/reconfigure")]
    assert len(links) == 3
    page = visitor.get(links[1])
    assert "In effect: version" in page.text and "4141" in page.text and has_no_inline_code(page)
    given = {"configurations": json.dumps(HIVE), "how": "OVERWRITE"}
    command = shlex.split(visitor.send(links[1], only="check", **given).checked["command"])
    assert command[:5] == ["aws", "emr", "modify-instance-groups", "--cluster-id", cluster_id]
    change = json.loads(command[command.index("--instance-groups") + 1])[0]
    assert (change["ReconfigurationType"], change["Configurations"]) == ("OVERWRITE", HIVE)
    assert visitor.send(links[1], **given).status == 303
    group = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"][1]
    assert (group["Configurations"], group["LastSuccessfullyAppliedConfigurations"]) == (HIVE, [])
    again = visitor.get(links[1])
    assert json.loads(filled(again)["configurations"]) == HIVE
    until(memory, cluster_id, "WAITING")
    for _ in range(50):
        memory.control.advance(5)
        if "65536" in visitor.get(links[1]).text.split("In effect")[1]:
            break
    assert "65536" in visitor.get(links[1]).text.split("In effect")[1]


@pytest.mark.parametrize(
    ("given", "text"), [("{", "this is no JSON"), ('[{"Classification": "no-such-thing"}]', "ValidationException")]
)
def test_configurations_that_are_refused(memory: MemoryEmr, visitor: Visitor, given: str, text: str) -> None:
    cluster_id, emr = run(memory), memory.client()
    until(memory, cluster_id, "WAITING")
    group = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"][1]["Id"]
    page = visitor.send(f"/console/clusters/{cluster_id}/groups/{group}/reconfigure", configurations=given)
    assert page.status == 400 and text in page.text
    assert filled(page)["configurations"] == given
