"""Which Java applications run on is data of the release: in images, files and commands."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from localemr.applications.java import opens
from localemr.domain.decide.passes import Pass
from localemr.domain.model.observed import Observed
from localemr.domain.model.release import Release
from localemr.domain.node.configurations import files
from localemr.domain.node.instance_files import facts_of
from localemr.images import plan
from localemr.images.chain import RECIPES
from localemr.images.image import with_needs
from localemr.releases import default_release, running_labels
from tests.golden import CATALOG, records_of
from tests.golden_scenarios import LABEL, SCENARIOS
from tests.images import forget, have_release

VERSIONS = default_release().applications
TRINO = {"Trino": "476", "Java of Trino": "25"}
OLD = Release("emr-old", VERSIONS, java=8)
MIXED = Release("emr-mixed", VERSIONS, java=17, javas={"Hadoop": 8, "Hive": 8, "Tez": 8}, stand_ins=TRINO)
FILES = ("hadoop-files", "spark-files", "hive-files")
REFUSED_BY_8 = ("--add-opens", "SharedArchiveFile", "-Xlog:", "ArchiveRelocationMode")


def made(release: Release) -> dict[str, str]:
    """The configuration files of a master with all applications."""
    records = records_of(SCENARIOS["everything"])
    catalog = replace(CATALOG, releases={LABEL: release})
    used = Pass(records, Observed(), 0.0, catalog).applications()
    return files(used, facts_of(records, records.instances[0], used, catalog))


def test_an_old_java_gets_no_option_that_it_refuses() -> None:
    text = "\n".join(made(OLD).values())
    assert not [option for option in REFUSED_BY_8 if option in text]
    assert "jre-17" not in text
    assert 'export JAVA_HOME="/usr/lib/jvm/jre-8"' in made(OLD)["/etc/hadoop/conf/hadoop-env.sh"]


def test_each_application_has_its_own() -> None:
    texts = made(MIXED)
    assert 'export JAVA_HOME="/usr/lib/jvm/jre-8"' in texts["/etc/hadoop/conf/hadoop-env.sh"]
    assert 'export JAVA_HOME="/usr/lib/jvm/jre-17"' in texts["/etc/spark/conf/spark-env.sh"]
    assert 'export JAVA_HOME="/usr/lib/jvm/jre-8"' in texts["/etc/hive/conf/hive-env.sh"]
    assert "spark.executorEnv.JAVA_HOME /usr/lib/jvm/jre-17" in texts["/etc/spark/conf/spark-defaults.conf"]
    assert "SharedArchiveFile" in texts["/etc/spark/conf/spark-defaults.conf"]
    assert "add-opens" not in texts["/etc/tez/conf/tez-site.xml"] + texts["/etc/hive/conf/hive-site.xml"]


def test_a_java_that_stands_in_for_an_older_one_takes_its_options() -> None:
    stand_in = Release("emr-6", VERSIONS, java=8, stand_ins={"Java": "17"})
    texts = made(stand_in)
    older = "@/usr/lib/localemr/older-java"
    assert f"JDK_JAVA_OPTIONS={older}" in texts["/etc/hadoop/conf/yarn-site.xml"]
    for path in ("/etc/hadoop/conf/hadoop-env.sh", "/etc/hive/conf/hive-env.sh"):
        assert f'export HADOOP_OPTS="{older}"' in texts[path]
    (driver,) = re.findall("spark.driver.defaultJavaOptions (.*)", texts["/etc/spark/conf/spark-defaults.conf"])
    assert older in driver
    assert "jre-17" in driver + texts["/etc/spark/conf/spark-env.sh"]
    for release in (Release("emr-7", VERSIONS, java=17), OLD):
        assert "older-java" not in "\n".join(made(release).values())


def test_its_options_are_in_a_file_of_the_node() -> None:
    lines = (RECIPES / "node" / "older-java").read_text().splitlines()
    assert [line for line in lines if not line.startswith("#")] == [
        "-XX:+IgnoreUnrecognizedVMOptions",
        *opens(17).split(),
    ]


def test_images_are_put_together_with_it(monkeypatch: pytest.MonkeyPatch) -> None:
    usual = {image.name: image for image in plan.plan()}
    have_release(monkeypatch, MIXED)
    forget()
    images = {image.name: image for image in with_needs([plan.node(MIXED.label)])}
    forget()
    # Java 17 lies on Java 8, and is JAVA_HOME.
    assert images["java-17"].needs == (images["java-8"],)
    assert {name: images[name].args["JAVA"] for name in ("hadoop", "spark", "hive")} == {
        "hadoop": "8",
        "spark": "17",
        "hive": "8",
    }
    assert {name for name in images if name.endswith("-archived")} == {
        "spark-archived",
        "presto-archived",
        "trino-archived",
    }
    # One JDK compiles for both; the node's own classes run on both.
    compiled = [{need.reference for need in images[name].needs} for name in (*FILES, "node")]
    assert all(usual["tools-17"].reference in needs for needs in compiled)
    assert images["node"].args["JAVA"] == "8"


def test_images_follow_what_they_need() -> None:
    seen: set[str] = set()
    for image in plan.plan(running_labels()):
        assert {need.reference for need in image.needs} <= seen
        seen.add(image.reference)
