"""The data file of instance types holds the figures that EMR and the Price List have published, and holds together."""

from __future__ import annotations

import csv
import re
from collections import Counter, defaultdict
from itertools import pairwise

import pytest

from localemr.domain.model.instance_types import InstanceType
from localemr.releases import instance_types
from tests.instance_types import DATA, default_volumes, factor, version, yarn_mb

TYPES = instance_types()
ARM = re.compile(r"(a1|[a-z]+\d+g[a-z]*)")
"""Families with a Graviton processor: m6g, r8gd, x2gd, im4gn, but not g4dn, which has a GPU."""

UNLISTED = {
    "c3.large",
    "c3.medium",
    "cc2.8xlarge",
    "cg1.4xlarge",
    "cr1.8xlarge",
    "g2.2xlarge",
    "hi1.4xlarge",
    "hs1.8xlarge",
}

SEVERAL_GPUS = {"g4dn", "g5", "g6", "g6e"}
"""Families whose 12xlarge has 4 GPUs and whose 16xlarge has one: price and disks follow the GPUs."""

VCORES = {"c4.xlarge": 4}
"""The published 8 is inferred. EMR's own answer is 4, its console shows 16 for c4.4xlarge, and its table gives
mapreduce.map.memory.mb a quarter of c4.xlarge's memory."""


def table(name: str) -> list[dict[str, str]]:
    with (DATA / name).open() as file:
        return list(csv.DictReader(file))


def families() -> dict[str, list[InstanceType]]:
    """The types of each family, smallest first."""
    found: dict[str, list[InstanceType]] = defaultdict(list)
    for kind in sorted(TYPES.values(), key=lambda each: each.factor):
        found[kind.name.partition(".")[0]].append(kind)
    return found


def test_some_types() -> None:
    assert TYPES["m5.xlarge"] == InstanceType(
        "m5.xlarge", 4, 16384, 12288, 4, 8, usable_mb=16384, family="GENERAL_CURRENT_GEN", volumes=2, volume_gb=32,
        ec2_usd_hour=0.192, emr_usd_hour=0.048, since=("5.13.0",),
    )  # fmt: skip
    assert TYPES["r8gd.xlarge"] == InstanceType(
        "r8gd.xlarge", 4, 32768, 23424, 4, 8, disks=1, storage_gb=237, usable_mb=31232, family="HI_MEM_CURRENT_GEN",
        architectures=("arm64",), ec2_usd_hour=0.29392, emr_usd_hour=0.07348, since=("5.36.2", "6.15.0", "7.1.0"),
    )  # fmt: skip


def test_the_table_is_a_mapping() -> None:
    assert len(TYPES) == len(list(TYPES)) == len(set(TYPES)) == 745
    assert all(TYPES[name].name == name for name in TYPES)
    assert "m5.tiny" not in TYPES and TYPES.get("m5.tiny") is None
    assert TYPES["m5.xlarge"] is TYPES["m5.xlarge"]


@pytest.mark.parametrize("row", table("published_types.csv"), ids=lambda row: row["type"])
def test_published_figures(row: dict[str, str]) -> None:
    kind = TYPES[row["type"]]
    assert (kind.vcpus, kind.memory_mb, kind.yarn_mb, kind.factor) == (
        int(row["vcpus"]), float(row["gib"]) * 1024, int(row["yarn_mb"]), int(row["factor"]),
    )  # fmt: skip
    assert kind.yarn_vcores == VCORES.get(kind.name, int(row["yarn_vcores"]))
    assert kind.ec2_usd_hour == float(row["ec2_usd_hour"])
    # The sources round a fee to three or four digits, up or down.
    for column in ("emr_usd_hour", "emr_usd_hour_rounded"):
        assert kind.emr_usd_hour == pytest.approx(float(row[column]), abs=0.00101), column


@pytest.mark.parametrize(
    ("name", "ec2", "emr"),
    [
        ("m5.12xlarge", 2.304, 0.27), ("m5d.xlarge", 0.226, 0.057), ("m5d.2xlarge", 0.452, 0.113),
        ("m5d.4xlarge", 0.904, 0.226), ("m5d.8xlarge", 1.808, 0.27), ("m5d.12xlarge", 2.712, 0.27),
        ("m5d.16xlarge", 3.616, 0.27), ("m5d.24xlarge", 5.424, 0.27), ("r7g.8xlarge", 1.7136, 0.4284),
        ("r8gd.xlarge", 0.29392, 0.07348), ("x2iedn.32xlarge", 26.676, 6.669),
    ],
)  # fmt: skip
def test_the_fee_is_a_quarter_capped_up_to_the_fifth_generation(name: str, ec2: float, emr: float) -> None:
    assert (TYPES[name].ec2_usd_hour, TYPES[name].emr_usd_hour) == (ec2, emr)


def test_the_memory_of_yarn_is_that_of_emrs_tables() -> None:
    published = {row["type"]: int(row["yarn_mb"]) for row in table("task_tables.csv")}
    assert len(published) == 221
    assert {name: TYPES[name].yarn_mb for name in published} == published


