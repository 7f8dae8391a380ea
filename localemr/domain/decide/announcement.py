"""An event for EventBridge, and what it is made of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.records import Cluster, Event, Instance
from localemr.domain.model.steps import Step

EMR, EC2 = "aws.emr", "aws.ec2"
INFO, WARN, ERROR, CRITICAL = "INFO", "WARN", "ERROR", "CRITICAL"


@dataclass(frozen=True)
class Announced:
    """An event as EventBridge has it, without the envelope's other members."""

    detail_type: str
    detail: Mapping[str, Any]
    source: str = EMR
    resources: tuple[str, ...] = ()


@dataclass(frozen=True)
class About:
    """What an event of the log is about: its records now, the running units of its group by market, and the event of
    the same subject before it."""

    cluster: Cluster
    group: InstanceGroup | None = None
    running: Mapping[str, int] = field(default_factory=dict)
    step: Step | None = None
    instance: Instance | None = None
    before: Event | None = None

    @property
    def in_cluster(self) -> str:
        """The cluster in a sentence."""
        return f"Amazon EMR cluster {self.cluster.id} ({self.cluster.spec.name})"


def time_of(at: float) -> str:
    """The time in EMR's form."""
    return datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%d %H:%M UTC")


def minutes_between(since: float, until: float) -> int:
    """Whole minutes."""
    return int(max(until - since, 0) // 60)
