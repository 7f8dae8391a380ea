"""Applications that configurations switch on: table formats, in records, files and images."""

from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from localemr.applications import applications
from localemr.cli.images import for_clusters
from localemr.domain.accept.cluster import accept
from localemr.domain.accept.software import check_later
from localemr.domain.decide.indexed import applications_of
from localemr.domain.model.application import Application, Switch
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import switched_on
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.records import ClusterSpec, Records
from localemr.domain.model.stand_ins import tags
from localemr.domain.node.instance_files import instance_files
from localemr.images import plan
from localemr.images.chain import parts
from localemr.images.image import Image, with_needs
from localemr.images.present import Present, choose
from localemr.problem import Problem
from localemr.reconcile.instances import instance_spec
from localemr.releases import instance_types, releases, running_labels
from tests.contract.requests import GROUPS, cluster, fleet
from tests.golden import CATALOG, records_of
from tests.golden_scenarios import SCENARIOS

FORMATS = ("Delta", "Hudi", "Iceberg")
REAL = Catalog(applications(), releases(), instance_types())
NEAREST = replace(REAL, nearest=True)
LABEL = "emr-7.13.0"


def switch(name: str, value: str = "true") -> dict[str, Any]:
    """The configuration that adds a format."""
    return {"Classification": f"{name.lower()}-defaults", "Properties": {f"{name.lower()}.enabled": value}}


def accepted(*configurations: dict[str, Any], catalog: Catalog = REAL, **members: Any) -> Records:
    request = cluster(Configurations=list(configurations), **members)
    return accept(request, now=0.0, cluster_id="j-1ABCDEFGHIJKL", region="r", account="a", catalog=catalog)


def names(records: Records) -> list[str]:
    return [each.name for each in applications_of(records.cluster, REAL) if not each.everywhere]


@pytest.mark.parametrize("name", FORMATS)
def test_a_cluster_has_what_its_configurations_switch_on(name: str) -> None:
    assert names(accepted(switch(name))) == ["Hadoop", "Spark", name]
    assert names(accepted(switch(name, " True "))) == ["Hadoop", "Spark", name]
    assert names(accepted(switch(name, "false"))) == ["Hadoop", "Spark"]
    assert names(accepted({"Classification": f"{name.lower()}-defaults", "Properties": {"a": "true"}})) == [
        "Hadoop",
        "Spark",
    ]
    # The last of two decides, as for every property.
    assert names(accepted(switch(name), switch(name, "FALSE"))) == ["Hadoop", "Spark"]


def test_all_of_them_and_none() -> None:
    records = accepted(*map(switch, FORMATS))
    assert names(records) == ["Hadoop", "Spark", *FORMATS]
    # What was requested is shown as it was.
    assert (records.cluster.spec.applications, records.cluster.spec.switched) == (("Spark",), FORMATS)
    assert names(accepted()) == ["Hadoop", "Spark"]


def test_without_spark_there_is_nothing_to_add_to() -> None:
    assert names(accepted(switch("Iceberg"), Applications=[{"Name": "Hive"}])) == ["Hadoop", "Tez", "Hive"]


def test_named_as_an_application_it_is_one() -> None:
    records = accepted(Applications=[{"Name": "iceberg"}])
    assert names(records) == ["Hadoop", "Spark", "Iceberg"]
    both = accepted(switch("Iceberg"), Applications=[{"Name": "Iceberg"}])
    assert (names(both), both.cluster.spec.switched) == (["Hadoop", "Spark", "Iceberg"], ())


@pytest.mark.parametrize("value", ["", "yes", "1", "true,"])
def test_a_switch_is_on_or_off(value: str) -> None:
    with pytest.raises(ValidationException) as caught:
        accepted(switch("Iceberg", value))
    assert caught.value.message == (
        f"Property 'iceberg.enabled' of classification 'iceberg-defaults' is true or false, not '{value}'."
    )


@pytest.mark.parametrize(("name", "before"), [("Iceberg", "emr-6.4.0"), ("Delta", "emr-6.8.1"), ("Hudi", "emr-6.3.1")])
def test_a_label_before_it_refuses_the_classification(name: str, before: str) -> None:
    with pytest.raises(ValidationException, match=f"'{name.lower()}-defaults' is not valid for parent"):
        accepted(switch(name), catalog=NEAREST, ReleaseLabel=before)


