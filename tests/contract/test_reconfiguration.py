"""ModifyInstanceGroups with Configurations: answers, errors to the word, and the life of it on the memory endpoint."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.endpoint import Endpoint
from tests.contract.requests import refusal, run, validation
from tests.contract.test_instance_groups import waiting
from tests.contract.test_testing import ready

YARN = {"Classification": "yarn-site", "Properties": {"a": "1", "b": "1"}}
ENV = {
    "Classification": "spark-env",
    "Properties": {},
    "Configurations": [{"Classification": "export", "Properties": {"X": "1"}}],
}


def change(group_id: str, *configurations: Mapping[str, Any], kind: str | None = None, **other: Any) -> dict[str, Any]:
    how = {"ReconfigurationType": kind} if kind else {}
    return {"InstanceGroupId": group_id, "Configurations": list(configurations), **how, **other}


def properties(emr: Any, cluster_id: str, group_id: str) -> tuple[int, dict[str, Any]]:
    """ConfigurationsVersion, and the properties of Configurations by classification, nested ones too."""
    listed = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
    group = next(each for each in listed if each["Id"] == group_id)
    flat = {
        each["Classification"]: each["Properties"]
        | {name: value for inner in each.get("Configurations", []) for name, value in inner["Properties"].items()}
        for each in group["Configurations"]
    }
    return group["ConfigurationsVersion"], flat


@pytest.mark.parametrize("index", [0, 1, 2])
def test_configurations_are_replaced_or_merged(endpoint: Endpoint, emr: Any, index: int) -> None:
    cluster_id, groups = waiting(endpoint, emr)

    def after(*configurations: Mapping[str, Any], kind: str | None = None) -> tuple[int, dict[str, Any]]:
        answer = emr.modify_instance_groups(InstanceGroups=[change(groups[index], *configurations, kind=kind)])
        assert set(answer) == {"ResponseMetadata"}
        return properties(emr, cluster_id, groups[index])

    assert properties(emr, cluster_id, groups[index]) == (0, {})
    assert after(YARN) == (1, {"yarn-site": {"a": "1", "b": "1"}})
    merged = after({**YARN, "Properties": {"b": "2"}}, ENV, kind="MERGE")
    assert merged == (2, {"yarn-site": {"a": "1", "b": "2"}, "spark-env": {"X": "1"}})
    export = {"Classification": "export", "Properties": {"Y": "2"}}
    merged = after({"Classification": "spark-env", "Configurations": [export]}, kind="MERGE")
    assert merged[1]["spark-env"] == {"X": "1", "Y": "2"}
    assert after({**YARN, "Properties": {"c": "3"}}, kind="OVERWRITE") == (4, {"yarn-site": {"c": "3"}})
    assert after() == (5, {})
    assert endpoint.woken == [cluster_id] * 5


@pytest.mark.parametrize(
    ("requested", "message"),
    [
        (
            {"Configurations": [{"Classification": "spark-log4j", "Properties": {}}]},
            "Classification 'spark-log4j' is not valid for parent classification 'null'.",
        ),
        (
            {"Configurations": [{**YARN, "Configurations": [{"Classification": "export", "Properties": {}}]}]},
            "Classification 'export' is not valid for parent classification 'yarn-site'.",
        ),
        (
            {"ReconfigurationType": "MERGE"},
            "Configurations must be specified together with ReconfigurationType.",
        ),
    ],
)
def test_a_refused_reconfiguration_changes_nothing(
    endpoint: Endpoint, emr: Any, requested: dict[str, Any], message: str
) -> None:
    cluster_id, groups = waiting(endpoint, emr)
    before = endpoint.load(cluster_id)
    changes = [change(groups[1], YARN), {"InstanceGroupId": groups[2], **requested}]
    assert refusal(emr.modify_instance_groups, InstanceGroups=changes) == validation(message)
    assert endpoint.load(cluster_id) == before
    assert endpoint.woken == []


def test_one_request_may_resize_and_reconfigure(endpoint: Endpoint, emr: Any) -> None:
    cluster_id, groups = waiting(endpoint, emr)
    emr.modify_instance_groups(InstanceGroups=[change(groups[2], YARN, InstanceCount=3)])
    assert properties(emr, cluster_id, groups[2])[0] == 1
    assert endpoint.load(cluster_id).groups[2].spec.count == 3


def test_a_cluster_that_starts_cannot_be_reconfigured(endpoint: Endpoint, emr: Any) -> None:
    group_id = endpoint.load(run(emr)).groups[0].id
    assert refusal(emr.modify_instance_groups, InstanceGroups=[change(group_id, YARN)]) == validation(
        "An instance group may only be modified when the cluster is running or waiting"
    )


def test_what_was_applied_follows() -> None:
    with MemoryEmr() as memory:
        emr = memory.client()
        cluster_id = ready(emr, Configurations=[{"Classification": "yarn-site", "Properties": {"a": "0"}}])
        group_id = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"][1]["Id"]
        emr.modify_instance_groups(ClusterId=cluster_id, InstanceGroups=[change(group_id, YARN)])
        for _ in range(500):
            group = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"][1]
            if group["LastSuccessfullyAppliedConfigurationsVersion"] == 1:
                break
            memory.control.advance(1)
        assert group["Status"]["State"] == "RUNNING"
        assert group["ConfigurationsVersion"] == 1
        assert group["LastSuccessfullyAppliedConfigurations"] == group["Configurations"] == [YARN]
