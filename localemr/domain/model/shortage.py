"""Processes of instances that the kernel ended because memory ran out, as instances measure them.

The names are those of images/node/localemr_node/shortage.py.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from localemr.domain.model.observed import Measured

HOST, INSTANCE = "memory-host", "memory-instance"
"""Measurements: processes ended since the instance's boot because all instances, or the whole host, had no memory left,
or the instance alone."""


@dataclass(frozen=True)
class Shortage:
    """Processes of an instance that were ended: how many since its boot, and when the last was noticed (epoch seconds).
    `of_host`: the memory of the host, or all that instances may take of it, had run out, not that of the instance."""

    instance: str
    processes: int
    at: float
    of_host: bool


def shortages(measured: Mapping[str, Mapping[str, Measured]], since: float = 0.0) -> list[Shortage]:
    """The shortages, from measurements by instance, the last one last."""
    return sorted(_found(measured, since), key=lambda each: each.at)


def _found(measured: Mapping[str, Mapping[str, Measured]], since: float) -> Iterable[Shortage]:
    for instance, values in measured.items():
        for name in (HOST, INSTANCE):
            value = values.get(name)
            if value and value.at >= since:
                yield Shortage(instance, int(value.value), value.at, name == HOST)
