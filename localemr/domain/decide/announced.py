"""The events that EMR and EC2 announce on EventBridge, made from the event log. Pure.

Sources: EMR's management guide, "Monitoring Amazon EMR events", and the schemas of EventBridge; EC2's user guide, "Spot
Instance interruption notices". Where they have no words for a state, the words here are like those of its neighbours.
"""

from __future__ import annotations

import json

from localemr.domain.decide.announced_instances import health, interruption
from localemr.domain.decide.announcement import CRITICAL, ERROR, INFO, WARN, About, Announced, minutes_between, time_of
from localemr.domain.decide.supplied import of_supply
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.records import Event
from localemr.domain.model.states import ENDED, ClusterState, GroupState
from localemr.domain.model.steps import Step

CLUSTER, STEP = "EMR Cluster State Change", "EMR Step Status Change"
GROUP, FLEET = "EMR Instance Group State Change", "EMR Instance Fleet State Change"
GROUP_STATUS, FLEET_STATUS = "EMR Instance Group Status Notification", "EMR Instance Fleet Status Notification"
POLICY = "EMR Auto Scaling Policy State Change"
INTERRUPTION = "EC2 Spot Instance Interruption Warning"
PENDING, ATTACHED, DETACHED = "PENDING", "ATTACHED", "DETACHED"
ENDS_WELL = ("USER_REQUEST", "ALL_STEPS_COMPLETED", "")
"""The codes of a cluster's end that are no failures."""


def announced(event: Event, about: About) -> list[Announced]:
    """What is announced for an event of the log; of many nothing is."""
    if event.kind == "cluster":
        return _of_cluster(event, about)
    if event.kind == "step" and about.step:
        return _of_step(event, about, about.step)
    if event.kind == "group" and about.group:
        found = _of_fleet(event, about, about.group) if about.group.spec.fleet else _of_group(event, about, about.group)
        return [*found, *_of_policy_with_group(event, about, about.group)]
    if event.kind == "supply" and about.group:
        return of_supply(event, about, about.group)
    if event.kind == "policy":
        return [_policy(event, about, event.state)]
    if event.kind == "notice" and about.instance:
        return [interruption(about.cluster, about.instance)]
    if event.kind == "health" and about.instance:
        return [health(event, about, about.instance)]
    return []


# ---- clusters and steps


def _of_cluster(event: Event, about: About) -> list[Announced]:
    cluster, at, code = about.cluster, time_of(event.at), event.reason.code
    name = f"{cluster.id} ({cluster.spec.name})"
    first = cluster.status.ready is None or event.at <= cluster.status.ready
    said = {
        ClusterState.STARTING: f"Amazon EMR cluster {name} was requested at {at} and is being created.",
        ClusterState.RUNNING: f"Amazon EMR cluster {name} began running steps at {at}.",
        ClusterState.WAITING: f"Amazon EMR cluster {name} was created at {at} and is ready for use."
        if first
        else f"Amazon EMR cluster {name} finished running all pending steps at {at}.",
        ClusterState.TERMINATED: f"Amazon EMR Cluster {name} has terminated at {at} with a reason of {code}.",
        ClusterState.TERMINATED_WITH_ERRORS: f"Amazon EMR Cluster {name} has terminated with errors at {at} with a"
        f" reason of {code}.",
    }.get(ClusterState(event.state))
    if said is None:
        return []
    ended = event.state in ENDED
    well = event.state != ClusterState.TERMINATED_WITH_ERRORS and code in ENDS_WELL
    reason = {"code": code} | ({"message": event.reason.message} if event.reason.message else {})
    detail = {
        "severity": CRITICAL if ended and not well else INFO,
        "stateChangeReason": json.dumps(reason, separators=(",", ":")),
        "name": cluster.spec.name,
        "clusterId": cluster.id,
        "state": event.state,
        "message": said,
    }
    return [Announced(CLUSTER, detail)]


STEP_SEVERITY = {"CANCEL_PENDING": WARN, "CANCELLED": WARN, "INTERRUPTED": WARN, "FAILED": ERROR}
STEP_ENDS = {
    "COMPLETED": ("completed execution", "complete"), "FAILED": ("failed", "fail"),
    "INTERRUPTED": ("was interrupted", "be interrupted"), "CANCELLED": ("was cancelled", "be cancelled"),
}  # fmt: skip


def _of_step(event: Event, about: About, step: Step) -> list[Announced]:
    at, which = time_of(event.at), f"Step {step.id} ({step.spec.name})"
    if event.state == "PENDING":
        said = f"{which} was added to {about.in_cluster} at {at} and is pending execution."
    elif event.state == "RUNNING":
        said = f"{which} in {about.in_cluster} started running at {at}."
    elif event.state in STEP_ENDS:
        what, to = STEP_ENDS[event.state]
        said = f"{which} in {about.in_cluster} {what} at {at}."
        if (started := step.status.started) is not None:
            took = minutes_between(started, event.at)
            said += f" The step started running at {time_of(started)} and took {took} minutes to {to}."
    else:
        said = f"{which} in {about.in_cluster} is {event.state} since {at}."
    detail = {
        "severity": STEP_SEVERITY.get(event.state, INFO),
        "actionOnFailure": step.spec.action_on_failure,
        "stepId": step.id,
        "name": step.spec.name,
        "clusterId": about.cluster.id,
        "state": event.state,
        "message": said,
    }
    return [Announced(STEP, detail)]


# ---- groups and fleets


def _was(about: About, state: GroupState) -> bool:
    return about.before is not None and about.before.state == state


