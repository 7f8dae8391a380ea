"""How the benchmarks of a cluster take time and tell results."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from typing import Any


def tell(what: str, **figures: Any) -> None:
    """One result, as a JSON line."""
    shown = {name: round(value, 3) if isinstance(value, float) else value for name, value in figures.items()}
    print(json.dumps({"benchmark": what} | shown), flush=True)


def timed(act: Callable[[], Any]) -> float:
    """Seconds that it takes."""
    began = time.monotonic()
    act()
    return time.monotonic() - began


def in_turns(*sides: Callable[[], float], rounds: int = 3) -> list[list[float]]:
    """The seconds of each side, which alternate: a slow moment of the machine meets all of them."""
    taken: list[list[float]] = [[] for _ in sides]
    for _ in range(rounds):
        for side, seconds in zip(sides, taken, strict=True):
            seconds.append(side())
    return taken


def until(holds: Callable[[], Any], every: float = 0.02) -> None:
    """Look every few milliseconds until it holds: waits of tests look less often."""
    while not holds():
        time.sleep(every)
