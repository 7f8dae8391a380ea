"""The data file of instance types, made from public sources: `python -m tests.instance_types` writes it anew.

Sources:
- moto 5.2.5 (a package of PyPI, pinned by its checksum below, downloaded by pip or given as an argument): EMR's own
  answers to ListSupportedInstanceTypes for each release label, and EC2's to DescribeInstanceTypes, both of us-east-1;
- tests/data/ec2_prices.csv: EC2's prices on demand in us-east-1 on 2026-07-20, from the Price List by way of
  aws/karpenter-provider-aws, commit 6fc13b5236fd04fd16ff3f9dc7490d0813994099; the types that EC2 has retired, from
  public price tables of their time;
- EMR's task configuration tables (release guide, 2022-01-24) for the memory of YARN, by the rule that gives all of
  their figures but those in YARN_MB. tests/data/task_tables.csv has them, and tests/unit/test_instance_types.py
  holds the file against them.
"""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path
from typing import Any, NamedTuple
from zipfile import ZipFile

DATA = Path(__file__).parent / "data"
TARGET = Path(__file__).parents[1] / "localemr" / "releases" / "instance_types.csv"
MOTO = "moto==5.2.5"
SHA256 = "eef62cdcf3bfe73e0863743511ba042dfaba04ba3d5ecdcb896a196c693ad528"

ORDER = "emr-7.14.0"
"""The label whose list has all types: the file has EMR's order."""

ELSEWHERE = {"emr-4.6.1", "emr-5.0.1", "emr-5.0.2", "emr-5.18.0", "emr-6.0.1", "emr-6.10.0"}
"""Labels whose lists are those of another region, or empty: what the labels before and behind agree on holds there."""

YARN_MB = {"m1.small": 1024, "m1.medium": 2048, "m1.large": 5120, "m1.xlarge": 12288, "m2.xlarge": 14336,
           "m2.2xlarge": 30720, "m2.4xlarge": 61440, "c1.medium": 1024, "c3.medium": 1024, "cc2.8xlarge": 56320,
           "cg1.4xlarge": 20480, "cr1.8xlarge": 241664, "g2.2xlarge": 12288, "hi1.4xlarge": 53760,
           "hs1.8xlarge": 56320}  # fmt: skip
"""Published figures that the rule does not give. m1.small and c3.medium have none: as c1.medium, of the same memory.
m2.2xlarge: twice what it has beside HBase, as all types (its table repeats m2.4xlarge's figure)."""

OLD = {"cc2", "cg1", "cr1", "d2", "d3", "d3en", "g2", "g3", "g3s", "g4dn", "h1", "hi1", "hs1", "i2", "i3", "i3en", "p2",
       "p3", "x1", "x1e", "z1d"}  # fmt: skip
"""Families of the 5th generation's time and older beside c, m and r."""

FEE_CAP, FEE_SHARE = Decimal("0.27"), Decimal("0.25")
FEES = {"m3.xlarge": "0.070", "m3.2xlarge": "0.140", "m4.large": "0.030", "m4.xlarge": "0.060", "m4.2xlarge": "0.120",
        "m4.4xlarge": "0.240", "c4.large": "0.026", "c4.xlarge": "0.053", "c4.2xlarge": "0.105",
        "c4.4xlarge": "0.210"}  # fmt: skip
"""EMR's fees that are no quarter of today's price: EC2's price fell later. Published ones, doubled with the size."""


class Row(NamedTuple):
    """One line of the file. See InstanceType for the meanings."""

    name: str
    family: str
    architectures: str
    vcpus: int
    memory_mb: int
    usable_mb: int
    yarn_mb: int
    yarn_vcores: int
    factor: int
    disks: int
    storage_gb: int
    volumes: int
    volume_gb: int
    ebs_optimized: str
    ec2_usd_hour: Decimal
    emr_usd_hour: Decimal
    since: str


