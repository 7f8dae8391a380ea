"""Instance types in requests, with the real data: what EMR has is accepted everywhere, what it lacks is refused."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.release import Release
from localemr.releases import instance_types
from localemr.testing.memory import MemoryEmr
from tests.catalog import CATALOG
from tests.contract.endpoint import Endpoint
from tests.contract.requests import cluster, fleet, invalid, refusal, run, step, validation

LABELS = ("emr-5.36.0", "emr-5.36.1", "emr-6.9.0", "emr-6.10.0", "emr-6.15.0", "emr-7.0.0", "emr-7.13.0")

NOT_R7G = (
    "Instance type 'r7g.large' is not supported. Of this family EMR has r7g.xlarge, r7g.2xlarge, r7g.4xlarge, "
    "r7g.8xlarge, r7g.12xlarge, r7g.16xlarge."
)
NOT_T3 = "Instance type 't3.micro' is not supported. EMR has no type with a similar name."
TOO_NEW = "Instance type 'c7gd.xlarge' is not supported. {} does not have it; the first to have it: {}."
FIRST = "emr-5.36.1 and emr-6.10.0"

ODD = ("r5.12xlarge", "i4i.xlarge", "g5.xlarge", "m7i-flex.4xlarge", "c7g.16xlarge", "x2gd.xlarge", "m8i.96xlarge",
       "p5.48xlarge", "m1.small", "m1.medium", "c1.medium", "m3.xlarge", "c3.8xlarge", "i2.xlarge", "cc2.8xlarge",
       "hs1.8xlarge", "cr1.8xlarge", "g2.2xlarge", "c3.medium", "c3.large")  # fmt: skip


@pytest.fixture
def endpoint(make_endpoint: Callable[..., Endpoint]) -> Endpoint:
    """An installation with EMR's types and several releases."""
    releases = {label: Release(label, {"Hadoop": "3.4.2", "Spark": "3.5.6"}) for label in LABELS}
    return make_endpoint(catalog=replace(CATALOG, releases=releases, instance_types=instance_types()))


def group(role: str, kind: str) -> dict[str, Any]:
    return {"InstanceRole": role, "InstanceType": kind, "InstanceCount": 1}


def groups(*kinds: str) -> dict[str, Any]:
    roles = ("MASTER", "CORE", "TASK")
    found = [group(role, kind) for role, kind in zip(roles, kinds, strict=False)]
    return {"InstanceGroups": found, "KeepJobFlowAliveWhenNoSteps": True}


def listed(emr: Any, label: str) -> dict[str, dict[str, Any]]:
    """All pages of ListSupportedInstanceTypes, by type, in their order."""
    request, found = {"ReleaseLabel": label}, {}
    while True:
        answer = emr.list_supported_instance_types(**request)
        found |= {each["Type"]: each for each in answer["SupportedInstanceTypes"]}
        if "Marker" not in answer:
            return found
        request["Marker"] = answer["Marker"]


@pytest.mark.parametrize("kind", ODD)
def test_every_type_is_accepted_in_every_form(endpoint: Endpoint, emr: Any, kind: str) -> None:
    by_group = run(emr, Instances=groups(kind, kind))
    by_count = run(emr, Instances={"InstanceCount": 2, "MasterInstanceType": kind, "SlaveInstanceType": kind})
    for cluster_id in (by_group, by_count):
        found = emr.list_instance_groups(ClusterId=cluster_id)["InstanceGroups"]
        assert [each["InstanceType"] for each in found] == [kind, kind]
    fleets = [fleet(role, InstanceTypeConfigs=[{"InstanceType": kind}]) for role in ("MASTER", "CORE")]
    by_fleet = run(emr, Instances={"InstanceFleets": fleets, "KeepJobFlowAliveWhenNoSteps": True})
    shown = emr.list_instance_fleets(ClusterId=by_fleet)["InstanceFleets"]
    assert [each["InstanceTypeSpecifications"][0]["InstanceType"] for each in shown] == [kind, kind]
    endpoint.move(by_group, "WAITING")
    emr.add_instance_groups(JobFlowId=by_group, InstanceGroups=[group("TASK", kind)])
    assert emr.list_instance_groups(ClusterId=by_group)["InstanceGroups"][2]["InstanceType"] == kind


def test_the_old_form_of_a_cluster_shows_its_types(emr: Any) -> None:
    run(emr, Instances=groups("m1.medium", "cc2.8xlarge"))
    (flow,) = emr.describe_job_flows()["JobFlows"]
    assert (flow["Instances"]["MasterInstanceType"], flow["Instances"]["SlaveInstanceType"]) == (
        "m1.medium", "cc2.8xlarge",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        ("r7g.large", NOT_R7G),
        ("t3.micro", NOT_T3),
        ("m5xlarge", "Instance type 'm5xlarge' is not supported. Similar names that EMR has: m5.xlarge, "),
        ("M5.xlarge", "Instance type 'M5.xlarge' is not supported. Similar names that EMR has: m5.xlarge, "),
        ("m9g.xlarge", "Instance type 'm9g.xlarge' is not supported. Similar names that EMR has: m"),
        (
            "c3.tiny",
            "Instance type 'c3.tiny' is not supported. Of this family EMR has c3.xlarge, c3.2xlarge, c3.4xlarge, ",
        ),
        ("c7g.metal", "Instance type 'c7g.metal' is not supported. Of this family EMR has c7g.xlarge, c7g.2xlarge, "),
    ],
)
def test_an_unknown_type_is_refused_with_what_there_is_instead(
    endpoint: Endpoint, emr: Any, kind: str, message: str
) -> None:
    status, code, text = refusal(emr.run_job_flow, **cluster(Instances=groups("m5.xlarge", kind)))
    assert (status, code, text[: len(message)]) == (*validation("")[:2], message)
    fleets = {"InstanceFleets": [fleet("MASTER", InstanceTypeConfigs=[{"InstanceType": kind}])]}
    assert refusal(emr.run_job_flow, **cluster(Instances=fleets))[2].startswith(message)
    cluster_id = run(emr, Instances=groups("m5.xlarge", "m5.xlarge"))
    endpoint.move(cluster_id, "WAITING")
    refused = refusal(emr.add_instance_groups, JobFlowId=cluster_id, InstanceGroups=[group("TASK", kind)])
    assert refused[2].startswith(message)


