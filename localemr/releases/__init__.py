"""Data of release labels and instance types, loaded from the TOML and CSV files in this folder.

Other packages add release labels by an entry point of the group `localemr.releases`, which names a package with files
`emr-*.toml` of the same form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from importlib.metadata import entry_points
from importlib.resources.abc import Traversable

from localemr.domain.model.application import Release
from localemr.domain.model.instance_types import InstanceType
from localemr.releases.table import Table

GROUP = "localemr.releases"
_FILES = resources.files(__package__)


@cache
def releases() -> Mapping[str, Release]:
    """Release label → release. Raises ValueError for a label that is defined twice."""
    found: dict[str, Release] = {}
    for folder in (_FILES, *(resources.files(entry.load()) for entry in entry_points(group=GROUP))):
        for release in _in(folder):
            if release.label in found:
                raise ValueError(f"two files define the release {release.label}")
            found[release.label] = release
    return found


def _in(folder: Traversable) -> Iterator[Release]:
    """The releases of the files `emr-*.toml`: `label`, `[applications]` with upstream versions, `[java]`."""
    for file in sorted(folder.iterdir(), key=lambda each: each.name):
        if file.name.startswith("emr-") and file.name.endswith(".toml"):
            data = tomllib.loads(file.read_text())
            javas = dict(data["java"])
            yield Release(data["label"], data["applications"], javas.pop("default"), javas)


@cache
def default_release() -> Release:
    """The release of requests that name none, from `default.toml`."""
    return releases()[tomllib.loads(_FILES.joinpath("default.toml").read_text())["label"]]


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Name → instance type, in EMR's order, from `instance_types.csv` (made by `python -m tests.instance_types`)."""
    return Table(_FILES.joinpath("instance_types.csv").read_text())