def _reconfigured(event: Event, about: About, group: InstanceGroup, kind: str) -> str | None:
    """What is to be said of a group's configurations."""
    version = group.status.target.version if group.status.target else group.spec.version
    whose = f"for instance {kind} {group.id} in {about.in_cluster}"
    if event.state == GroupState.RECONFIGURING:
        return f"A reconfiguration {whose} to version {version} started at {time_of(event.at)}."
    if event.state == GroupState.RUNNING and _was(about, GroupState.RECONFIGURING) and about.before:
        took = minutes_between(about.before.at, event.at)
        return (
            f"The reconfiguration {whose} to version {version} is complete. It started at {time_of(about.before.at)}"
            f" and took {took} minutes to complete."
        )
    return None


def _resize_ended(event: Event, about: About, group: InstanceGroup, kind: str, has: str) -> str:
    said = f"The resizing operation for instance {kind} {group.id} in {about.in_cluster} is complete. {has}"
    if about.before is None:
        return said
    took = minutes_between(about.before.at, event.at)
    return f"{said} The resize started at {time_of(about.before.at)} and took {took} minutes to complete."


def _arrested(event: Event, about: About, group: InstanceGroup, kind: str) -> str:
    return (
        f"The resizing operation for instance {kind} {group.id} in {about.in_cluster} was arrested at"
        f" {time_of(event.at)} for the following reason: {event.reason.message}"
    )


def _of_group(event: Event, about: About, group: InstanceGroup) -> list[Announced]:
    running, detail_type, severity = sum(about.running.values()), GROUP, INFO
    if said := _reconfigured(event, about, group, "group"):
        detail_type = GROUP_STATUS
    elif event.state == GroupState.RESIZING:
        said = (
            f"A resize for instance group {group.id} in {about.in_cluster} started at {time_of(event.at)}. It is"
            f" resizing from an instance count of {running} to {group.spec.count}."
        )
    elif event.state == GroupState.RUNNING and about.before and not _is_first(event, group):
        said = _resize_ended(event, about, group, "group", f"It now has an instance count of {running}.")
    elif event.state == GroupState.SUSPENDED:
        said, severity = _arrested(event, about, group, "group"), ERROR
    else:
        return []
    bid = {"bidPrice": group.spec.bid_price} if group.spec.bid_price else {}
    detail = {
        "market": group.spec.market,
        "severity": severity,
        "requestedInstanceCount": group.spec.count,
        "runningInstanceCount": running,
        "instanceType": group.spec.instance_type,
        "instanceGroupType": group.spec.role,
        "instanceGroupId": group.id,
        "clusterId": about.cluster.id,
        "state": event.state,
        "message": said,
        **bid,
    }
    return [Announced(detail_type, detail)]


def _of_fleet(event: Event, about: About, group: InstanceGroup) -> list[Announced]:
    fleet, detail_type, severity = group.spec.fleet, FLEET, INFO
    assert fleet
    demand, spot = (about.running.get(market, 0) for market in ("ON_DEMAND", "SPOT"))
    units = f"{demand} On-Demand units and {spot} Spot units"
    if said := _reconfigured(event, about, group, "fleet"):
        detail_type = FLEET_STATUS
    elif event.state == GroupState.RESIZING:
        said = (
            f"A resize for instance fleet {group.id} in {about.in_cluster} started at {time_of(event.at)}. It is"
            f" resizing from {units} to {fleet.on_demand} On-Demand units and {fleet.spot} Spot units."
        )
    elif event.state == GroupState.RUNNING and _is_first(event, group):
        took = minutes_between(group.created, event.at)
        said = (
            f"Provisioning for instance fleet {group.id} in {about.in_cluster} is complete. Provisioning included"
            f" {units}. It started at {time_of(group.created)} and took {took} minutes."
        )
    elif event.state == GroupState.RUNNING:
        said = _resize_ended(event, about, group, "fleet", f"It now has {units}.")
    elif event.state == GroupState.SUSPENDED:
        said, severity = _arrested(event, about, group, "fleet"), ERROR
    else:
        return []
    detail = {
        "severity": severity,
        "targetOnDemandCapacity": fleet.on_demand,
        "targetSpotCapacity": fleet.spot,
        "provisionedOnDemandCapacity": demand,
        "provisionedSpotCapacity": spot,
        "clusterId": about.cluster.id,
        "instanceFleetId": group.id,
        "instanceFleetType": group.spec.role,
        "state": event.state,
        "message": said,
    }
    return [Announced(detail_type, detail)]


def _is_first(event: Event, group: InstanceGroup) -> bool:
    """Whether the group became ready with the event."""
    return group.status.ready is None or event.at <= group.status.ready


# ---- policies and spot instances


def _of_policy_with_group(event: Event, about: About, group: InstanceGroup) -> list[Announced]:
    """A policy that was put before its group ran is attached with it, and detached with the group's end."""
    if group.spec.auto_scaling is None:
        return []
    if event.state == GroupState.RUNNING and _is_first(event, group):
        return [_policy(event, about, ATTACHED)]
    return [_policy(event, about, DETACHED)] if event.state in ENDED else []


def _policy(event: Event, about: About, state: str) -> Announced:
    what = {PENDING: "added", ATTACHED: "attached", DETACHED: "detached"}[state]
    whose = f"for instance group {event.subject} in {about.in_cluster}"
    more = " and is pending attachment" if state == PENDING else ""
    detail = {
        "resourceId": event.subject,
        "clusterId": about.cluster.id,
        "state": state,
        "message": f"The Auto Scaling policy {whose} was {what} at {time_of(event.at)}{more}.",
        "scalingResourceType": "INSTANCE_GROUP",
        "severity": INFO,
    }
    return Announced(POLICY, detail)