UNLISTED = {
    "c3.medium": ("COMPUTE_CURRENT_GEN", 1, 1920, 1, 16),
    "c3.large": ("COMPUTE_CURRENT_GEN", 2, 3840, 2, 32),
    "cc2.8xlarge": ("COMPUTE_PREVIOUS_GEN", 32, 61952, 4, 3360),
    "cg1.4xlarge": ("GPU_PREVIOUS_GEN", 16, 23040, 2, 1680),
    "cr1.8xlarge": ("HI_MEM_PREVIOUS_GEN", 32, 249856, 2, 240),
    "g2.2xlarge": ("GPU_PREVIOUS_GEN", 8, 15360, 1, 60),
    "hi1.4xlarge": ("STORAGE_PREVIOUS_GEN", 16, 61952, 2, 2048),
    "hs1.8xlarge": ("STORAGE_PREVIOUS_GEN", 16, 119808, 24, 48000),
}
"""Types that no release lists, but requests name: family, vCPUs, MiB, disks, GB. EC2 has retired those of EMR's tables
(EC2's page of the previous generation, apache-libcloud 3.9.1). moto's tests, and the many that were copied from them,
have c3.large, which EMR does not offer, and c3.medium, which EC2 never had: half of c3.large."""


def rows(answers: Answers, prices: Mapping[str, Decimal]) -> Iterator[Row]:
    """All types, in EMR's order, then those that no release lists."""
    for name in answers.lists[ORDER]:
        listed, ec2 = answers.types[name], answers.ec2.get(name)
        usable = round(listed["MemoryGB"] * 1024)
        yield _row(
            name,
            listed["InstanceFamilyId"],
            " ".join(_architectures(listed, ec2)),
            ec2["VCpuInfo"]["DefaultVCpus"] if ec2 else listed["VCPU"],
            ec2["MemoryInfo"]["SizeInMiB"] if ec2 else usable,
            usable,
            listed["VCPU"],
            (listed["NumberOfDisks"], listed["StorageGB"]),
            _ebs_optimized(listed),
            prices[name],
            " ".join(since(name, answers.lists)),
        )
    for name, (family, vcpus, memory, *storage) in UNLISTED.items():
        yield _row(name, family, "x86_64", vcpus, memory, memory, vcpus, storage, "no", prices[name], "")


def _row(
    name: str, family: str, architectures: str, vcpus: int, memory: int, usable: int, vcores: int,
    storage: Iterable[int], ebs_optimized: str, price: Decimal, labels: str,
) -> Row:  # fmt: skip
    disks, gigabytes = storage
    volumes = (0, 0) if disks else default_volumes(factor(name))
    yarn = YARN_MB.get(name) or yarn_mb(usable)
    return Row(
        name, family, architectures, vcpus, memory, usable, yarn, vcores, factor(name), disks, gigabytes, *volumes,
        ebs_optimized, price, fee(name, price), labels,
    )  # fmt: skip


def _architectures(listed: Mapping[str, Any], ec2: Mapping[str, Any] | None) -> list[str]:
    if ec2 is None:
        return ["x86_64"]
    found: list[str] = ec2["ProcessorInfo"]["SupportedArchitectures"]
    assert ("arm64" in found) == (listed["Architecture"] == "AARCH64"), listed
    assert ("i386" in found) == (not listed["Is64BitsOnly"]), listed
    return found


def _ebs_optimized(listed: Mapping[str, Any]) -> str:
    if listed["EbsOptimizedByDefault"]:
        return "default"
    return "available" if listed["EbsOptimizedAvailable"] else "no"