def test_other_types_have_the_memory_of_yarn_by_the_rule() -> None:
    published = {row["type"] for row in table("task_tables.csv")}
    old = {name for name in TYPES if name.startswith(("m1.", "m2."))} | {"c3.medium"}
    for name in set(TYPES) - published - old:
        assert TYPES[name].yarn_mb == yarn_mb(TYPES[name].usable_mb), name
    assert (TYPES["m5zn.2xlarge"].yarn_mb, TYPES["c7g.xlarge"].yarn_mb, TYPES["r5.12xlarge"].yarn_mb) == (
        23424, 5632, 385024,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("size", "volumes"),
    [
        ("large", (1, 32)), ("xlarge", (2, 32)), ("2xlarge", (4, 32)), ("4xlarge", (4, 64)), ("8xlarge", (4, 128)),
        ("9xlarge", (4, 144)), ("10xlarge", (4, 160)), ("12xlarge", (4, 192)), ("16xlarge", (4, 256)),
        ("18xlarge", (4, 288)), ("24xlarge", (4, 384)),
    ],
)  # fmt: skip
def test_the_default_volumes_are_the_documented_ones(size: str, volumes: tuple[int, int]) -> None:
    assert default_volumes(factor(f"m5.{size}")) == volumes
    found = {(kind.volumes, kind.volume_gb) for kind in TYPES.values() if kind.name.endswith(f".{size}")}
    assert found <= {volumes, (0, 0)} and volumes in found


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ("small", 1), ("medium", 2), ("large", 4), ("xlarge", 8), ("2xlarge", 16), ("3xlarge", 24), ("4xlarge", 32),
        ("6xlarge", 48), ("8xlarge", 64), ("9xlarge", 72), ("10xlarge", 80), ("12xlarge", 96), ("16xlarge", 128),
        ("18xlarge", 144), ("24xlarge", 192), ("32xlarge", 256), ("48xlarge", 384),
    ],
)  # fmt: skip
def test_factors_follow_the_size(size: str, expected: int) -> None:
    found = {kind.factor for kind in TYPES.values() if kind.name.partition(".")[2] == size}
    assert found == {expected}


@pytest.mark.parametrize("family", families())
def test_a_larger_size_of_a_family_has_more_and_costs_more(family: str) -> None:
    kinds = families()[family]
    assert len({(kind.architectures[-1], kind.family) for kind in kinds}) == 1
    for small, large in pairwise(kinds):
        assert small.vcpus <= large.vcpus and small.yarn_vcores <= large.yarn_vcores
        assert small.memory_mb <= large.memory_mb and small.yarn_mb <= large.yarn_mb
        if family in SEVERAL_GPUS:
            continue
        assert small.ec2_usd_hour < large.ec2_usd_hour and small.emr_usd_hour <= large.emr_usd_hour
        assert small.storage_gb <= large.storage_gb
        if large.factor == 2 * small.factor and not family.startswith(("c1", "m1", "g", "f2", "p2", "p3")):
            assert large.memory_mb == pytest.approx(2 * small.memory_mb, rel=0.01)


def test_types_are_possible() -> None:
    for kind in TYPES.values():
        family = kind.name.partition(".")[0]
        assert kind.yarn_mb < kind.usable_mb <= 1.02 * kind.memory_mb, kind
        assert kind.memory_mb * 0.92 < kind.usable_mb, kind
        assert kind.vcpus <= kind.yarn_vcores <= 2.3 * kind.vcpus, kind
        assert (kind.disks > 0) == (kind.storage_gb > 0) == (kind.volumes == 0), kind
        assert ("arm64" in kind.architectures) == bool(ARM.fullmatch(family)), kind
        assert 0 < kind.emr_usd_hour <= 0.31 * kind.ec2_usd_hour, kind
        assert kind.ebs_optimized in ("no", "available", "default"), kind
        if re.fullmatch(r"[cmrx]\d[a-z]*d[a-z]*", family):
            assert kind.disks, kind


def test_each_types_releases_are_in_order() -> None:
    for kind in TYPES.values():
        majors = [version(each)[0] for each in kind.since]
        assert majors == sorted(set(majors)), kind
        assert bool(majors) == (kind.name not in UNLISTED), kind


@pytest.mark.parametrize(
    ("label", "count"),
    [
        ("emr-5.0.0", 147), ("emr-5.36.0", 398), ("emr-5.36.1", 626), ("emr-5.36.2", 712), ("emr-6.0.0", 255),
        ("emr-6.9.0", 482), ("emr-6.15.0", 713), ("emr-7.0.0", 627), ("emr-7.1.0", 659), ("emr-7.9.0", 731),
        ("emr-7.13.0", 737), ("emr-8.0.0", 737), ("emr-spark-8.0.0", 737),
    ],
)  # fmt: skip
def test_a_release_has_as_many_types_as_emr_lists_for_it(label: str, count: int) -> None:
    assert sum(kind.listed(label) for kind in TYPES.values()) == count


def test_a_type_belongs_to_the_releases_behind_its_first() -> None:
    m7g = TYPES["m7g.xlarge"]
    labels = ["5.36.0", "5.36.1", "6.0.0", "6.9.1", "6.10.0", "7.0.0", "8.0.0"]
    assert [m7g.listed(f"emr-{each}") for each in labels] == [False, True, False, False, True, True, True]
    retired = TYPES["cc2.8xlarge"]
    assert (retired.listed("emr-5.0.0"), retired.accepted("emr-5.0.0"), m7g.accepted("emr-6.9.1")) == (
        False, True, False,
    )  # fmt: skip


def test_families_that_public_requests_name_are_there() -> None:
    wanted = Counter(kind.name.partition(".")[0] for kind in TYPES.values() if kind.listed("emr-7.13.0"))
    names = (
        "m4 m5 m5a m5d m6a m6g m6gd m6i m6id m7a m7g m7i m8g r4 r5 r5a r5d r5dn r6g r6gd r6i r6id r7g r7i c4 c5 c5a c5d"
    )
    for family in f"{names} c5n c6g c6gn c6i c7g i3 i3en i4i im4gn is4gen d2 d3 g4dn g5 g6 p3 p4d z1d x1 x2idn".split():
        assert wanted[family] > 0, family
