"""The arithmetic of managed scaling: how many instances each pool has under a policy's limits. Pure.

Source: EMR's management guide, "Understanding node allocation strategy and scenarios". Growth: core instances up to
MaximumCoreCapacityUnits, then task instances; on demand up to MaximumOnDemandCapacityUnits, then spot. Shrinking goes
the other way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

Key = tuple[str, str]
"""Id of a group or fleet (empty: one that does not exist yet), and market."""


@dataclass(frozen=True)
class Limits:
    """A policy's ComputeLimits, in units. They cover core and task instances."""

    least: int
    most: int
    on_demand: int
    core: int

    @classmethod
    def of(cls, limits: Mapping[str, Any]) -> Limits:
        """Those of EMR's ComputeLimits: absent ones equal the maximum."""
        most = limits["MaximumCapacityUnits"]
        return cls(
            limits["MinimumCapacityUnits"],
            most,
            limits.get("MaximumOnDemandCapacityUnits", most),
            limits.get("MaximumCoreCapacityUnits", most),
        )


@dataclass(frozen=True)
class Pool:
    """Instances of one group or fleet and one market. An instance counts `units` and offers `mb` MiB to YARN.

    `count` are requested. `floor` is the number that must remain, `busy` the number that has work and is not removed
    because there is little load. A pool that is `fixed` cannot change now. `target` is a fleet's target capacity, which
    the last of its instances may exceed (None: it is no fleet).
    """

    key: Key
    core: bool
    on_demand: bool
    units: int
    mb: int
    count: int
    floor: int = 0
    busy: int = 0
    fixed: bool = False
    target: int | None = None

    def capacity(self, count: int) -> int:
        """The units of so many instances: for those that are requested a fleet's target."""
        target = self.count * self.units if self.target is None else self.target
        if count < self.count:
            return min(count * self.units, target)
        return target + (count - self.count) * self.units


def plan(
    pools: Iterable[Pool], limits: Limits, needed_mb: float = 0, kept_mb: float | None = None, room: int = 1 << 30
) -> dict[Key, int]:
    """The number of instances of each pool: within the limits, enough for `needed_mb` MiB as far as the limits permit,
    and with `kept_mb` no more than that requires. At most `room` instances are added."""
    work = _Counts(pools, limits, room)
    work.lower()
    work.grow(lambda: work.units < limits.least)
    work.grow(lambda: work.mb < needed_mb)
    if kept_mb is not None:
        work.shrink(kept_mb)
    return work.counts


class _Counts:
    """Counts that change one instance at a time, and their sums."""

    def __init__(self, pools: Iterable[Pool], limits: Limits, room: int) -> None:
        self._pools = sorted(pools, key=lambda each: (not each.core, not each.on_demand))
        self._limits, self._room = limits, room
        self.counts = {each.key: 0 for each in self._pools}
        self.units = self.core = self.on_demand = self.mb = 0
        for each in self._pools:
            self._add(each, each.count)

    def _add(self, pool: Pool, number: int) -> None:
        units = self._units(pool, number)
        self.counts[pool.key] += number
        self.units += units
        self.mb += pool.mb * number
        self.core += units if pool.core else 0
        self.on_demand += units if pool.on_demand else 0

    def _units(self, pool: Pool, number: int) -> int:
        """The units that so many instances more add."""
        count = self.counts[pool.key]
        return pool.capacity(count + number) - pool.capacity(count)

    def lower(self) -> None:
        """Remove what exceeds the limits, as far as instances may be removed."""
        limits, last_first = self._limits, self._pools[::-1]
        self._remove([each for each in last_first if each.core], lambda: self.core > limits.core)
        self._remove([each for each in last_first if each.on_demand], lambda: self.on_demand > limits.on_demand)
        self._remove(last_first, lambda: self.units > limits.most)

    def _remove(self, pools: Sequence[Pool], exceeds: Callable[[], bool]) -> None:
        for pool in pools:
            while exceeds() and not pool.fixed and self.counts[pool.key] > pool.floor:
                self._add(pool, -1)

    def grow(self, lacks: Callable[[], bool]) -> None:
        """Add instances while some are lacking and the limits permit."""
        for pool in self._pools:
            while lacks() and self._may_add(pool):
                self._add(pool, 1)
                self._room -= 1

    def _may_add(self, pool: Pool) -> bool:
        limits, units = self._limits, self._units(pool, 1)
        return (
            not pool.fixed
            and self._room > 0
            and self.units + units <= limits.most
            and (not pool.core or self.core + units <= limits.core)
            and (not pool.on_demand or self.on_demand + units <= limits.on_demand)
        )

    def shrink(self, kept_mb: float) -> None:
        """Remove instances without work while the others offer enough."""
        for pool in reversed(self._pools):
            least = max(pool.floor, pool.busy)
            while (
                not pool.fixed
                and self.counts[pool.key] > least
                and self.units + self._units(pool, -1) >= self._limits.least
                and self.mb - pool.mb >= kept_mb
            ):
                self._add(pool, -1)
