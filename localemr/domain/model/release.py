"""A release label: what EMR has under it, and what runs in its place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

JAVA, PYTHON = "Java", "Python"
"""The names under which stand-ins of Java and Python are declared, beside those of applications."""

_LABEL = re.compile(r"(emr(?:-[a-z]+)?)-(\d+)\.(\d+)\.(\d+)")


@dataclass(frozen=True, order=True)
class LabelVersion:
    """The numbers of a release label in the order of releases, then its line (`emr`, `emr-spark`)."""

    major: int
    minor: int
    patch: int
    line: str = "emr"


def label_version(label: str) -> LabelVersion:
    """The version in a release label (`emr-6.15.0`, `emr-spark-8.0.0`). Raises ValueError for another text."""
    found = _LABEL.fullmatch(label)
    if found is None:
        raise ValueError(f"not a release label: {label}")
    return LabelVersion(int(found[2]), int(found[3]), int(found[4]), found[1])


@dataclass(frozen=True)
class Release:
    """A release label with EMR's facts, and with what LocalEMR runs where it cannot run the same.

    `applications` has EMR's upstream version of each of its applications, those that LocalEMR lacks too. `java` is the
    major version (8, 17) of EMR's default Java, `javas` names the applications with another one, `python` is PySpark's
    default. `log4j` is the major version that Spark logs with. `stand_ins` has the version that runs instead, by the
    name of an application, `Java` or `Python`. A release with `runs` false is data alone: no images exist for it.
    `lacks` are the features (releases/features.toml) that began with a later label.
    """

    label: str
    applications: Mapping[str, str]
    java: int = 17
    javas: Mapping[str, int] = field(default_factory=dict)
    stand_ins: Mapping[str, str] = field(default_factory=dict)
    runs: bool = True
    python: str = ""
    os: str = ""
    log4j: int = 2
    released: str = ""
    lacks: AbstractSet[str] = frozenset()

    def version(self, application: str) -> str:
        """The version of an application that runs here: the stand-in's, or EMR's. Empty: the release lacks it."""
        return self.stand_ins.get(application, self.applications.get(application, ""))

    @property
    def default_java(self) -> int:
        """The major version of the Java that instances have as `JAVA_HOME`."""
        return int(self.stand_ins.get(JAVA, self.java))

    def java_of(self, application: str) -> int:
        """The major version of the Java that an application runs on here."""
        return self.default_java if JAVA in self.stand_ins else self.javas.get(application, self.java)

    @property
    def default_python(self) -> str:
        """The version of the Python that PySpark runs on here (`3.11`). Empty: not known."""
        return self.stand_ins.get(PYTHON, self.python)

    def has(self, feature: str) -> bool:
        """Whether the release has a feature of releases/features.toml."""
        return feature not in self.lacks
