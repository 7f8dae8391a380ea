"""What a quiet pass costs the controller, by instances and by steps that have ended. Needs no cluster:
`python -m tests.benchmarks.passes`.
"""

from __future__ import annotations

import asyncio
import statistics
import time
from collections.abc import Callable
from typing import Any

from localemr.domain.decide.decide import decide
from localemr.domain.model.records import Records
from tests.benchmarks.figures import tell
from tests.steady import NOW, Sink, observed, steady, stored
from tests.world import CATALOG, CLUSTER_ID, World

ROUNDS = 15
FEW, MANY = 1_000, 10_000
"""Steps that have ended."""


def measure() -> None:
    """Reading and deciding; the sizes alternate, so that a slow moment of the machine hits all of them."""
    sizes = (60, 240, 1000)
    deciding = _medians({size: _deciding(steady(size)) for size in sizes})
    per_instance = {size: deciding[size] / size for size in sizes}
    tell("deciding", ms=deciding, ratio_per_instance_1000_to_60=per_instance[1000] / per_instance[60],
         target="<= 10 ms (240), <= 50 ms (1,000)")  # fmt: skip
    reading = _medians({steps: _reading(240, steps) for steps in (FEW, MANY)})
    tell("reading 240 instances by past steps", ms=reading, ratio=reading[MANY] / reading[FEW], target="ratio <= 1.2")
    info = _medians({size: _info(size) for size in (60, 240)})
    tell("info files when nothing changed", ms=info)


def _deciding(records: Records) -> Callable[[], Any]:
    seen = observed(records)
    return lambda: decide(records, seen, NOW, CATALOG)


def _reading(instances: int, steps: int) -> Callable[[], Any]:
    store = stored(steady(instances, steps))
    return lambda: store.live(CLUSTER_ID)


def _info(instances: int) -> Callable[[], Any]:
    records = steady(instances)
    seen, info = observed(records), World(runtime=Sink()).reconciler._info
    asyncio.run(info.refresh(records, seen, ()))
    return lambda: asyncio.run(info.refresh(records, seen, ()))


def _medians(acts: dict[int, Callable[[], Any]]) -> dict[int, float]:
    """Milliseconds of processor time of each; the first round warms up."""

    def spent(act: Callable[[], Any]) -> float:
        began = time.process_time()
        act()
        return (time.process_time() - began) * 1000

    rounds = [{key: spent(act) for key, act in acts.items()} for _ in range(ROUNDS + 1)][1:]
    return {key: round(statistics.median(each[key] for each in rounds), 2) for key in acts}


if __name__ == "__main__":
    measure()
