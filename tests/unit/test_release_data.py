"""The data of EMR's release labels: against what is known from elsewhere, and in requests."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

import pytest

from localemr.applications import applications
from localemr.domain.accept.cluster import accept
from localemr.domain.accept.releases import REFUSALS
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.records import Records
from localemr.domain.model.release import Release, label_version, nearest
from localemr.domain.node.instance_files import facts_of, instance_files
from localemr.reconcile.instances import instance_spec
from localemr.releases import classifications, instance_types, releases
from tests.contract.requests import cluster
from tests.golden import records_of
from tests.golden_scenarios import Scenario
from tests.releases_page import MADE, with_made

MASTER = {"InstanceRole": "MASTER", "InstanceType": "hs1.8xlarge", "InstanceCount": 1}
"""EC2 has retired the type, so it is accepted on every label."""

EVERYTHING = Catalog(applications(), releases(), instance_types(), simulated=True)
REAL = Catalog(applications(), releases(), instance_types())

# EMR's behaviour notes, section 7.1: another transcription than the one that the files were made from.
NAMES = ("Hadoop", "Spark", "Presto", "Trino", "HBase", "Flink", "Iceberg", "Delta", "Hudi", "ZooKeeper")
VERSIONS = """
7.14.0 3.4.2 3.5.8 0.287 479 2.6.4 1.20.0 1.10.1 3.3.2 1.0.2 3.9.3
7.13.0 3.4.2 3.5.6 0.287 479 2.6.4 1.20.0 1.10.0 3.3.2 1.0.2 3.9.3
7.12.0 3.4.1 3.5.6 0.287 476 2.6.2 1.20.0 1.10.0 3.3.2 1.0.2 3.9.3
7.11.0 3.4.1 3.5.6 0.287 475 2.6.2 1.20.0 1.9.1 3.3.2 1.0.2 3.9.3
7.10.0 3.4.1 3.5.5 0.287 470 2.6.2 1.20.0 1.8.1 3.3.0 0.15.0 3.9.3
7.9.0 3.4.1 3.5.5 0.287 467 2.6.2 1.20.0 1.7.1 3.3.0 0.15.0 3.9.3
7.8.0 3.4.1 3.5.4 0.287 467 2.6.1 1.20.0 1.7.1 3.3.0 0.15.0 3.9.3
7.7.0 3.4.0 3.5.3 0.287 467 2.6.1 1.20.0 1.7.1 3.2.1 0.15.0 3.9.2
7.6.0 3.4.0 3.5.3 0.287 457 2.6.1 1.20.0 1.6.1 3.2.1 0.15.0 3.9.2
7.5.0 3.4.0 3.5.2 0.287 446 2.5.10 1.19.1 1.6.1 3.2.1 0.15.0 3.9.2
7.4.0 3.4.0 3.5.2 0.287 446 2.5.5 1.19.1 1.6.1 3.2.0 0.15.0 3.9.2
7.3.0 3.3.6 3.5.1 0.285 442 2.4.17 1.18.1 1.5.2 3.2.0 0.15.0 3.9.1
7.2.0 3.3.6 3.5.1 0.285 436 2.4.17 1.18.1 1.5.0 3.1.0 0.14.1 3.9.1
7.1.0 3.3.6 3.5.0 0.284 435 2.4.17 1.18.1 1.4.3 3.0.0 0.14.1 3.9.1
7.0.0 3.3.6 3.5.0 0.283 426 2.4.17 1.18.0 1.4.2 3.0.0 0.14.0 3.5.10
6.15.0 3.3.6 3.4.1 0.283 426 2.4.17 1.17.1 1.4.0 2.4.0 0.14.0 3.5.10
6.14.0 3.3.3 3.4.1 0.281 422 2.4.17 1.17.1 1.3.1 2.4.0 0.13.1 3.5.10
6.13.0 3.3.3 3.4.1 0.281 414 2.4.17 1.17.0 1.3.0 2.4.0 0.13.1 3.5.10
6.12.0 3.3.3 3.4.0 0.281 414 2.4.17 1.17.0 1.3.0 2.4.0 0.13.1 3.5.10
6.10.0 3.3.3 3.3.1 0.278.1 403 2.4.15 1.16.0 1.1.0 2.2.0 0.12.2 3.5.10
6.5.0 3.2.1 3.1.2 0.261 360 2.4.4 1.14.0 0.12.0 - 0.9.0 3.5.7
"""


def accepted(catalog: Catalog = EVERYTHING, **members: Any) -> Records:
    request = cluster(**{"Instances": {"InstanceGroups": [MASTER]}, **members})
    return accept(request, now=0.0, cluster_id="j-1ABCDEFGHIJKL", region="r", account="a", catalog=catalog)


def refused(catalog: Catalog = EVERYTHING, **members: Any) -> str:
    with pytest.raises(ValidationException) as caught:
        accepted(catalog, **members)
    return caught.value.message


@pytest.mark.parametrize("line", VERSIONS.split("\n")[1:-1])
def test_versions_are_those_of_the_notes(line: str) -> None:
    label, *versions = line.split()
    found = releases()[f"emr-{label}"].applications
    assert [found.get(name, "-") for name in NAMES] == versions


def test_every_label_that_people_pin_is_there() -> None:
    pinned = ("6.15.0", "7.8.0", "7.1.0", "6.10.0", "6.9.0", "6.2.0", "5.36.0", "5.36.2", "4.9.6", "7.14.0", "6.11.1")
    assert {f"emr-{each}" for each in pinned} | {"emr-spark-8.1.0"} <= set(releases())
    assert len(releases()) >= 150
    assert "emr-5.3.1" not in releases()


def test_versions_are_upstreams() -> None:
    for release in releases().values():
        assert release.applications
        assert all(re.fullmatch(r"\d+(\.\d+)*", each) for each in release.applications.values()), release.label


@pytest.mark.parametrize(
    ("label", "java", "python", "log4j"),
    [
        ("emr-5.29.0", 8, "2.7", 1), ("emr-5.30.0", 8, "3.7", 1), ("emr-6.7.0", 8, "3.7", 1),
        ("emr-6.8.0", 8, "3.7", 2), ("emr-6.15.0", 8, "3.7", 2), ("emr-7.0.0", 17, "3.9", 2),
        ("emr-7.12.0", 17, "3.9", 2), ("emr-7.13.0", 17, "3.11", 2),
    ],
)  # fmt: skip
def test_languages_and_logging(label: str, java: int, python: str, log4j: int) -> None:
    release = releases()[label]
    assert (release.java, release.python, release.log4j) == (java, python, log4j)


@pytest.mark.parametrize(
    ("name", "on", "not_on"),
    [
        ("spark-log4j", "4.0.0 5.36.2 6.0.0 6.7.0 6.15.0", "7.0.0 7.13.0"),
        ("spark-log4j2", "6.8.0 6.15.0 7.13.0", "6.7.0 5.36.2"),
        ("iceberg-defaults", "6.5.0 6.15.0 7.13.0", "6.4.0 5.36.2"),
        ("delta-defaults", "6.9.0 6.15.0 7.13.0", "6.8.1 5.36.2"),
        ("hudi-defaults", "5.36.0 6.4.0 7.13.0", "5.35.0 6.3.1"),
        ("hudi-env", "5.30.0 6.1.0 7.13.0", "5.29.0 6.0.1"),
        ("prestosql-config", "6.1.0 6.3.1", "6.4.0 6.0.1 7.13.0"),
        ("trino-config", "6.4.0 7.13.0", "6.3.1 5.36.2"),
        ("livy-log4j2", "6.10.0 7.13.0", "6.8.0 5.36.2"),
        ("hdfs-env", "6.0.0 7.13.0", "5.36.2"),
        ("sqoop-site", "5.0.0 6.15.0 7.4.0", "7.5.0 7.13.0"),
        ("hive-site", "4.0.0 5.0.0 6.0.0 7.0.0 7.14.0", "spark-8.1.0"),
        ("spark-defaults", "4.0.0 5.0.0 6.0.0 7.0.0 spark-8.1.0", ""),
        ("cloudwatch-logs", "7.11.0 spark-8.0.0", "7.10.0 6.15.0"),
    ],
)
def test_classifications_of_labels(name: str, on: str, not_on: str) -> None:
    for label in on.split():
        accepted(ReleaseLabel=f"emr-{label}", Configurations=[{"Classification": name, "Properties": {"a": "b"}}])
    for label in not_on.split():
        assert refused(ReleaseLabel=f"emr-{label}", Configurations=[{"Classification": name}]) == (
            f"Classification '{name}' is not valid for parent classification 'null'."
        )


def test_every_classification_of_an_application_is_one_of_emrs() -> None:
    own = {name for application in applications().values() for name in application.classifications}
    assert own <= set(classifications())
    assert own <= releases()["emr-7.13.0"].classifications


def test_env_classifications_have_exports_on_any_label() -> None:
    export = [{"Classification": "export", "Properties": {"A": "1"}}]
    for label in ("emr-5.36.0", "emr-6.15.0", "emr-7.13.0"):
        accepted(ReleaseLabel=label, Configurations=[{"Classification": "presto-env", "Configurations": export}])
        assert "not valid for parent classification 'hue-ini'" in refused(
            ReleaseLabel=label, Configurations=[{"Classification": "hue-ini", "Configurations": export}]
        )


def test_simulated_clusters_have_every_application_and_classification_of_every_label() -> None:
    for release in releases().values():
        names = [name for name in release.applications if name not in ("Trino", "PrestoSQL")]
        configurations = [{"Classification": name, "Properties": {"a": "b"}} for name in release.classifications]
        spec = accepted(
            ReleaseLabel=release.label,
            Applications=[{"Name": name.upper()} for name in names],
            Configurations=configurations,
        ).cluster.spec
        assert spec.applications == tuple(names)
        assert (spec.release_label, spec.software) == (release.label, release.label)


@pytest.mark.parametrize(
    "label", ["emr-4.0.0", "emr-5.36.2", "emr-6.0.0", "emr-6.15.0", "emr-7.0.0", "emr-spark-8.1.0"]
)
def test_instances_of_simulated_clusters_get_files(label: str) -> None:
    records = records_of(Scenario(("Hadoop", "Spark"), label=label))
    used = [EVERYTHING.applications[name] for name in ("Hadoop", "Spark")]
    files = instance_files(records, records.instances[0], used, EVERYTHING)
    assert f'"hadoopVersion": "{releases()[label].version("Hadoop")}"' in files["/mnt/var/lib/info/job-flow.json"]


def test_instances_get_the_image_and_the_files_of_the_label_that_runs_in_place() -> None:
    records = records_of(Scenario(("Hadoop", "Spark"), label="emr-5.36.0"))
    spec = replace(records.cluster.spec, software_label="emr-7.13.0")
    records = replace(records, cluster=replace(records.cluster, spec=spec))
    used = [REAL.applications[name] for name in ("Hadoop", "Spark")]
    (master, *_) = records.instances
    assert instance_spec(records, master, used, REAL).release == "emr-7.13.0"
    facts = facts_of(records, master, used, REAL)
    assert facts.release.label == "emr-7.13.0"
    assert facts.versions == {"Hadoop": "3.4.2", "Spark": "3.5.6"}
    files = instance_files(records, master, used, REAL)
    assert '"hadoopVersion": "3.4.2"' in files["/mnt/var/lib/info/job-flow.json"]
    # Programs on the instance see the label that was requested.
    assert '"releaseLabel": "emr-5.36.0"' in files["/mnt/var/lib/info/extraInstanceData.json"]


def test_two_engines_of_one_name() -> None:
    for label, other in (("emr-6.2.0", "PrestoSQL"), ("emr-6.15.0", "Trino"), ("emr-7.13.0", "trino")):
        both = [{"Name": "Presto"}, {"Name": other}]
        assert "cannot be installed on the same cluster" in refused(ReleaseLabel=label, Applications=both)


FLEETS = {"InstanceFleets": [{"InstanceFleetType": "MASTER", "TargetOnDemandCapacity": 1,
          "InstanceTypeConfigs": [{"InstanceType": "hs1.8xlarge"}]}]}  # fmt: skip
SCALING = {"ComputeLimits": {"UnitType": "Instances", "MinimumCapacityUnits": 1, "MaximumCapacityUnits": 2}}


@pytest.mark.parametrize(
    ("members", "too_old", "first"),
    [
        ({"CustomAmiId": "ami-0123456789abcdef0"}, ("4.9.6", "5.6.1"), ("5.7.0", "6.0.0")),
        ({"ManagedScalingPolicy": SCALING}, ("5.29.0", "6.0.1"), ("5.30.0", "6.1.0", "7.0.0")),
        ({"AutoTerminationPolicy": {"IdleTimeout": 60}}, ("5.29.0", "6.0.1"), ("5.30.0", "6.1.0")),
        ({"StepConcurrencyLevel": 2}, ("5.27.1", "4.9.6"), ("5.28.0", "6.0.0")),
        ({"Instances": FLEETS}, ("4.7.4", "5.0.3"), ("4.8.0", "5.1.0", "6.0.0")),
    ],
)
def test_features_begin_with_a_label(members: dict[str, Any], too_old: tuple[str, ...], first: tuple[str, ...]) -> None:
    for label in too_old:
        message = refused(ReleaseLabel=f"emr-{label}", **members)
        assert message in REFUSALS.values() or f"not supported on release label emr-{label}. Supported from" in message
    for label in first:
        accepted(ReleaseLabel=f"emr-{label}", **members)


def test_labels_before_the_first_list_of_types_have_the_types_of_that_list() -> None:
    def instances(kind: str) -> dict[str, Any]:
        return {"InstanceGroups": [{**MASTER, "InstanceType": kind}]}

    for label in ("emr-4.0.0", "emr-4.1.0", "emr-4.2.0"):
        accepted(ReleaseLabel=label, Instances=instances("m3.xlarge"))
        assert "is not supported" in refused(ReleaseLabel=label, Instances=instances("m5.xlarge"))


def test_scaling_down_by_default() -> None:
    shown = {
        label: accepted(ReleaseLabel=f"emr-{label}").cluster.spec.echo["ScaleDownBehavior"]
        for label in ("5.9.1", "5.10.0")
    }
    assert shown == {"5.9.1": "TERMINATE_AT_INSTANCE_HOUR", "5.10.0": "TERMINATE_AT_TASK_COMPLETION"}


RUN = ("emr-6.8.0", "emr-6.12.0", "emr-6.15.0", "emr-7.0.0", "emr-7.9.0", "emr-7.13.0")


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("emr-7.13.0", "emr-7.13.0"), ("emr-7.14.0", "emr-7.13.0"), ("emr-7.10.0", "emr-7.9.0"),
        ("emr-7.12.0", "emr-7.13.0"), ("emr-7.11.0", "emr-7.13.0"), ("emr-7.1.0", "emr-7.0.0"),
        ("emr-6.7.0", "emr-6.8.0"), ("emr-6.10.1", "emr-6.12.0"), ("emr-6.11.1", "emr-6.12.0"),
        ("emr-6.9.1", "emr-6.8.0"), ("emr-6.13.0", "emr-6.12.0"), ("emr-6.14.0", "emr-6.15.0"),
        ("emr-5.36.2", "emr-6.8.0"), ("emr-4.0.0", "emr-6.8.0"), ("emr-spark-8.0.0", "emr-7.13.0"),
    ],
)  # fmt: skip
def test_the_nearest_label(label: str, expected: str) -> None:
    assert nearest(label, RUN) == nearest(label, reversed(RUN)) == expected


def test_of_two_that_are_equally_near_the_newer_one_is_nearest() -> None:
    assert nearest("emr-7.2.0", ["emr-7.1.0", "emr-7.3.0"]) == "emr-7.3.0"
    assert nearest("emr-6.0.0", ["emr-5.36.0", "emr-7.0.0"]) == "emr-7.0.0"
    assert nearest("emr-5.0.1", ["emr-5.0.0", "emr-5.1.0"]) == "emr-5.0.0"


def test_the_nearest_of_every_label_runs_and_a_label_that_runs_is_its_own() -> None:
    labels = [release.label for release in releases().values() if release.runs]
    for release in releases().values():
        found = nearest(release.label, labels)
        assert found in labels
        assert (found == release.label) == release.runs


def test_labels_are_sorted_by_their_numbers() -> None:
    ordered = sorted(releases(), key=label_version)
    assert ordered[0] == "emr-4.0.0"
    assert ordered.index("emr-5.9.1") < ordered.index("emr-5.10.0")
    assert ordered[-1] == "emr-spark-8.1.0"


def test_stand_ins_of_an_exact_label_are_declared() -> None:
    release = releases()["emr-6.15.0"]
    assert release.stand_ins["Java"] == "17"
    assert Release(**{**vars(release), "runs": True}).default_java == 17


@pytest.mark.parametrize("path", MADE, ids=lambda path: path.name)
def test_the_pages_are_up_to_date(path: Any) -> None:
    assert path.read_text() == with_made(path), "run `make docs`"
