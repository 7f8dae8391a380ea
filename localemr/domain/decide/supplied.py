"""The events that EMR announces when EC2 has too few instances for a group. Pure.

Source: EMR's management guide, "Monitoring Amazon EMR events": their types and codes. Its sentences are not copied.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localemr.domain.decide.announcement import INFO, WARN, About, Announced, time_of
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.markets import ON_DEMAND, SPOT
from localemr.domain.model.records import Event
from localemr.domain.model.supply import INSUFFICIENT, NAMES, SWITCHED, TIMED_OUT

GROUP, FLEET = "EMR Instance Group Provisioning", "EMR Instance Fleet Provisioning"
RESIZE = "EMR Instance Fleet Resize"
CODE = "EC2 provisioning - Insufficient Instance Capacity"


def of_supply(event: Event, about: About, group: InstanceGroup) -> list[Announced]:
    """What is announced for an event of the kind supply."""
    at, market = time_of(event.at), NAMES[event.reason.code]
    kind = "fleet" if group.spec.fleet else "group"
    whose = f"instance {kind} {group.id} in {about.in_cluster}"
    if event.state == INSUFFICIENT:
        said = f"At {at} Amazon EMR could not provision all {market} capacity for {whose}. {event.reason.message}"
        return [Announced(FLEET if group.spec.fleet else GROUP, _detail(about, group, WARN, CODE, said))]
    if event.state == TIMED_OUT:
        said = f"The resizing operation for {whose} timed out at {at}: {event.reason.message}."
        return [Announced(RESIZE, _detail(about, group, WARN, f"{market} Provisioning timeout", said))]
    if event.state == SWITCHED:
        said = f"Spot capacity for {whose} was not provisioned in time. At {at}, {event.reason.message}."
        return [Announced(FLEET, _detail(about, group, INFO, "", said))]
    return []


def _detail(about: About, group: InstanceGroup, severity: str, code: str, said: str) -> Mapping[str, Any]:
    common = {
        "severity": severity,
        **({"eventCode": code} if code else {}),
        "clusterId": about.cluster.id,
        "state": str(group.status.state),
        "message": said,
    }
    fleet = group.spec.fleet
    if fleet is None:
        return common | {
            "market": group.spec.market,
            "requestedInstanceCount": group.spec.count,
            "runningInstanceCount": sum(about.running.values()),
            "instanceType": group.spec.instance_type,
            "instanceGroupType": group.spec.role,
            "instanceGroupId": group.id,
        }
    return common | {
        "targetOnDemandCapacity": fleet.on_demand,
        "targetSpotCapacity": fleet.spot,
        "provisionedOnDemandCapacity": about.running.get(ON_DEMAND, 0),
        "provisionedSpotCapacity": about.running.get(SPOT, 0),
        "instanceFleetType": group.spec.role,
        "instanceFleetId": group.id,
    }
