"""Data of release labels, of features that began with one, and of instance types: TOML and CSV files in this folder.

Other packages add release labels by an entry point of the group `localemr.releases`, which names a package with files
`emr-*.toml` of the same form.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from localemr.domain.model.instance_types import InstanceType
from localemr.domain.model.release import LabelVersion, Release, label_version
from localemr.extensions import added
from localemr.releases.table import Table

GROUP = "localemr.releases"
_FILES = resources.files(__package__)


@cache
def releases() -> Mapping[str, Release]:
    """Release label → release. Raises ValueError for a label that two files define.

    A file is read when its label is first looked up: there are some 150, and most programs need one.
    """
    found: dict[str, Traversable] = {}
    for folder in (_FILES, *(resources.files(each) for each in added(GROUP))):
        for file in sorted(folder.iterdir(), key=lambda each: each.name):
            label = file.name.removesuffix(".toml")
            if file.name.startswith("emr-") and label != file.name:
                if label in found:
                    raise ValueError(f"two files define the release {label}")
                found[label] = file
    return _Releases(found)


@cache
def running_labels() -> tuple[str, ...]:
    """The labels that run, oldest first. Reads all files."""
    return tuple(sorted((label for label, release in releases().items() if release.runs), key=label_version))


class _Releases(Mapping[str, Release]):
    """Releases by label, each read from its file at its first use."""

    def __init__(self, files: Mapping[str, Traversable]) -> None:
        self._files = files
        self._read: dict[str, Release] = {}

    def __getitem__(self, label: str) -> Release:
        if label not in self._read:
            self._read[label] = _release(label, tomllib.loads(self._files[label].read_text()))
        return self._read[label]

    def __iter__(self) -> Iterator[str]:
        return iter(self._files)

    def __len__(self) -> int:
        return len(self._files)


def _release(label: str, data: Mapping[str, Any]) -> Release:
    """The release of a file's data. Raises ValueError when the file has another label's name."""
    if data["label"] != label:
        raise ValueError(f"the file {label}.toml defines {data['label']}")
    javas = dict(data.get("java", {}))
    java = javas.pop("default", Release.java)
    version = label_version(label)
    has = frozenset(name for name, ranges in classifications().items() if any(version in each for each in ranges))
    return Release(
        label,
        data["applications"],
        java,
        javas,
        released=str(data.get("released", "")),
        lacks={name: first for name, first in features().items() if not began(label, first)},
        classifications=has,
        excluded=classifications().keys() - has,
        **{name: data[name] for name in ("runs", "python", "os", "log4j", "stand_ins") if name in data},
    )


@cache
def features() -> Mapping[str, tuple[str, ...]]:
    """Feature → the labels that it began with, from `features.toml`."""
    data = tomllib.loads(_FILES.joinpath("features.toml").read_text())
    return {name: tuple(first) for name, first in data.items()}


def began(label: str, first: Iterable[str]) -> bool:
    """Whether a feature that began with the labels `first`, at most one of each major version, is in a label.

    The major versions after the last of these have it from their start.
    """
    version, starts = label_version(label), [label_version(each) for each in first]
    own = [start for start in starts if start.major == version.major]
    return all(version >= start for start in own) if own else version > max(starts)


@dataclass(frozen=True)
class Range:
    """Labels of one line and major version, from the first to the last (None: it goes on)."""

    first: LabelVersion
    last: LabelVersion | None

    def __contains__(self, version: LabelVersion) -> bool:
        same = (version.line, version.major) == (self.first.line, self.first.major)
        return same and self.first <= version and (self.last is None or version <= self.last)


@cache
def classifications() -> Mapping[str, tuple[Range, ...]]:
    """Classification → the labels that have it, from `classifications.toml`."""
    return {name: _ranges(text) for group in classification_groups().values() for name, text in group.items()}


@cache
def classification_groups() -> Mapping[str, Mapping[str, str]]:
    """Application → its classifications, each with the ranges of labels that have it, from `classifications.toml`."""
    return tomllib.loads(_FILES.joinpath("classifications.toml").read_text())


@cache
def _ranges(text: str) -> tuple[Range, ...]:
    """`5.0.0.. 6.0.0..6.7.0`: most classifications have the same ones."""
    ends = [each.partition("..") for each in text.split()]
    return tuple(Range(label_version(f"emr-{a}"), label_version(f"emr-{b}") if b else None) for a, _, b in ends)


@cache
def default_label() -> str:
    """The label of requests that name none, from `default.toml`."""
    return str(tomllib.loads(_FILES.joinpath("default.toml").read_text())["label"])


def default_release() -> Release:
    """The release of requests that name none. A start needs its label alone: reading the first release takes 15 ms."""
    return releases()[default_label()]


@cache
def instance_types() -> Mapping[str, InstanceType]:
    """Name → instance type, in EMR's order, from `instance_types.csv` (made by `python -m tests.instance_types`)."""
    return Table(_FILES.joinpath("instance_types.csv").read_text())
