"""The data files: they load, and they hold together."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

import localemr
from localemr.applications import applications
from localemr.domain.accept.software import DEFAULT_APPLICATIONS
from localemr.domain.model.dependencies import with_dependencies
from localemr.domain.model.release import JAVA, JAVA_OF, PYTHON, Release, label_version
from localemr.releases import began, default_release, features, releases


def test_the_default_release_has_what_clusters_get_by_default() -> None:
    release = default_release()
    assert DEFAULT_APPLICATIONS[0] in release.applications
    assert all("-amzn-" not in version for version in release.applications.values())


def test_a_release_that_runs_has_all_that_its_applications_need() -> None:
    for release in (each for each in releases().values() if each.runs):
        for application in with_dependencies(release.applications, applications()):
            assert set(application.needs) <= set(release.applications), (release.label, application.name)


def test_stand_ins_are_declared_only_where_they_differ() -> None:
    for release in releases().values():
        own = {**release.applications, JAVA: str(release.java), PYTHON: release.python}
        own |= {JAVA_OF + name: str(release.javas.get(name, release.java)) for name in release.applications}
        for name, version in release.stand_ins.items():
            assert own[name] != version, (release.label, name)


def test_what_runs_is_the_stand_in() -> None:
    versions = {"Hadoop": "3.4.1", "Spark": "3.5.4"}
    release = Release("emr-7.8.0", versions, 8, {"Presto": 11}, {"Hadoop": "3.4.2", "Java": "17", "Python": "3.11"})
    assert (release.version("Hadoop"), release.version("Spark"), release.version("Hue")) == ("3.4.2", "3.5.4", "")
    assert (release.default_java, release.java_of("Presto"), release.default_python) == (17, 17, "3.11")
    one = Release("emr-7.8.0", versions, 8, {"Presto": 11}, {"Java of Presto": "17"})
    assert (one.default_java, one.java_of("Presto"), one.java_of("Hadoop")) == (8, 17, 8)
    exact = Release("emr-7.8.0", versions, 8, {"Presto": 11}, python="3.9")
    assert (exact.default_java, exact.java_of("Presto"), exact.default_python) == (8, 11, "3.9")


def test_labels_have_an_order() -> None:
    labels = ["emr-4.0.0", "emr-5.9.1", "emr-5.36.0", "emr-6.15.0", "emr-7.9.0", "emr-7.13.0", "emr-spark-8.0.0"]
    assert sorted(reversed(labels), key=label_version) == labels
    for wrong in ("", "emr-7", "7.13.0", "emr-7.13.0-latest", "EMR-7.13.0", "emr-7.13.0\n"):
        with pytest.raises(ValueError, match="not a release label"):
            label_version(wrong)


def test_features_begin_with_a_label_of_each_line() -> None:
    first = features()["managed-scaling"]
    found = {label: began(label, first) for label in ("emr-4.9.6", "emr-5.29.0", "emr-5.30.0", "emr-5.36.2",
             "emr-6.0.1", "emr-6.1.0", "emr-7.0.0")}  # fmt: skip
    assert [label for label, has in found.items() if has] == ["emr-5.30.0", "emr-5.36.2", "emr-6.1.0", "emr-7.0.0"]
    assert releases()["emr-7.13.0"].has("s3a")
    assert not releases()["emr-7.13.0"].has("sessions")
    labels = ("emr-5.36.2", "emr-6.15.0", "emr-7.13.0", "emr-7.14.0", "emr-spark-8.0.0")
    assert [label for label in labels if releases()[label].has("hundred-steps-a-call")] == list(labels[3:])


def test_only_known_features_are_looked_up() -> None:
    package = Path(localemr.__file__).parent
    texts = [path.read_text() for path in package.rglob("*.py")]
    assert {name for text in texts for name in re.findall(r'\.has\("([^"]+)"\)', text)} <= set(features())


def test_a_file_has_the_name_of_its_label() -> None:
    assert [release.label for release in releases().values()] == list(releases())


def test_the_default_release_is_named_in_one_place() -> None:
    label = default_release().label
    package = Path(localemr.__file__).parent
    naming = {
        path.relative_to(package).as_posix()
        for path in package.rglob("*")
        if path.suffix in (".py", ".toml") and label in path.read_text()
    }
    assert naming == {"releases/default.toml", f"releases/{label}.toml"}


def test_the_spark_of_the_host_is_that_of_the_default_release() -> None:
    project = tomllib.loads((Path(localemr.__file__).parents[1] / "pyproject.toml").read_text())
    assert project["project"]["optional-dependencies"]["spark"] == [
        f"pyspark=={default_release().applications['Spark']}"
    ]
