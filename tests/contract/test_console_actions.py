"""The effects of the web console's actions on the memory runtime."""

from __future__ import annotations

import shlex

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.console_visitor import CREATED, Visitor, has_no_inline_code, run, until


def test_creating_a_cluster(memory: MemoryEmr, visitor: Visitor) -> None:
    assert visitor.get("/console/create").command.startswith("aws emr create-cluster --name 'My cluster'")
    shown = visitor.send("/console/create", only="show", **CREATED)
    assert memory.client().list_clusters()["Clusters"] == []
    words = shlex.split(shown.command)
    assert words[:5] == ["aws", "emr", "create-cluster", "--name", "From the form"]
    assert words[words.index("--tags") + 1 :] == ["team=data", "cost=low"]
    assert (
        "IdleTimeout=600" in words and "--no-auto-terminate" in words and '"BidPrice":"OnDemandPrice"' in shown.command
    )
    sent = visitor.send("/console/create", **CREATED)
    assert sent.status == 303
    emr, cluster_id = memory.client(), sent.answer.headers["location"].rpartition("/")[2]
    found = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert [each["Name"] for each in found["Applications"]] == ["Hadoop", "Spark"]
    assert found["Configurations"][0]["Properties"] == {"spark.ui.port": "1"} and not found["AutoTerminate"]
    groups = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert [(each["RequestedInstanceCount"], each["Market"]) for each in groups] == [
        (1, "ON_DEMAND"), (3, "ON_DEMAND"), (2, "SPOT"),
    ]  # fmt: skip
    boot = emr.list_bootstrap_actions(ClusterId=cluster_id)["BootstrapActions"][0]
    assert (boot["ScriptPath"], boot["Args"]) == ("s3://scripts/boot.sh", ["a b"])


def test_types_are_offered(memory: MemoryEmr, visitor: Visitor) -> None:
    page = visitor.get("/console/create")
    fields = [given for tag, given in page.tags if tag == "input" and given.get("name", "").endswith("_type")]
    assert [each["list"] for each in fields] == ["types"] * 3
    offered = [given["value"] for tag, given in page.tags if tag == "option" and "." in given.get("value", "")]
    first = memory.client().list_supported_instance_types(ReleaseLabel="emr-7.13.0")["SupportedInstanceTypes"]
    assert offered[:50] == [each["Type"] for each in first] and len(offered) == len(set(offered)) > 700
    assert [given["id"] for tag, given in page.tags if tag == "datalist"] == ["types"]


@pytest.mark.parametrize(
    ("change", "text"),
    [({"core_count": "many"}, "Core: instances: expected a number"), ({"configurations": "{"}, "this is no JSON"),
     ({"tags": "x"}, "expected lines name=value"), ({"bootstrap": "'"}, "No closing quotation"),
     ({"master_type": "m5.tiny"}, "ValidationException"), ({"idle": "1"}, "ValidationException")],
)  # fmt: skip
def test_a_form_that_is_refused_is_shown_again(
    memory: MemoryEmr, visitor: Visitor, change: dict[str, str], text: str
) -> None:
    page = visitor.send("/console/create", **CREATED | change)
    assert page.status == 400 and text in page.text
    values = {given.get("name"): given.get("value") for tag, given in page.tags if tag == "input"}
    assert values["name"] == "From the form" and memory.client().list_clusters()["Clusters"] == []


