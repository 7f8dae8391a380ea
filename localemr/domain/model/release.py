"""A release label: what EMR has under it, and what runs in its place."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

JAVA, PYTHON = "Java", "Python"
"""The names under which stand-ins of Java and Python are declared, beside those of applications."""
JAVA_OF = f"{JAVA} of "
"""Begins the name under which the stand-in of one application's Java is declared; the application's name follows."""

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

    `applications` has EMR's upstream version of each of its applications, those that LocalEMR lacks too. `java` is
    the major version (8, 17) of EMR's default Java, `javas` names the applications with another one, `python` is
    PySpark's default. `log4j` is the major version that Spark logs with. `stand_ins` has the version that runs
    instead, by the name of an application, `Java`, `Java of` an application, or `Python`. A release with `runs` false
    is data alone: no images exist for it. `lacks` are the features (releases/features.toml) that it is too old for,
    each with the labels that it began with. `classifications` are those that it has on EMR, `excluded` those that
    only other labels have.
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
    lacks: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    classifications: AbstractSet[str] = frozenset()
    excluded: AbstractSet[str] = frozenset()

    def version(self, application: str) -> str:
        """The version of an application that runs here: the stand-in's, or EMR's. Empty: the release lacks it."""
        return self.stand_ins.get(application, self.applications.get(application, ""))

    @property
    def default_java(self) -> int:
        """The major version of the Java that instances have as `JAVA_HOME`."""
        return int(self.stand_ins.get(JAVA, self.java))

    def java_of(self, application: str) -> int:
        """The major version of the Java that an application runs on here."""
        if own := self.stand_ins.get(JAVA_OF + application):
            return int(own)
        return self.default_java if JAVA in self.stand_ins else self.javas.get(application, self.java)

    @property
    def default_python(self) -> str:
        """The version of the Python that PySpark runs on here (`3.11`). Empty: not known."""
        return self.stand_ins.get(PYTHON, self.python)

    def has(self, feature: str) -> bool:
        """Whether the release has a feature of releases/features.toml."""
        return feature not in self.lacks


def nearest(label: str, labels: Iterable[str]) -> str:
    """The label of these that is nearest to a label: of its own line and major version first, then by version.

    A label of another major version is the nearer, the less there is between the two. Of two that are equally near the
    newer one is taken. Raises ValueError without labels.
    """
    wanted = label_version(label)

    def distance(other: str) -> tuple[object, ...]:
        version = label_version(other)
        newer_first = (-version.major, -version.minor, -version.patch)
        return (version.line != wanted.line, _gap(wanted, version), newer_first)

    return min(labels, key=distance)


def _gap(wanted: LabelVersion, other: LabelVersion) -> tuple[int, bool, int, int]:
    """How far apart two versions are: in major versions (a newer one first), then in minor ones and patches."""
    majors = other.major - wanted.major
    if majors == 0:
        return (0, False, abs(other.minor - wanted.minor), abs(other.patch - wanted.patch))
    direction = 1 if majors > 0 else -1
    return (abs(majors), majors < 0, direction * other.minor, direction * other.patch)
