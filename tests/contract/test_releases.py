"""Release labels and instance types to choose from."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from localemr.domain.model.instance_types import InstanceType
from localemr.domain.model.release import Release
from tests.catalog import CATALOG
from tests.contract.endpoint import Endpoint
from tests.contract.requests import invalid, refusal, validation

LABELS = ["emr-7.2.0", "emr-6.15.0", "emr-7.13.0", "emr-7.10.0", "emr-7.9.0"]
SORTED = ["emr-7.13.0", "emr-7.10.0", "emr-7.9.0", "emr-7.2.0", "emr-6.15.0"]

MakeEndpoint = Callable[..., Endpoint]


@pytest.fixture
def many(make_endpoint: MakeEndpoint) -> Any:
    """A client of an installation with many releases and instance types."""
    releases = {
        label: Release(label, {"Hadoop": "3.4.2", "Spark": f"3.5.{place}"}) for place, label in enumerate(LABELS)
    }
    kinds = {f"m5.{size}xlarge": InstanceType(f"m5.{size}xlarge", 4, 16384, 12288, 4, 8) for size in range(120)}
    return make_endpoint(catalog=replace(CATALOG, releases=releases, instance_types=kinds)).client()


def labels(emr: Any, **filters: str) -> list[str]:
    found: list[str] = emr.list_release_labels(Filters=filters)["ReleaseLabels"]
    return found


@pytest.mark.shows("emr", "ListReleaseLabels")
def test_labels_are_listed_newest_first(many: Any) -> None:
    answer = many.list_release_labels()
    assert answer["ReleaseLabels"] == SORTED
    assert "NextToken" not in answer


def test_labels_are_filtered(many: Any) -> None:
    assert labels(many, Prefix="emr-7.1") == ["emr-7.13.0", "emr-7.10.0"]
    assert labels(many, Prefix="emr-8") == []
    assert labels(many, Application="spark") == labels(many, Application="SPARK") == SORTED
    assert labels(many, Application="Spark@3.5.3") == ["emr-7.10.0"]
    assert labels(many, Application="spark@3.5.3", Prefix="emr-6") == []
    assert labels(many, Application="spark@3.5") == labels(many, Application="Pig") == []


def test_labels_are_found_by_applications_that_only_emr_has(emr: Any) -> None:
    assert labels(emr, Application="Pig") == []
    assert labels(emr, Application="Future") == ["emr-7.14.0"]
    assert labels(emr, Application="hive@3.1.3") == ["emr-7.13.0"]


def test_pages_of_labels(many: Any) -> None:
    found: list[str] = []
    token: dict[str, str] = {}
    for size in (2, 2, 1):
        answer = many.list_release_labels(MaxResults=2, **token)
        assert len(answer["ReleaseLabels"]) == size
        found += answer["ReleaseLabels"]
        token = {"NextToken": answer["NextToken"]} if "NextToken" in answer else {}
    assert (found, token) == (SORTED, {})
    assert refusal(many.list_release_labels, NextToken="x") == invalid("NextToken 'x' is not valid.")
    assert refusal(many.list_release_labels, MaxResults=101)[:2] == validation("")[:2]


@pytest.mark.shows("emr", "DescribeReleaseLabel")
def test_a_release_has_all_applications_of_emr(emr: Any) -> None:
    found = {
        "ReleaseLabel": "emr-7.13.0",
        "Applications": [
            {"Name": "Hadoop", "Version": "3.4.2"},
            {"Name": "Hive", "Version": "3.1.3"},
            {"Name": "Spark", "Version": "3.5.6"},
        ],
        "AvailableOSReleases": [],
    }
    for request in ({"ReleaseLabel": "emr-7.13.0"}, {}, {"MaxResults": 1}):
        answer = emr.describe_release_label(**request)
        del answer["ResponseMetadata"]
        assert answer == found


def test_a_label_that_does_not_run_exactly_says_so_where_releases_of_the_system_stand(
    make_endpoint: MakeEndpoint,
) -> None:
    versions = {"Hadoop": "3.4.1", "Spark": "3.5.5"}
    releases = {
        "emr-7.9.0": Release("emr-7.9.0", versions, stand_ins={"Hadoop": "3.4.2", "Python": "3.11"}, python="3.9"),
        "emr-5.36.0": Release("emr-5.36.0", {"Hadoop": "2.10.1"}, runs=False),
    }
    catalog = replace(CATALOG, releases=releases)
    emr = make_endpoint(catalog=catalog).client()
    remarks = {
        "emr-7.9.0": "LocalEMR: Hadoop 3.4.2 for 3.4.1, Python 3.11 for 3.9",
        "emr-5.36.0": "LocalEMR: data only, the nearest that runs is emr-7.9.0",
    }
    for label, remark in remarks.items():
        answer = emr.describe_release_label(ReleaseLabel=label)
        assert answer["AvailableOSReleases"] == [{"Label": remark}]
        # Versions stay EMR's.
        assert answer["Applications"][0] == {"Name": "Hadoop", "Version": releases[label].applications["Hadoop"]}
    simulated = make_endpoint(catalog=replace(catalog, simulated=True)).client()
    assert simulated.describe_release_label(ReleaseLabel="emr-7.9.0")["AvailableOSReleases"] == []


@pytest.mark.shows("emr", "ListSupportedInstanceTypes")
def test_instance_types(emr: Any) -> None:
    answer = emr.list_supported_instance_types(ReleaseLabel="emr-7.14.0")
    assert [each["Type"] for each in answer["SupportedInstanceTypes"]] == ["m5.xlarge", "c5.xlarge", "m5.2xlarge"]
    assert answer["SupportedInstanceTypes"][0] == {
        "Type": "m5.xlarge",
        "MemoryGB": 16.0,
        "StorageGB": 0,
        "VCPU": 4,
        "Is64BitsOnly": True,
        "InstanceFamilyId": "",
        "EbsOptimizedAvailable": True,
        "EbsOptimizedByDefault": True,
        "NumberOfDisks": 0,
        "EbsStorageOnly": True,
        "Architecture": "X86_64",
    }
    assert "Marker" not in answer


def test_pages_of_instance_types(many: Any) -> None:
    pages = []
    request: dict[str, str] = {"ReleaseLabel": "emr-7.2.0"}
    while len(pages) < 4:
        answer = many.list_supported_instance_types(**request)
        pages.append([each["Type"] for each in answer["SupportedInstanceTypes"]])
        if "Marker" not in answer:
            break
        request["Marker"] = answer["Marker"]
    assert [len(each) for each in pages] == [50, 50, 20]
    assert len({kind for each in pages for kind in each}) == 120
    refused = refusal(many.list_supported_instance_types, ReleaseLabel="emr-7.2.0", Marker="x")
    assert refused == invalid("Marker 'x' is not valid.")


@pytest.mark.parametrize("label", ["emr-1.0.0", "", "nonsense"])
def test_labels_that_do_not_exist(emr: Any, label: str) -> None:
    expected = invalid(f"The supplied release label is invalid: {label}.")
    assert refusal(emr.describe_release_label, ReleaseLabel=label) == expected
    assert refusal(emr.list_supported_instance_types, ReleaseLabel=label) == expected
