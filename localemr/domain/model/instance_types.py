"""EC2's instance types, with what EMR makes of them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

ALWAYS = ("0",)
FIRST_LIST = "4.2.0"
"""The oldest label for which EMR answers ListSupportedInstanceTypes."""


@dataclass(frozen=True)
class InstanceType:
    """An EC2 instance type. Sizes in MiB, prices in USD an hour, on demand in us-east-1.

    memory_mb: EC2's memory; usable_mb: what EMR counts with, less on newer types (0: all). yarn_mb, yarn_vcores: what
    EMR gives to YARN. factor: the weight in NormalizedInstanceHours. The instance has `disks`, together of storage_gb
    GB; without any EMR attaches `volumes`, each of volume_gb GiB. family is EMR's InstanceFamilyId; ebs_optimized is
    default, available or no. emr_usd_hour is EMR's fee, paid beside EC2's price.

    since: the version of the first release that has the type, and of the first in each later major version that did not
    have it from its beginning: 5.36.1 and 6.10.0. None: no release lists the type, and all accept it.
    """

    name: str
    vcpus: int
    memory_mb: int
    yarn_mb: int
    yarn_vcores: int
    factor: int
    disks: int = 0
    storage_gb: int = 0
    architectures: tuple[str, ...] = ("x86_64",)
    family: str = ""
    usable_mb: int = 0
    volumes: int = 0
    volume_gb: int = 0
    ebs_optimized: str = "default"
    ec2_usd_hour: float = 0.0
    emr_usd_hour: float = 0.0
    since: tuple[str, ...] = ALWAYS

    def listed(self, label: str) -> bool:
        """Whether EMR lists the type for the release label, which has numbers."""
        wanted = _version(label)
        starts = [_version(each) for each in self.since]
        of_major = [start for start in starts if start[0] == wanted[0]]
        return any(start <= wanted for start in of_major or starts)

    def accepted(self, label: str) -> bool:
        """Whether a cluster of the release may have it. Labels before the first list have the types of that list."""
        before = self.since[:1] == (FIRST_LIST,) and _version(label) < _version(FIRST_LIST)
        return not self.since or before or self.listed(label)


@lru_cache(maxsize=1024)
def _version(label: str) -> tuple[int, ...]:
    """The numbers of a label. Kept, as there are few labels, and every group of a request is compared by them."""
    return tuple(int(number) for number in re.findall(r"\d+", label))