def yarn_mb(usable: int) -> int:
    """EMR keeps a quarter of the memory that it counts with from YARN, at least 2 GiB and at most 8."""
    return usable - max(min(usable // 4, 8192), 2048)


def factor(name: str) -> int:
    """Units of m1.small, by the size."""
    size = name.partition(".")[2]
    small = {"small": 1, "medium": 2, "large": 4, "xlarge": 8}
    return small[size] if size in small else 8 * int(size.removesuffix("xlarge"))


def default_volumes(units: int) -> tuple[int, int]:
    """EMR's gp2 volumes, number and GiB, of an instance without disks of its own (management guide)."""
    return {4: (1, 32), 8: (2, 32), 16: (4, 32)}.get(units) or (4, 2 * units)


def fee(name: str, price: Decimal) -> Decimal:
    """EMR's fee in USD an hour: a quarter of EC2's price. Up to the 5th generation in tenths of a cent, capped."""
    if name in FEES:
        return Decimal(FEES[name])
    family = name.partition(".")[0]
    generation = re.match(r"[cmr](\d)", family)
    if family in OLD or (generation and int(generation[1]) <= 5):
        return min((price * FEE_SHARE).quantize(Decimal("0.001"), ROUND_HALF_UP), FEE_CAP)
    return price * FEE_SHARE


def since(name: str, lists: Mapping[str, list[str]]) -> list[str]:
    """The first version that lists the type, and the first of each later major version that did not list it at once.
    Raises ValueError if a later label of the same major version lacks it."""
    found: list[str] = []
    for major in sorted({version(label)[0] for label in lists}):
        labels = sorted((label for label in lists if version(label)[0] == major), key=version)
        there = [_listed(name, place, labels, lists) for place in range(len(labels))]
        if there != sorted(there):
            raise ValueError(f"{name} is missing between labels of {major}: {there}")
        if any(there) and not (all(there) and found):
            found.append(labels[there.index(True)].removeprefix("emr-"))
    return found


def _listed(name: str, place: int, labels: list[str], lists: Mapping[str, list[str]]) -> bool:
    own = name in lists[labels[place]]
    if labels[place] not in ELSEWHERE:
        return own
    before, after = (
        next(name in lists[label] for label in side if label not in ELSEWHERE)
        for side in (reversed(labels[:place]), labels[place + 1 :])
    )
    return before if before == after else own


def version(label: str) -> tuple[int, ...]:
    """The label's numbers."""
    return tuple(int(number) for number in re.findall(r"\d+", label))


class Answers(NamedTuple):
    """What EMR and EC2 answered: `types` and `ec2` by name, `lists` by release label."""

    types: dict[str, Any]
    ec2: dict[str, Any]
    lists: dict[str, list[str]]


def answers_of(wheel: Path) -> Answers:
    """The answers in moto's package. Raises ValueError if it is not the pinned one."""
    content = wheel.read_bytes()
    if (found := hashlib.sha256(content).hexdigest()) != SHA256:
        raise ValueError(f"{wheel} has the checksum {found}; {MOTO} has {SHA256}")
    with ZipFile(io.BytesIO(content)) as archive:
        listed = re.compile(r"moto/emr/resources/instance-types-(emr-\d+\.\d+\.\d+)\.json\.gz")

        def read(name: str) -> Any:
            return json.loads(gzip.decompress(archive.read(name)))

        lists = {match[1]: read(match[0]) for match in map(listed.fullmatch, archive.namelist()) if match}
        folder = "moto/{}/resources/instance_types.json.gz"
        return Answers(read(folder.format("emr")), read(folder.format("ec2")), lists)


def prices_of(path: Path) -> dict[str, Decimal]:
    """USD an hour by type."""
    with path.open() as file:
        return {row["type"]: Decimal(row["usd_hour"]) for row in csv.DictReader(file)}


def write(target: Path, made: Iterable[Row]) -> None:
    """Write the file."""
    with target.open("w", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(Row._fields)
        writer.writerows([_plain(value) for value in row] for row in made)


def _plain(value: object) -> object:
    return format(value.normalize(), "f") if isinstance(value, Decimal) else value


def main(wheels: list[str]) -> None:
    """Make the file from the given package, or from the one that pip downloads."""
    with tempfile.TemporaryDirectory() as folder:
        if not wheels:
            subprocess.run(
                [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--dest", folder, MOTO], check=True
            )
            wheels = [str(next(Path(folder).glob("*.whl")))]
        write(TARGET, rows(answers_of(Path(wheels[0])), prices_of(DATA / "ec2_prices.csv")))


if __name__ == "__main__":
    main(sys.argv[1:])
