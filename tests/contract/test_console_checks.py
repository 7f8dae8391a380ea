"""The form for a cluster says what its button would be refused with: as RunJobFlow does, carrying nothing out."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from localemr.testing.memory import MemoryEmr
from tests.contract.console_visitor import CREATED, Visitor
from tests.contract.endpoint import Endpoint
from tests.contract.requests import run
from tests.contract.test_console_live import console_of


def groups(**counts: int) -> str:
    found = [{"InstanceRole": role, "InstanceType": "m5.xlarge", "InstanceCount": n} for role, n in counts.items()]
    return json.dumps({"InstanceGroups": found})


SUBNET = json.dumps({"Instances": {"Ec2SubnetId": "subnet-1"}})
UNREADABLE = "The form cannot be read"
INVALID = "ValidationException"
REFUSALS: dict[str, tuple[dict[str, Any], str, str]] = {
    "a label without an application": (
        {"release": "emr-5.20.0", "applications": ["Hadoop", "Trino"]}, INVALID,
        "Application 'Trino' is not supported by release label emr-5.20.0. Supported applications:"),
    "applications that exclude each other": (
        {"applications": ["Presto", "Trino"]}, INVALID,
        "Presto and Trino cannot be installed on the same cluster."),
    "a type that does not exist": (
        {"core_type": "m5.tiny"}, INVALID, "Instance type 'm5.tiny' is not supported. Of this family EMR has"),
    "a type that the label does not have": (
        {"release": "emr-5.20.0", "core_type": "m7g.xlarge", "idle": ""}, INVALID,
        "Instance type 'm7g.xlarge' is not supported. emr-5.20.0 does not have it; the first to have it: emr-"),
    "no core instances for task ones": (
        {"core_count": "0"}, INVALID, "Clusters with task nodes must also define core nodes."),
    "more instances than a cluster may have": ({"core_count": "100000"}, INVALID, "A cluster may have"),
    "two primaries": (
        {"instances": groups(MASTER=2, CORE=1), "further": SUBNET}, INVALID,
        "Master instance group must have exactly 3 instances for HA clusters."),
    "three primaries without a subnet": (
        {"instances": groups(MASTER=3, CORE=1)}, INVALID, "Ec2SubnetId is required for HA clusters."),
    "three primaries of a label before them": (
        {"instances": groups(MASTER=3, CORE=1), "further": SUBNET, "release": "emr-5.20.0", "idle": ""}, INVALID,
        "A master instance group must specify a single instance"),
    "no JSON": (
        {"configurations": '[{"Classification": }]'}, UNREADABLE, "Configurations: this is no JSON: Expecting value"),
    "an unknown classification": (
        {"configurations": '[{"Classification": "spark-default"}]'}, INVALID,
        "Classification 'spark-default' is not valid for parent classification 'null'."),
    "no list of configurations": ({"configurations": "1"}, "SerializationException", ""),
    "no number": ({"core_count": "many"}, UNREADABLE, "Core: instances: expected a number, found 'many'."),
    "a log path that is not on S3": ({"log_uri": "/logs"}, INVALID, ""),
}  # fmt: skip
"""A change of a form that is accepted → the error's name, and its text or how it begins."""


@pytest.mark.parametrize(("change", "name", "text"), REFUSALS.values(), ids=REFUSALS)
def test_a_check_says_what_sending_would(
    memory: MemoryEmr, visitor: Visitor, change: dict[str, Any], name: str, text: str
) -> None:
    checked = visitor.send("/console/create", only="check", **CREATED | change).checked
    assert checked["error"][0] == name and checked["error"][1].startswith(text)
    # The command is there wherever a request can be made of the form.
    assert checked["command"].startswith("aws emr create-cluster") == (name != UNREADABLE)
    sent = visitor.send("/console/create", **CREATED | change)
    assert sent.status == 400 and " ".join(" ".join(checked["error"]).split()) in sent.text
    assert memory.client().list_clusters()["Clusters"] == []


def test_an_accepted_form_has_no_error_and_makes_nothing(memory: MemoryEmr, visitor: Visitor) -> None:
    for change in ({}, {"instances": groups(MASTER=3, CORE=1), "further": SUBNET}, {"applications": ["Trino"]}):
        checked = visitor.send("/console/create", only="check", **CREATED | change).checked
        assert checked["error"] is None and checked["command"].startswith("aws emr create-cluster")
    assert memory.client().list_clusters()["Clusters"] == []


def test_what_the_form_offers_is_accepted(memory: MemoryEmr, visitor: Visitor) -> None:
    page = visitor.get("/console/create")
    offered = [given["value"] for tag, given in page.tags if given.get("name") == "applications"]
    assert {"Hadoop", "Spark", "Trino"} <= {*offered}
    for each in offered:
        checked = visitor.send("/console/create", only="check", **CREATED | {"applications": [each]}).checked
        assert checked["error"] is None


def test_a_check_needs_the_sessions_token(memory: MemoryEmr, visitor: Visitor) -> None:
    assert visitor.send("/console/create", token="x", only="check", **CREATED).status == 403


def test_without_scripts_a_button_checks(memory: MemoryEmr, visitor: Visitor) -> None:
    page = visitor.send("/console/create", only="show", **CREATED | {"core_type": "m5.tiny"})
    assert page.status == 200 and "Instance type 'm5.tiny' is not supported." in page.text
    assert "m5.tiny" in page.command
    accepted = visitor.send("/console/create", only="show", **CREATED)
    assert "Exception" not in accepted.text and accepted.command.startswith("aws emr create-cluster")
    assert memory.client().list_clusters()["Clusters"] == []


def test_what_does_not_fit_the_host_is_said_with_its_figures(make_endpoint: Callable[..., Endpoint]) -> None:
    # Idle, a master takes 1,000 MiB and a core instance 500; 1,024 MiB are for a job.
    endpoint = make_endpoint(host_memory_mb=6000)
    emr = endpoint.client()
    form = {**CREATED, "core_count": "2", "task_count": "0", "core_type": "m5.xlarge"}
    with console_of(endpoint) as visitor:
        assert visitor.send("/console/create", only="check", **form).checked["error"] is None
        assert "does not fit" not in visitor.get("/console/create").text
        first = run(emr)
        text = "2 x m5.xlarge needs 3024 MiB of memory for daemons and a small job, 2976 MiB of 6000 MiB are free."
        assert text in visitor.send("/console/create", only="check", **form).checked["error"][1]
        smaller = visitor.send("/console/create", only="check", **form | {"core_count": "1"}).checked
        assert smaller["error"] is None
        # A form that is opened says at once that it does not fit.
        clone = visitor.get(f"/console/clusters/{first}/clone")
        assert clone.status == 200 and text in clone.text
        endpoint.move(first, "TERMINATED")
        assert text not in visitor.get(f"/console/clusters/{first}/clone").text
    assert endpoint.stored() == [first]
