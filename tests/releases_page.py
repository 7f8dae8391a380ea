"""The tables of docs/releases.md and docs/tables.md, and the list of classifications without effect in
docs/configurations.md. `make docs` writes them.

The last column of the first table comes from tests/tried_labels.toml, which `make test-labels` writes.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

from localemr.applications import applications
from localemr.domain.accept.releases import nearest_release
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.release import JAVA, PYTHON, Release, label_version
from localemr.releases import classification_groups, releases

ROOT = Path(__file__).parents[1]
TRIED = Path(__file__).with_name("tried_labels.toml")
RELEASES, CONFIGURATIONS = ROOT / "docs" / "releases.md", ROOT / "docs" / "configurations.md"
TABLES = ROOT / "docs" / "tables.md"
SHOWN = ("Hadoop", "Spark", "Hive", "Tez", "Presto", "Trino", "Flink", "Pig", "HBase", "ZooKeeper")
FORMATS = ("Iceberg", "Delta", "Hudi")


def newest_first() -> list[Release]:
    """All releases."""
    return [releases()[label] for label in sorted(releases(), key=label_version, reverse=True)]


def version(release: Release, name: str, own: str) -> str:
    """EMR's version, and after an arrow the one that runs in its place."""
    stand_in = release.stand_ins.get(name, "")
    return f"{own} → {stand_in}" if stand_in else own or "–"


def running() -> Iterable[str]:
    """The table of labels that run."""
    tried = tomllib.loads(TRIED.read_text())
    yield f"| label | {' | '.join(SHOWN)} | Java | Python | runs | tried on |"
    yield "| --- " * (len(SHOWN) + 5) + "|"
    for release in newest_first():
        if release.runs:
            found = [version(release, name, release.applications.get(name, "")) for name in SHOWN]
            found += [version(release, JAVA, str(release.java)), version(release, PYTHON, release.python)]
            how = "with stand-ins" if {*SHOWN, JAVA, PYTHON} & release.stand_ins.keys() else "exactly"
            yield f"| {release.label} | {' | '.join(found)} | {how} | {tried.get(release.label, '–')} |"


def data_only() -> Iterable[str]:
    """The table of labels that are data alone."""
    catalog = Catalog(applications(), releases(), {})
    yield f"| label | {' | '.join(SHOWN)} | Java | nearest |"
    yield "| --- " * (len(SHOWN) + 3) + "|"
    for release in newest_first():
        if not release.runs:
            found = [release.applications.get(name, "–") for name in SHOWN]
            near = nearest_release(release.label, catalog).label
            yield f"| {release.label} | {' | '.join(found)} | {release.java} | {near} |"


def formats() -> Iterable[str]:
    """The table of table formats in labels that run."""
    yield f"| label | Spark | {' | '.join(FORMATS)} |"
    yield "| --- " * (len(FORMATS) + 2) + "|"
    for release in newest_first():
        if release.runs:
            found = [version(release, name, release.applications.get(name, "")) for name in FORMATS]
            yield f"| {release.label} | {release.version('Spark')} | {' | '.join(found)} |"


def without_effect() -> Iterable[str]:
    """The classifications that are accepted and that no application reads."""
    read = {name for application in applications().values() for name in application.classifications}
    for group, names in classification_groups().items():
        if left := [name for name in names if name not in read]:
            yield f"- {group}: {', '.join(f'`{name}`' for name in left)}"


MADE: dict[Path, dict[str, Callable[[], Iterable[str]]]] = {
    RELEASES: {"running": running, "data only": data_only},
    CONFIGURATIONS: {"without effect": without_effect},
    TABLES: {"formats": formats},
}


def with_made(path: Path) -> str:
    """The page with its made parts, each between two marks."""
    page = path.read_text()
    for name, make in MADE[path].items():
        head, begin, rest = page.partition(f"<!-- made: {name} -->\n")
        _, end, tail = rest.partition("<!-- end -->")
        if not end:
            raise ValueError(f"{path.name} lacks the marks of '{name}'")
        page = "".join((head, begin, *(f"{line}\n" for line in make()), end, tail))
    return page


if __name__ == "__main__":
    for each in MADE:
        each.write_text(with_made(each))