def test_what_the_label_that_runs_in_place_lacks_has_no_effect() -> None:
    lacks = {
        label: replace(each, applications={name: own for name, own in each.applications.items() if name != "Delta"})
        for label, each in releases().items()
        if label in (LABEL, "emr-spark-8.0.0")
    }
    catalog = replace(NEAREST, releases={**lacks, "emr-spark-8.0.0": releases()["emr-spark-8.0.0"]})
    records = accepted(switch("Delta"), switch("Hudi"), catalog=catalog, ReleaseLabel="emr-spark-8.0.0")
    assert (records.cluster.spec.software, records.cluster.spec.switched) == (LABEL, ("Hudi",))


def test_the_configurations_of_a_group_or_a_fleet_switch_it_on_for_the_cluster() -> None:
    groups = [GROUPS[0], {**GROUPS[1], "Configurations": [switch("Hudi")]}]
    records = accepted(Instances={"InstanceGroups": groups})
    assert records.cluster.spec.switched == ("Hudi",)
    types = [{"InstanceType": "m5.xlarge", "Configurations": [switch("Delta")]}]
    fleets = [fleet("MASTER"), fleet("CORE", InstanceTypeConfigs=types)]
    assert accepted(Instances={"InstanceFleets": fleets}).cluster.spec.switched == ("Delta",)


def test_a_cluster_that_exists_gets_no_other_image() -> None:
    spec = accepted(switch("Delta")).cluster.spec
    check_later([switch("Delta"), switch("Iceberg", "false")], spec, REAL)
    with pytest.raises(ValidationException, match=r"Iceberg cannot be added to a cluster that exists"):
        check_later([switch("Iceberg")], spec, REAL)
    check_later([switch("Iceberg")], replace(spec, applications=("Hive",), switched=()), REAL)


def test_switches_are_for_applications_that_have_all_that_they_need() -> None:
    known = {
        "Hadoop": Application("Hadoop"),
        "Engine": Application("Engine", needs=("Hadoop",)),
        "Format": Application("Format", needs=("Engine",), switch=Switch("format", "on")),
    }
    assert switched_on(["Engine"], {"format": {"on": "TRUE"}}, known) == ("Format",)
    assert switched_on([], {"format": {"on": "TRUE"}}, known) == ()
    assert switched_on(["Engine"], {"format": {"off": "true"}, "other": {"on": "true"}}, known) == ()


def test_spark_finds_the_jars_behind_the_one_that_makes_archives_valid() -> None:
    records = records_of(SCENARIOS["spark-tables"])
    for instance in records.instances:
        used = applications_of(records.cluster, CATALOG)
        files = instance_files(records, instance, used, CATALOG)
        for process in ("driver", "executor"):
            (line,) = re.findall(rf"spark.{process}.extraClassPath (.*)", files["/etc/spark/conf/spark-defaults.conf"])
            first, *jars = line.split(":")
            assert first == "/usr/lib/spark-classpath.jar"
            assert jars == [
                "/usr/share/aws/delta/lib/*",
                "/usr/lib/hudi/hudi-spark-bundle.jar",
                "/usr/share/aws/iceberg/lib/iceberg-spark3-runtime.jar",
                "/usr/share/aws/iceberg/lib/aws/*",
            ]
        assert "iceberg.enabled true" in files["/etc/iceberg/conf/iceberg-defaults.conf"]


def test_a_cluster_without_a_switch_gets_no_file_and_no_image_of_them() -> None:
    records = records_of(SCENARIOS["spark"])
    used = applications_of(records.cluster, CATALOG)
    files = instance_files(records, records.instances[0], used, CATALOG)
    assert not [path for path in files if re.search("iceberg|delta|hudi", path)]
    assert not re.search("iceberg|delta|hudi", files["/etc/spark/conf/spark-defaults.conf"])
    assert instance_spec(records, records.instances[0], used, CATALOG).applications == ("Hadoop", "Spark")


def chain(image: Image) -> set[str]:
    """The names of an image and all that it is made of."""
    return {each.name for each in with_needs([image])}


