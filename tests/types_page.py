"""The tables of docs/instance-types.md, made from the data file. `make docs` writes them."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from localemr.domain.model.instance_types import InstanceType
from localemr.releases import instance_types

PAGE = Path(__file__).parents[1] / "docs" / "instance-types.md"
BEGIN = "<!-- Made by `make docs` from localemr/releases/instance_types.csv. -->\n"
HEAD = (
    "| type | vCPU | GiB | YARN MiB | vcores | factor | disks GB | EC2 USD/h | EMR USD/h |\n"
    "| --- | ---: | ---: | ---: | ---: | ---: | ---: | ---: | ---: |\n"
)


def row(kind: InstanceType) -> str:
    """The type's row of its family's table."""
    disks = f"{kind.disks} × {kind.storage_gb // kind.disks:,}" if kind.disks else ""
    return (
        f"| {kind.name} | {kind.vcpus} | {kind.memory_mb / 1024:,.4g} | {kind.yarn_mb:,} | {kind.yarn_vcores} "
        f"| {kind.factor} | {disks} | {kind.ec2_usd_hour:g} | {kind.emr_usd_hour:g} |\n"
    )


def families() -> Iterator[str]:
    """A heading, a line and a table for each family, in alphabetical order."""
    kinds = sorted(instance_types().values(), key=lambda kind: (kind.name.partition(".")[0], kind.factor))
    for family, members in groupby(kinds, key=lambda kind: kind.name.partition(".")[0]):
        types = list(members)
        starts = dict.fromkeys(" and ".join(f"emr-{each}" for each in kind.since) for kind in types)
        since = ", or ".join(f"from {each} on" if each else "listed by no release" for each in starts)
        yield f"\n### {family}\n{types[0].architectures[-1]}, {since}.\n\n{HEAD}{''.join(map(row, types))}"


def with_tables(page: str) -> str:
    """The page with its tables; what stands before them is written by hand."""
    return page.partition(BEGIN)[0] + BEGIN + "".join(families())


if __name__ == "__main__":
    PAGE.write_text(with_tables(PAGE.read_text()))
