"""A cluster: its state, its instances as a map by group, its steps, configurations and web pages."""

from __future__ import annotations

import json
from typing import Any

from starlette.responses import Response

from localemr.console import costs, step_kinds, yarn
from localemr.console.calls import View
from localemr.console.visits import Visit

LIVE = ("STARTING", "BOOTSTRAPPING", "RUNNING", "WAITING", "TERMINATING")
READY = ("RUNNING", "WAITING")
ROLES = ("MASTER", "CORE", "TASK")
STEPS_SHOWN = 100
ENDED_SHOWN = 50
"""Ended instances."""


async def page(visit: Visit) -> Response:
    """The page of a cluster."""
    cluster_id, api = visit.path("cluster"), visit.api
    cluster = (await api.emr("DescribeCluster", ClusterId=cluster_id))["Cluster"]
    groups = await costs.groups_of(visit, cluster)
    instances = await api.all("ListInstances", "Instances", ClusterId=cluster_id)
    ended = [each for each in instances if each["Status"]["State"] == "TERMINATED"]
    bill = costs.bill_of(visit, cluster, groups, instances)
    ready = cluster["Status"]["State"] in READY
    policy = await api.emr("GetAutoTerminationPolicy", ClusterId=cluster_id)
    scaling = await api.emr("GetManagedScalingPolicy", ClusterId=cluster_id)
    steps = await _steps(visit, cluster_id)
    return visit.page(
        "cluster.html",
        cluster=cluster,
        live=cluster["Status"]["State"] in LIVE,
        ready=ready,
        groups=[_group(each, instances) for each in _by_role(groups)],
        nodes=await yarn.nodes(visit, cluster_id) if ready else {},
        ended=ended[:ENDED_SHOWN],
        ended_count=len(ended),
        bill=bill,
        costs=costs.rows(bill) if bill else [],
        note=costs.note(visit),
        steps=steps[:STEPS_SHOWN],
        more_steps=len(steps) > STEPS_SHOWN,
        first_step=step_kinds.first([each["Name"] for each in cluster["Applications"]]),
        chart=chart(steps[:STEPS_SHOWN], visit.site.now()),
        actions=await api.all("ListBootstrapActions", "BootstrapActions", ClusterId=cluster_id),
        configurations=_configurations(cluster, groups),
        policies=_policies(policy, scaling),
        pages=web_pages(visit, cluster_id),
    )


async def _steps(visit: Visit, cluster_id: str) -> list[View]:
    """The newest steps, newest first; one more than STEPS_SHOWN where there are more."""
    first = await visit.api.emr("ListSteps", ClusterId=cluster_id)
    found: list[View] = first["Steps"]
    marker = first.get("Marker")
    while marker and len(found) <= STEPS_SHOWN:
        page = await visit.api.emr("ListSteps", ClusterId=cluster_id, Marker=marker)
        found, marker = found + page["Steps"], page.get("Marker")
    return found


def _by_role(groups: list[View]) -> list[View]:
    return sorted(groups, key=lambda each: ROLES.index(_role(each)))


def _role(group: View) -> str:
    return str(group.get("InstanceGroupType") or group.get("InstanceFleetType"))


def _group(group: View, instances: list[View]) -> View:
    """A group or fleet as the map shows it, with its instances."""
    members = [
        each
        for each in instances
        if group["Id"] in (each.get("InstanceGroupId"), each.get("InstanceFleetId"))
        and each["Status"]["State"] != "TERMINATED"
    ]
    fleet = "InstanceFleetType" in group
    requested = group.get("TargetOnDemandCapacity", 0) + group.get("TargetSpotCapacity", 0)
    return {
        "id": group["Id"],
        "name": group.get("Name", ""),
        "role": _role(group),
        "market": "" if fleet else group["Market"],
        "type": "" if fleet else group["InstanceType"],
        "requested": requested if fleet else group["RequestedInstanceCount"],
        "running": sum(each["Status"]["State"] == "RUNNING" for each in members),
        "status": group["Status"],
        "instances": members,
        "reconfigurable": not fleet,
        "resizable": _role(group) != "MASTER",
        "kind": "fleets" if fleet else "groups",
    }


def _configurations(cluster: View, groups: list[View]) -> list[tuple[str, str]]:
    """Titles and JSON of configurations: as requested, and as last applied in each group."""
    shown: list[tuple[str, Any]] = [("requested for the cluster", cluster.get("Configurations"))]
    for group in groups:
        name = f"{_role(group)} {group['Id']}"
        version = group.get("ConfigurationsVersion")
        applied = group.get("LastSuccessfullyAppliedConfigurationsVersion")
        shown.append((f"{name}: requested, version {version}", group.get("Configurations")))
        effective = group.get("LastSuccessfullyAppliedConfigurations")
        shown.append((f"{name}: in effect, version {applied}", effective))
    return [(title, json.dumps(found, indent=2, ensure_ascii=False)) for title, found in shown if found]


def _policies(auto_termination: View, scaling: View) -> list[tuple[str, str]]:
    found = []
    if policy := auto_termination.get("AutoTerminationPolicy"):
        found.append(("Ends when idle for", f"{policy['IdleTimeout']} s"))
    if policy := scaling.get("ManagedScalingPolicy"):
        limits = policy["ComputeLimits"]
        bounds = f"{limits['MinimumCapacityUnits']} to {limits['MaximumCapacityUnits']} {limits['UnitType']}"
        found.append(("Managed scaling", bounds))
    return found


def web_pages(visit: Visit, cluster_id: str) -> list[tuple[str, str, str]]:
    """The cluster's web pages that are served now: name, role of the instance, address."""
    directory = visit.site.directory
    found = directory.cluster(cluster_id)
    if found is None:
        return []
    pages = directory.pages(found)
    addresses = [directory.address(found.cluster, each.instance, each.port, "/") for each in pages]
    return [
        (page.name, page.instance.spec.role, address)
        for page, address in zip(pages, addresses, strict=True)
        if address is not None
    ]


def chart(steps: list[View], now: float) -> dict[str, tuple[float, float]]:
    """Steps that have begun → beginning and length of their bars, in percent of the time from the first to the last."""
    spans = {}
    for step in steps:
        times = step["Status"]["Timeline"]
        begin = times.get("StartDateTime")
        if begin is not None:
            spans[step["Id"]] = (begin, max(times.get("EndDateTime") or now, begin))
    if not spans:
        return {}
    first, last = min(begin for begin, _ in spans.values()), max(end for _, end in spans.values())
    whole = (last - first) or 1.0
    return {
        key: (round(98 * (begin - first) / whole, 1), round(max(98 * (end - begin) / whole, 2), 1))
        for key, (begin, end) in spans.items()
    }
