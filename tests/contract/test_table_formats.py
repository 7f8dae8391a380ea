"""Iceberg, Delta Lake and Hudi by EMR's classifications: what a client of the API sees."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from localemr.applications import applications
from localemr.domain.model.catalog import Catalog
from localemr.releases import instance_types, releases
from tests.contract.endpoint import Endpoint
from tests.contract.requests import refusal, run, validation

FORMATS = ("iceberg", "delta", "hudi")
REAL = Catalog(applications(), releases(), instance_types())


@pytest.fixture
def endpoint(make_endpoint: Callable[..., Endpoint]) -> Endpoint:
    """With LocalEMR's own applications and releases."""
    return make_endpoint(catalog=REAL)


def switch(name: str, value: str = "true") -> dict[str, Any]:
    return {"Classification": f"{name}-defaults", "Properties": {f"{name}.enabled": value}}


@pytest.mark.usefixtures("endpoint")
def test_switches_are_accepted_and_shown_as_they_were_sent(emr: Any) -> None:
    configurations = [switch(name) for name in FORMATS]
    cluster_id = run(emr, Configurations=configurations)
    shown = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    assert shown["Configurations"] == configurations
    assert [each["Name"] for each in shown["Applications"]] == ["Spark"]


@pytest.mark.parametrize("name", FORMATS)
def test_a_switch_that_is_neither_on_nor_off_is_refused(emr: Any, name: str) -> None:
    assert refusal(lambda: run(emr, Configurations=[switch(name, "yes")])) == validation(
        f"Property '{name}.enabled' of classification '{name}-defaults' is true or false, not 'yes'."
    )
    assert emr.list_clusters()["Clusters"] == []


def test_a_group_cannot_add_one_to_a_cluster_that_exists(endpoint: Endpoint, emr: Any) -> None:
    cluster_id = run(emr, Configurations=[switch("delta")])
    endpoint.move(cluster_id, "WAITING")
    group = {"InstanceRole": "TASK", "InstanceType": "m5.xlarge", "InstanceCount": 1}

    def add(name: str) -> None:
        emr.add_instance_groups(JobFlowId=cluster_id, InstanceGroups=[{**group, "Configurations": [switch(name)]}])

    assert refusal(lambda: add("iceberg")) == validation(
        "Iceberg cannot be added to a cluster that exists. It is added by the configurations of RunJobFlow."
    )
    add("delta")
