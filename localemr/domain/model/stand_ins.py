"""What runs in a cluster in place of what EMR would run: in a sentence, and as tags. Pure.

The tags have EMR's own prefix for tags of the system: clients such as Terraform leave those out when they compare a
cluster's tags with the ones that they set.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import installed
from localemr.domain.model.records import ClusterSpec
from localemr.domain.model.release import JAVA, JAVA_OF, PYTHON, Release

RELEASE_TAG, STAND_INS_TAG, WITHOUT_TAG = "aws:localemr:release", "aws:localemr:stand-ins", "aws:localemr:without"
MAX_VALUE = 256
"""Characters of a tag's value (EMR)."""


def stand_ins(requested: Release, software: Release, applications: Iterable[str]) -> list[str]:
    """What differs, as `Hadoop 3.4.2 for 3.4.1`: of these applications, Java and Python."""
    own = {**requested.applications, JAVA: str(requested.java), PYTHON: requested.python}
    names = list(applications)
    runs = {name: software.version(name) for name in names}
    for name in names:
        if JAVA_OF + name in software.stand_ins:
            own[JAVA_OF + name] = str(requested.javas.get(name, requested.java))
            runs[JAVA_OF + name] = str(software.java_of(name))
    runs |= {JAVA: str(software.default_java), PYTHON: software.default_python}
    return [
        f"{name} {version} for {own[name]}"
        for name, version in runs.items()
        if own.get(name) and version and version != own[name]
    ]


def absent(spec: ClusterSpec, catalog: Catalog) -> list[str]:
    """The requested applications that the cluster does without: LocalEMR does not have them."""
    if catalog.simulated:
        return []
    return [name for name in spec.applications if name not in catalog.applications]


def remark(spec: ClusterSpec, catalog: Catalog) -> str:
    """The sentence for the cluster's StateChangeReason when another label, or not every application, runs. Or empty."""
    without = f" without {', '.join(missing)}" if (missing := absent(spec, catalog)) else ""
    if spec.software_label:
        return f"LocalEMR runs {spec.software_label} in place of {spec.release_label}{without}."
    return f"LocalEMR runs {spec.release_label}{without}." if without else ""


def tags(spec: ClusterSpec, catalog: Catalog) -> Mapping[str, str]:
    """The tags that declare what differs from EMR. None where nothing does, and for simulated clusters."""
    requested, software = catalog.releases.get(spec.release_label), catalog.releases.get(spec.software)
    if catalog.simulated or requested is None or software is None:
        return {}
    names = [each.name for each in installed(spec.installs, catalog.applications)]
    found = {
        RELEASE_TAG: spec.software_label,
        STAND_INS_TAG: ", ".join(stand_ins(requested, software, names)),
        WITHOUT_TAG: ", ".join(absent(spec, catalog)),
    }
    return {name: value[:MAX_VALUE] for name, value in found.items() if value}