def test_steps_are_added_and_cancelled(memory: MemoryEmr, visitor: Visitor) -> None:
    memory.control.hang_step()
    cluster_id, emr = run(memory), memory.client()
    until(memory, cluster_id, "WAITING")
    path = f"/console/clusters/{cluster_id}/add-step/jar"
    fields = {
        "name": "<script>",
        "jar": "command-runner.jar",
        "on_failure": "CONTINUE",
        "arguments": "spark-submit 'a b'",
    }
    line = visitor.send(path, only="check", **fields).checked["command"]
    assert line.startswith("aws emr add-steps --cluster-id") and '"Type":"SPARK"' in line and '"Args":["a b"]' in line
    assert emr.list_steps(ClusterId=cluster_id)["Steps"] == []
    sent = visitor.send(path, **fields)
    step = emr.list_steps(ClusterId=cluster_id)["Steps"][0]
    assert (step["Name"], step["Config"]["Args"]) == ("<script>", ["spark-submit", "a b"])
    place = sent.answer.headers["location"]
    assert place == f"/console/clusters/{cluster_id}/steps/{step['Id']}"
    assert "<script>" in visitor.get(place).text and has_no_inline_code(visitor.get(place))
    assert "cancel-steps" in visitor.get(f"{place}/cancel").command
    until(memory, cluster_id, "RUNNING")
    assert visitor.send(f"{place}/cancel", how="SEND_INTERRUPT").answer.headers["location"] == place
    until(memory, cluster_id, "WAITING")
    assert emr.describe_step(ClusterId=cluster_id, StepId=step["Id"])["Step"]["Status"]["State"] == "CANCELLED"
    again = visitor.send(f"{place}/cancel", how="SEND_INTERRUPT")
    assert again.status == 409 and "CancelSteps" in again.text


def test_a_group_is_resized(memory: MemoryEmr, visitor: Visitor) -> None:
    cluster_id, emr = run(memory), memory.client()
    until(memory, cluster_id, "WAITING")
    paths = [each for each in visitor.get(f"/console/clusters/{cluster_id}").links() if each.endswith("/resize")]
    assert len(paths) == 2
    assert "InstanceCount=2" in visitor.get(paths[0]).command
    assert visitor.send(paths[0], count="4").status == 303
    groups = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    assert [each["RequestedInstanceCount"] for each in groups] == [1, 4, 1]


def test_a_fleet_is_resized(memory: MemoryEmr, visitor: Visitor) -> None:
    kinds = [{"InstanceType": "m5.xlarge"}]
    fleets = [
        {"InstanceFleetType": "MASTER", "TargetOnDemandCapacity": 1, "InstanceTypeConfigs": kinds},
        {
            "InstanceFleetType": "CORE",
            "TargetOnDemandCapacity": 1,
            "TargetSpotCapacity": 2,
            "InstanceTypeConfigs": kinds,
        },
    ]
    emr = memory.client()
    cluster_id = run(memory, Instances={"InstanceFleets": fleets, "KeepJobFlowAliveWhenNoSteps": True})
    until(memory, cluster_id, "WAITING")
    path = next(each for each in visitor.get(f"/console/clusters/{cluster_id}").links() if each.endswith("/resize"))
    core = emr.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"][1]
    assert visitor.get(path).command == (
        f"aws emr modify-instance-fleet --cluster-id {cluster_id} --instance-fleet "
        f"InstanceFleetId={core['Id']},TargetOnDemandCapacity=1,TargetSpotCapacity=2"
    )
    assert visitor.send(path, on_demand="3", spot="0").status == 303
    core = emr.list_instance_fleets(ClusterId=cluster_id)["InstanceFleets"][1]
    assert (core["TargetOnDemandCapacity"], core["TargetSpotCapacity"]) == (3, 0)
    refused = visitor.send(path, on_demand="0", spot="0")
    assert refused.status == 400 and "Exception" in refused.text


def test_a_cluster_is_protected_and_terminated(memory: MemoryEmr, visitor: Visitor) -> None:
    cluster_id, emr = run(memory), memory.client()
    path = f"/console/clusters/{cluster_id}"
    assert visitor.send(f"{path}/protect").status == 303
    refused = visitor.send(f"{path}/terminate")
    assert refused.status == 400 and "termination protected" in refused.text
    assert visitor.send(f"{path}/unprotect").status == 303
    assert visitor.get(f"{path}/terminate").command == f"aws emr terminate-clusters --cluster-ids {cluster_id}"
    assert visitor.send(f"{path}/terminate").answer.headers["location"] == path
    until(memory, cluster_id, "TERMINATED")
    assert (
        emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["Status"]["StateChangeReason"]["Code"] == "USER_REQUEST"
    )