@pytest.mark.parametrize("label", ["emr-5.36.0", "emr-6.9.0"])
def test_a_type_that_came_later_than_the_release_is_refused(endpoint: Endpoint, emr: Any, label: str) -> None:
    message = TOO_NEW.format(label, FIRST)
    request = cluster(ReleaseLabel=label, Instances=groups("m5.xlarge", "c7gd.xlarge"))
    assert refusal(emr.run_job_flow, **request) == validation(message)
    configs = [{"InstanceType": "c7gd.xlarge"}]
    fleets = [fleet("MASTER"), fleet("CORE")]
    alone = [fleets[0], {**fleets[1], "InstanceTypeConfigs": configs}]
    request = cluster(ReleaseLabel=label, Instances={"InstanceFleets": alone})
    assert refusal(emr.run_job_flow, **request) == validation(message)
    # Beside a type that the release has it is not used.
    both = [fleets[0], {**fleets[1], "InstanceTypeConfigs": [*configs, {"InstanceType": "r5d.2xlarge"}]}]
    keep = {"InstanceFleets": both, "KeepJobFlowAliveWhenNoSteps": True}
    cluster_id = run(emr, ReleaseLabel=label, Instances=keep)
    assert [each.spec.instance_type for each in endpoint.load(cluster_id).groups] == ["m5.xlarge", "r5d.2xlarge"]
    endpoint.move(cluster_id, "WAITING")
    task = fleet("TASK", InstanceTypeConfigs=configs)
    assert refusal(emr.add_instance_fleet, ClusterId=cluster_id, InstanceFleet=task) == invalid(message)


@pytest.mark.parametrize("label", ["emr-5.36.1", "emr-6.10.0", "emr-7.0.0"])
def test_the_first_releases_that_have_a_type_accept_it(emr: Any, label: str) -> None:
    run(emr, ReleaseLabel=label, Instances=groups("c7gd.xlarge", "c7gd.xlarge"))


@pytest.mark.parametrize(("label", "count"), [("emr-7.13.0", 737), ("emr-6.15.0", 713), ("emr-7.0.0", 627)])
def test_each_release_lists_its_own_types(emr: Any, label: str, count: int) -> None:
    found = listed(emr, label)
    assert len(found) == count
    assert list(found)[:3] == ["m5.xlarge", "m5.2xlarge", "m5.4xlarge"]
    assert "cc2.8xlarge" not in found and "r7g.large" not in found


def test_a_listed_type_has_emrs_figures(emr: Any) -> None:
    found = listed(emr, "emr-7.13.0")
    assert found["m6gd.12xlarge"] == {
        "Type": "m6gd.12xlarge",
        "MemoryGB": 185.0,
        "StorageGB": 2850,
        "VCPU": 48,
        "Is64BitsOnly": True,
        "InstanceFamilyId": "GENERAL_CURRENT_GEN",
        "EbsOptimizedAvailable": True,
        "EbsOptimizedByDefault": True,
        "NumberOfDisks": 2,
        "EbsStorageOnly": False,
        "Architecture": "AARCH64",
    }
    members = ("MemoryGB", "StorageGB", "NumberOfDisks", "VCPU", "EbsStorageOnly", "Architecture")
    figures = {name: tuple(found[name][each] for each in members) for name in found}
    assert figures["m6g.xlarge"] == (15.25, 0, 0, 4, True, "AARCH64")
    assert figures["m5.xlarge"] == (16.0, 0, 0, 4, True, "X86_64")
    assert figures["m4.large"] == (8.0, 0, 0, 4, True, "X86_64")
    assert figures["d3.xlarge"] == (30.5, 6000, 3, 4, False, "X86_64")
    assert figures["g4dn.xlarge"] == (16.0, 125, 1, 4, False, "X86_64")
    assert figures["is4gen.8xlarge"] == (183.0, 30000, 4, 32, False, "AARCH64")
    old = found["c1.medium"]
    assert (old["Is64BitsOnly"], old["EbsOptimizedAvailable"], old["EbsOptimizedByDefault"]) == (False, False, False)
    assert (old["MemoryGB"], old["InstanceFamilyId"]) == (1.7, "COMPUTE_PREVIOUS_GEN")


@pytest.mark.parametrize(("kind", "hours"), [("m1.medium", 6), ("r5.24xlarge", 576), ("cc2.8xlarge", 192)])
def test_the_memory_runtime_starts_clusters_of_any_size(emr_memory: MemoryEmr, kind: str, hours: int) -> None:
    emr = emr_memory.client()
    instances = {"InstanceCount": 3, "MasterInstanceType": kind, "SlaveInstanceType": kind}
    cluster_id = run(emr, Instances={**instances, "KeepJobFlowAliveWhenNoSteps": True}, Steps=[step()])
    emr.get_waiter("cluster_running").wait(ClusterId=cluster_id)
    assert emr.describe_cluster(ClusterId=cluster_id)["Cluster"]["NormalizedInstanceHours"] == hours
    found = emr.list_instances(ClusterId=cluster_id)["Instances"]
    assert [each["InstanceType"] for each in found] == [kind] * 3
