"""The data files: they load, and they hold together."""

from __future__ import annotations

import tomllib
from pathlib import Path

import localemr
from localemr.applications import applications
from localemr.domain.accept.software import DEFAULT_APPLICATION
from localemr.releases import default_release, releases


def test_the_default_release_has_what_clusters_get_by_default() -> None:
    release = default_release()
    assert DEFAULT_APPLICATION in release.applications
    assert all("-amzn-" not in version for version in release.applications.values())


def test_every_application_of_a_release_is_known_with_all_that_it_needs() -> None:
    for release in releases().values():
        for name in release.applications:
            assert set(applications()[name].needs) <= set(release.applications), (release.label, name)


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
