"""Clusters' metrics for CloudWatch: each cluster's state as its last pass found it, at the times when EMR publishes;
and the alarms of their policies.

It knows no CloudWatch: the caller requests what is due, keeps it, and evaluates alarms.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localemr.domain.decide.published import Published, every_five_minutes, every_minute
from localemr.domain.model.automatic import alarm_of
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.metrics import MISSING_AFTER, newest
from localemr.domain.model.observed import Measured, Observed
from localemr.domain.model.records import Records

MINUTE = 60.0


@dataclass(frozen=True)
class _State:
    """A cluster as a pass left it at a time, with its master's measurements. They are as old as at `judged`: a clock
    that was moved, to `moved`, has left looks out, and the next one takes a while."""

    records: Records
    measured: Mapping[str, Measured]
    at: float
    judged: float
    moved: float = -math.inf

    def next(self, records: Records, measured: Mapping[str, Measured], now: float) -> _State:
        """The state after the next pass. Passes are not so far apart unless the clock is moved."""
        moved = now if now > self.at + MISSING_AFTER else self.moved
        return _State(records, measured, now, self.judged if now <= moved + MISSING_AFTER else now, moved)


class Publishing:
    """The states of every cluster since the last time of metrics. `in_alarm` returns whether an alarm, in CloudWatch's
    words, is in ALARM at a time."""

    def __init__(
        self, catalog: Catalog, in_alarm: Callable[[Mapping[str, Any], float], bool] = lambda alarm, now: False
    ) -> None:
        self._catalog = catalog
        self._period = max(catalog.scaling.metrics, 1.0)
        self._in_alarm = in_alarm
        self._states: dict[str, list[_State]] = {}
        self._last: float | None = None

    def note(self, records: Records, seen: Observed, now: float) -> None:
        """Note a cluster's state after a pass."""
        masters = [seen.instances.get(each.id) for each in records.masters]
        measured = dict(newest(each.measurements for each in masters if each))
        states = self._states.setdefault(records.cluster.id, [])
        after = states[-1].next(records, measured, now) if states else _State(records, measured, now, now)
        if states and states[-1].at == now:
            states.pop()
        states.append(after)

    def forget(self, cluster_id: str) -> None:
        """Publish nothing more of a cluster."""
        self._states.pop(cluster_id, None)

    def alarmed(self, records: Records, now: float) -> frozenset[tuple[str, str]]:
        """The rules of AutoScalingPolicies, as group id and name, whose alarms are in ALARM."""
        return frozenset(
            (group.id, rule["Name"])
            for group in records.groups
            if group.spec.auto_scaling is not None
            for rule in group.spec.auto_scaling["Rules"]
            if self._in_alarm(alarm_of(rule, records.cluster.id, self._period), now)
        )

    def scaled(self) -> list[str]:
        """Ids of the clusters that have an AutoScalingPolicy."""
        last = {cluster_id: states[-1].records for cluster_id, states in self._states.items()}
        return [id_ for id_, records in last.items() if any(each.spec.auto_scaling for each in records.groups)]

    def due(self, at: float) -> Iterator[tuple[str, Published]]:
        """Cluster ids and metrics that are due at a time, later than that of the last call."""
        last, self._last = self._last, at
        if last is None:
            return
        often, seldom = (last // period != at // period for period in (min(MINUTE, self._period), self._period))
        for cluster_id, states in self._states.items():
            # The state before the time: a pass at the time itself may be the one that a moved clock has caused.
            while len(states) > 1 and states[1].at < at:
                states.pop(0)
            state = states[0]
            if state.at >= at:
                continue
            found: list[Published] = []
            if seldom:
                found += every_five_minutes(state.records, state.measured, state.judged)
            if often:
                found += every_minute(state.records, state.measured, state.judged, self._catalog)
            # The numbers of running nodes are in both.
            for each in {each.name: each for each in found}.values():
                yield cluster_id, each
