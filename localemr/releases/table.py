"""The table of instance types."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from localemr.domain.model.instance_types import InstanceType


class Table(Mapping[str, InstanceType]):
    """Name → instance type, from the lines of `instance_types.csv`, in their order.

    A line is read when its type is needed: a controller starts with hundreds of types and uses few.
    """

    def __init__(self, text: str) -> None:
        head, *lines = text.splitlines()
        self._columns = head.split(",")
        self._lines = {line.partition(",")[0]: line for line in lines}
        self._read: dict[str, InstanceType] = {}

    def __getitem__(self, name: str) -> InstanceType:
        if name not in self._read:
            self._read[name] = _read(dict(zip(self._columns, self._lines[name].split(","), strict=True)))
        return self._read[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._lines)

    def __len__(self) -> int:
        return len(self._lines)


def _read(row: Mapping[str, str]) -> InstanceType:
    def number(name: str) -> int:
        return int(row[name])

    return InstanceType(
        name=row["name"],
        vcpus=number("vcpus"),
        memory_mb=number("memory_mb"),
        yarn_mb=number("yarn_mb"),
        yarn_vcores=number("yarn_vcores"),
        factor=number("factor"),
        disks=number("disks"),
        storage_gb=number("storage_gb"),
        architectures=tuple(row["architectures"].split()),
        family=row["family"],
        usable_mb=number("usable_mb"),
        volumes=number("volumes"),
        volume_gb=number("volume_gb"),
        ebs_optimized=row["ebs_optimized"],
        ec2_usd_hour=float(row["ec2_usd_hour"]),
        emr_usd_hour=float(row["emr_usd_hour"]),
        since=tuple(row["since"].split()),
    )
