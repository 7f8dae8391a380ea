"""The market of spot instances: who gets EC2's interruption notice, on request and by a drill.

A drill interrupts a share of the spot instances in each hour. When it comes to an instance depends on the seed, the
cluster's name and the instance's number alone, so that a drill can be repeated.
"""

from __future__ import annotations

import hashlib
import logging
import math
from collections.abc import Callable, Collection, Coroutine, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import partial
from typing import Annotated, Any

from pydantic import ConfigDict, Field, with_config

from localemr.clock import Clock, Timer
from localemr.faults.outcomes import Staging
from localemr.reconcile.instances import CLUSTER_NAME, MARKET, NUMBER
from localemr.runtime.base import RUNNING, ListedInstance, Runtime, RuntimeFailure

log = logging.getLogger(__name__)
SPOT = "SPOT"
HOUR = 3600.0
NOTICE = 120.0
"""Seconds between EC2's notice and the end of the instance."""

Seconds = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Act = Callable[[], Coroutine[Any, Any, None]]


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class Interruption:
    """A request to interrupt spot instances of a cluster: `count` of them (None: all), the newest first. `instances`
    are ids among which to choose (None: all of the cluster's). `notice` is in seconds."""

    cluster: str
    instances: Annotated[tuple[str, ...], Field(min_length=1)] | None = None
    count: Annotated[int, Field(ge=1)] | None = None
    notice: Seconds = NOTICE


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class Drill:
    """An expected `share` of the spot instances is interrupted in each hour (0: none, 1: all). `notice` is in
    seconds."""

    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    seed: int = 0
    notice: Seconds = NOTICE


class Refused(Exception):
    """These instances cannot be interrupted; the message has the reason. None has got a notice."""


class Market:
    """Gives notices to the instances of a runtime. `begin` starts what is not awaited."""

    def __init__(self, runtime: Runtime, clock: Clock, staging: Staging, begin: Callable[[Act], None]) -> None:
        self.drill = Drill()
        self._runtime, self._clock, self._staging, self._begin = runtime, clock, staging, begin
        self._noticed: dict[str, float] = {}
        self._timers: dict[str, Timer] = {}

    async def notify(self, name: str, seconds: float) -> None:
        """Give an instance its notice. No effect when it has one. Raises RuntimeFailure."""
        if name in self._noticed:
            return
        at = self._clock.now()
        self._noticed[name] = at + seconds
        try:
            await self._runtime.send(name, self._staging.notice(at, seconds))
        except RuntimeFailure:
            self.forget(name)
            raise
        log.info("%s has got an interruption notice: EC2 takes it back at %s", name, _time(at + seconds))

    async def interrupt(self, request: Interruption) -> dict[str, float]:
        """The interrupted instances, and when each is taken back (epoch seconds). Raises Refused, RuntimeFailure."""
        able = self._able(request, await self._running(request))
        if not able or len(able) < (request.count or 0):
            found = f"{len(able)} spot instances" if able else "no spot instance"
            raise Refused(f"{request.cluster} has {found} of these without an interruption notice")
        able.sort(key=lambda each: int(each.annotations[NUMBER]), reverse=True)
        chosen = [each.name for each in able[: request.count]]
        for name in chosen:
            await self.notify(name, request.notice)
        return {name: self._noticed[name] for name in chosen}

    async def _running(self, request: Interruption) -> list[ListedInstance]:
        running = [each for each in await self._runtime.instances(request.cluster) if each.state == RUNNING]
        if not running:
            raise Refused(f"{request.cluster}: there is no such cluster, or no instance of it runs")
        if request.instances is None:
            return running
        if unknown := set(request.instances) - {each.name for each in running}:
            raise Refused(f"{request.cluster} has no running instance {', '.join(sorted(unknown))}")
        return [each for each in running if each.name in request.instances]

    def _able(self, request: Interruption, found: Collection[ListedInstance]) -> list[ListedInstance]:
        spot = [each for each in found if each.annotations.get(MARKET) == SPOT]
        if not spot or (request.instances is not None and len(spot) < len(found)):
            others = sorted(each.name for each in found if each not in spot)
            raise Refused(f"EC2 interrupts spot instances alone, and these are on demand: {', '.join(others)}")
        return [each for each in spot if each.name not in self._noticed]

    async def start_drill(self, drill: Drill) -> None:
        """Begin this drill for all instances, instead of the one before. Raises RuntimeFailure."""
        found = await self._runtime.instances()
        for timer in self._timers.values():
            timer.cancel()
        self._timers.clear()
        self.drill = drill
        for each in found:
            if each.state == RUNNING:
                self.offer(each.name, each.annotations)

    def offer(self, name: str, annotations: Mapping[str, str]) -> None:
        """An instance runs: under a drill the time of its interruption is determined, once."""
        if not self.drill.share or annotations.get(MARKET) != SPOT or name in self._timers:
            return
        hours = hours_until(self.drill, annotations.get(CLUSTER_NAME, ""), annotations[NUMBER])
        act = partial(self.notify, name, self.drill.notice)
        self._timers[name] = self._clock.later(hours * HOUR, lambda: self._begin(act))

    def forget(self, name: str) -> None:
        """The instance is gone."""
        self._noticed.pop(name, None)
        if timer := self._timers.pop(name, None):
            timer.cancel()


def hours_until(drill: Drill, cluster: str, number: str) -> float:
    """Hours until an instance is interrupted, from its start or, if that was later, the drill's. The share is
    that of the instances for which this is less than 1, in every hour anew of those that are left."""
    digest = hashlib.sha256(f"{drill.seed} {number} {cluster}".encode()).digest()
    drawn = int.from_bytes(digest[:8]) / 2**64
    return drawn if drill.share == 1 else math.log1p(-drawn) / math.log1p(-drill.share)


def _time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