def test_an_image_has_them_only_where_they_are_requested() -> None:
    assert not chain(plan.node(LABEL)) & {name.lower() for name in FORMATS}
    assert not {each.name for each in plan.plan((LABEL,))} & {name.lower() for name in FORMATS}
    made = chain(plan.node(LABEL, ["Spark", "Delta"]))
    assert {"delta", "delta-files", "spark-classes"} <= made
    assert not made & {"hudi", "iceberg", "hive"}


def test_they_lie_on_what_others_share() -> None:
    alone = {each.name: each.reference for each in with_needs([plan.node(LABEL, ["Spark", "Hive"])])}
    images = {each.name: each.reference for each in with_needs([plan.node(LABEL, ["Spark", "Hive", *FORMATS])])}
    same = {"hadoop", "spark", "tez", "hive", "spark-archived", "hive-archived"}
    assert {name: images[name] for name in same} == {name: alone[name] for name in same}
    assert parts(LABEL, ["Hive", "Iceberg"]) == ("Hadoop", "Spark", "Tez", "Hive", "Iceberg")


def test_a_cluster_takes_an_image_that_has_its_formats() -> None:
    whole, with_hudi = plan.node(LABEL), plan.node(LABEL, ["Spark", "Hudi"])
    present = {each.reference: Present(1, each.labels) for each in (whole, with_hudi)}
    assert choose(LABEL, ["Hadoop", "Spark"], {whole.reference: present[whole.reference]}) is not None
    assert choose(LABEL, ["Hadoop", "Spark", "Hudi"], present) == with_hudi
    assert choose(LABEL, ["Hadoop", "Spark", "Iceberg"], present) is None


def test_images_are_built_ahead_for_labels_that_have_them() -> None:
    made = {each.reference for each in for_clusters(("emr-6.9.0",), ("delta",))}
    assert plan.reference("minio") in made
    assert plan.node("emr-6.9.0", ["Delta"]).reference in made
    with pytest.raises(Problem, match=r"emr-6\.8\.1 does not have Delta"):
        for_clusters(("emr-6.8.1",), ("delta",))


VERSIONS = [(label, name) for label in running_labels() for name in FORMATS if releases()[label].version(name)]


@pytest.mark.parametrize(("label", "name"), VERSIONS)
def test_each_label_has_a_version_for_its_spark_and_its_hadoop(label: str, name: str) -> None:
    release = releases()[label]
    sums = Path(applications()[name].image) / "versions" / release.version(name) / "jars.sha256"
    jars = [re.fullmatch(r"[0-9a-f]{64}  (\S+\.jar)", line)[1] for line in sums.read_text().splitlines()]  # type: ignore[index]
    spark = release.version("Spark").rpartition(".")[0]
    if name == "Delta":
        # Delta's own table of versions of Spark.
        of_delta = {"2.1": "3.3", "2.2": "3.3", "2.4": "3.4"}.get(release.version(name)[:3], "3.5")
        assert of_delta == spark
        assert len(jars) == 2
        return
    assert any(f"spark{spark}-bundle_" in jar or f"runtime-{spark}_" in jar for jar in jars)
    if name == "Iceberg":
        hadoop = Path(applications()["Hadoop"].image) / "versions" / release.version("Hadoop") / "jars.sha256"
        of_hadoop = set(re.findall(r"\S+\.jar", hadoop.read_text()))
        modules = {"glue", "s3", "sts", "kms", "dynamodb", "sdk-core", "auth", "url-connection-client"}
        assert {f"{module}-2.29.52.jar" for module in modules} <= {*jars} | of_hadoop
        assert not {*jars} & of_hadoop


def test_every_label_with_its_classification_has_a_version() -> None:
    for label in running_labels():
        for name in FORMATS:
            has = f"{name.lower()}-defaults" in releases()[label].classifications
            assert has == bool(releases()[label].version(name)), (label, name)


def test_a_stand_in_is_named_in_the_clusters_tags() -> None:
    def tagged(label: str, *configurations: dict[str, Any]) -> str:
        spec: ClusterSpec = accepted(*configurations, ReleaseLabel=label).cluster.spec
        return str(tags(spec, REAL).get("aws:localemr:stand-ins", ""))

    assert tagged("emr-7.2.0") == ""
    assert tagged("emr-7.2.0", switch("Hudi")) == "Hudi 0.15.0 for 0.14.1"
    assert "Iceberg 1.4.1 for 1.4.0" in tagged("emr-6.15.0", switch("Iceberg"))
