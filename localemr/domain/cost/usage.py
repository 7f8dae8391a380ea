"""What a bill is made from: the instances and steps of a cluster with their times. Times are epoch seconds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from localemr.domain.model.records import MASTER

SPOT = "SPOT"


@dataclass(frozen=True)
class Volume:
    """An EBS volume of an instance: EBS's type, its size in GiB, its provisioned IOPS (0: none)."""

    kind: str
    gib: int
    iops: int = 0


@dataclass(frozen=True)
class Used:
    """An instance from its request to its end (None: it lives).

    `bid` is the most that is paid for spot capacity in USD an hour, `bid_share` the same as a share of the price on
    demand. It counts `units` in the policy of managed scaling.
    """

    id: str
    group: str
    role: str
    instance_type: str
    market: str
    began: float
    ended: float | None = None
    volumes: tuple[Volume, ...] = ()
    bid: float | None = None
    bid_share: float = 1.0
    units: int = 1

    @property
    def scales(self) -> bool:
        """Whether managed scaling counts it."""
        return self.role != MASTER


@dataclass(frozen=True)
class Ran:
    """A step that has begun, until its end (None: it runs)."""

    id: str
    name: str
    state: str
    began: float
    ended: float | None = None


@dataclass(frozen=True)
class Usage:
    """A cluster from its request to its end (None: it lives). `most` is the MaximumCapacityUnits of its managed scaling
    policy (None: it has none)."""

    id: str
    name: str
    state: str
    began: float
    ended: float | None = None
    instances: tuple[Used, ...] = ()
    steps: tuple[Ran, ...] = ()
    most: int | None = None


def root_volume(label: str, gib: int | None) -> Volume:
    """The root volume of an instance: its size, by default that of the release label, and the label's type. EMR: 10 GiB
    of gp2, from 6.10.0 on 15 GiB, from 6.15.0 on of gp3 (emr-behaviour)."""
    version = tuple(map(int, re.findall(r"\d+", label)[:2]))
    return Volume("gp3" if version >= (6, 15) else "gp2", gib or (15 if version >= (6, 10) else 10))
