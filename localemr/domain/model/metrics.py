"""What a cluster's master measures of YARN and HDFS (docs/scaling.md), and the load that follows from it. Pure.

The names are those of images/node/localemr_node/measuring.py and shuffle.py. All values of one look have the same time,
and MEASURED is reported last: values that are newer than it belong to a look of which the rest is still to come.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localemr.domain.model.observed import Measured

MEASURED = "yarn-measured"
"""The number of looks since the boot. Reported after each look that found changes, and every 20 s in any case."""
PENDING_MB, ALLOCATED_MB, TOTAL_MB = "yarn-mb-pending", "yarn-mb-allocated", "yarn-mb-total"
HDFS_USED, HDFS_TOTAL = "hdfs-bytes-used", "hdfs-bytes-total"
CONTAINERS, MASTERS = "yarn-containers.", "yarn-masters."
"""Prefixes: containers, and among them application masters, on the node with this host name (without a domain)."""
UNHEALTHY = "yarn-unhealthy."
"""Prefix: what is wrong with this node."""
WRONG = {1: "YARN's health checks report it as UNHEALTHY", 2: "YARN has LOST its NodeManager"}
"""Values of UNHEALTHY; 0: nothing."""
SHUFFLE = "yarn-shuffle"
"""Each instance's own: whether it has shuffle data of an application that runs, not older than 30 minutes."""
ACTIVE = ("yarn-apps-pending", "yarn-apps-running", "yarn-containers-allocated")
"""What YARN has while an application is active."""
FULL = 0.1
"""The share of HDFS's capacity from which a cluster is in use."""
PREFIXES = ("yarn-", "hdfs-")
MISSING_AFTER = 60.0
"""Seconds without a look after which nothing is known of the load."""
_SAME_LOOK = 0.5
"""Seconds by which times of one look may differ once they are converted to the controller's clock."""


@dataclass(frozen=True)
class Load:
    """YARN's and HDFS's use at one look, `at` epoch seconds. Memory in MiB, HDFS in bytes.

    `pending_mb` is what containers and applications wait for, since `pending_since` without a change. `total_mb` is
    what YARN's nodes offer; 0: not measured.
    """

    at: float
    pending_mb: int = 0
    pending_since: float = 0.0
    allocated_mb: int = 0
    total_mb: int = 0
    hdfs_used: float = 0.0
    hdfs_total: float = 0.0

    @property
    def needed_mb(self) -> int:
        """What runs and what waits."""
        return self.allocated_mb + self.pending_mb


def wakes(name: str) -> bool:
    """Whether a new value of the measurement is a reason for a pass: of a look only its end is."""
    return name == MEASURED or not name.startswith(PREFIXES)


def newest(found: Iterable[Mapping[str, Measured]]) -> Mapping[str, Measured]:
    """Of several instances' measurements those with the last look."""

    def last(measurements: Mapping[str, Measured]) -> float:
        look = measurements.get(MEASURED)
        return look.at if look else 0.0

    return max(found, key=last, default={})


def is_missing(measurements: Mapping[str, Measured], now: float) -> bool:
    """Whether there was no look for too long."""
    last = measurements.get(MEASURED)
    return last is None or last.at + MISSING_AFTER < now


def is_complete(measurements: Mapping[str, Measured]) -> bool:
    """Whether all values of the last look have been reported."""
    last = measurements.get(MEASURED)
    newest = max((each.at for name, each in measurements.items() if name.startswith(PREFIXES)), default=0.0)
    return last is not None and newest <= last.at + _SAME_LOOK


def load_of(measurements: Mapping[str, Measured]) -> Load:
    """The load at the last look, of which there was one."""

    def value(name: str) -> float:
        return measurements[name].value if name in measurements else 0.0

    return Load(
        at=measurements[MEASURED].at,
        pending_mb=int(value(PENDING_MB)),
        pending_since=measurements[PENDING_MB].at if PENDING_MB in measurements else 0.0,
        allocated_mb=int(value(ALLOCATED_MB)),
        total_mb=int(value(TOTAL_MB)),
        hdfs_used=value(HDFS_USED),
        hdfs_total=value(HDFS_TOTAL),
    )


def in_use(values: Mapping[str, float]) -> bool:
    """Whether automatic termination takes the cluster for busy: an application, or data in HDFS (emr-behaviour §3.6).
    What was not measured is no use."""
    total = values.get(HDFS_TOTAL, 0.0)
    return any(values.get(name) for name in ACTIVE) or (total > 0 and values.get(HDFS_USED, 0.0) >= FULL * total)


def active_until(measurements: Mapping[str, Measured]) -> float:
    """When the last application ended, of a cluster without any: an application may come and go between two passes.
    Epoch seconds; 0: there was none."""
    return max((measurements[name].at for name in ACTIVE if name in measurements), default=0.0)


def use_of(measurements: Mapping[str, Measured], own: Mapping[str, Measured], host: str) -> tuple[int, int, int]:
    """Application masters, shuffle data (1 or 0) and containers on a node, which measured `own` itself: in this order
    they keep it. What was never measured is 0."""

    def value(measured: Mapping[str, Measured], name: str) -> int:
        return int(measured[name].value) if name in measured else 0

    return value(measurements, MASTERS + host), value(own, SHUFFLE), value(measurements, CONTAINERS + host)


def wrong_with(measurements: Mapping[str, Measured], host: str) -> tuple[str, float] | None:
    """What is wrong with a node, in words, and since when (epoch seconds). None: nothing."""
    found = measurements.get(UNHEALTHY + host)
    return (WRONG[int(found.value)], found.at) if found and int(found.value) in WRONG else None
