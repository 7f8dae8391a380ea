"""What EMR's API tells of a cluster → its bill.

Like every client: DescribeCluster, lists of groups or fleets, instances and steps, and the managed scaling policy. All
of them answer for ended clusters too.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from localemr.domain.cost.bill import Bill, bill
from localemr.domain.cost.prices import Prices
from localemr.domain.cost.usage import Ran, Usage, Used, Volume, root_volume
from localemr.domain.model.instance_types import InstanceType
from localemr.installation.background import fetch_health
from localemr.settings import Settings

Item = dict[str, Any]


def now(settings: Settings) -> float:
    """The controller's time in epoch seconds: the memory runtime's clock may be moved."""
    health = fetch_health(settings.endpoint)
    return float(health[1].get("now", time.time())) if health else time.time()


def bill_of(emr: Any, cluster_id: str, prices: Prices, at: float) -> Bill:
    """The bill of a cluster until then."""
    return bill(_usage(emr, cluster_id, prices.types), prices, at)


def _usage(emr: Any, cluster_id: str, types: Mapping[str, InstanceType]) -> Usage:
    cluster = emr.describe_cluster(ClusterId=cluster_id)["Cluster"]
    found = emr.get_managed_scaling_policy(ClusterId=cluster_id).get("ManagedScalingPolicy") or {}
    limits = found.get("ComputeLimits", {})
    root = root_volume(cluster.get("ReleaseLabel", ""), cluster.get("EbsRootVolumeSize"))
    unit, of_fleets = limits.get("UnitType", ""), cluster.get("InstanceCollectionType") == "INSTANCE_FLEET"
    kinds = {
        (group, common["InstanceType"]): _kind(group, role, common, root, types.get(common["InstanceType"]), unit)
        for group, role, common in _groups(emr, cluster_id, of_fleets)
    }
    began, ended = _times(cluster, "CreationDateTime")
    return Usage(
        cluster_id,
        cluster["Name"],
        cluster["Status"]["State"],
        began or 0.0,
        ended,
        tuple(_used(each, kinds) for each in _all(emr, "list_instances", "Instances", cluster_id)),
        tuple(reversed(list(_ran(_all(emr, "list_steps", "Steps", cluster_id))))),
        limits.get("MaximumCapacityUnits"),
    )


def _groups(emr: Any, cluster_id: str, of_fleets: bool) -> Iterator[tuple[str, str, Item]]:
    """Id and role of each group, with what its instances have in common; of each fleet once for each of its types."""
    if of_fleets:
        for fleet in _all(emr, "list_instance_fleets", "InstanceFleets", cluster_id):
            for each in fleet["InstanceTypeSpecifications"]:
                yield fleet["Id"], fleet["InstanceFleetType"], each
    else:
        for group in _all(emr, "list_instance_groups", "InstanceGroups", cluster_id):
            yield group["Id"], group["InstanceGroupType"], group


def _kind(group: str, role: str, common: Item, root: Volume, kind: InstanceType | None, unit: str) -> Used:
    """An instance of a group and type, without its own members. `unit` is the policy's UnitType."""
    return Used(
        id="",
        group=group,
        role=role,
        instance_type=common["InstanceType"],
        market="",
        began=0.0,
        volumes=(root, *_volumes(common, kind)),
        bid=_bid(common),
        bid_share=common.get("BidPriceAsPercentageOfOnDemandPrice", 100.0) / 100,
        units=kind.yarn_vcores if kind and unit == "VCPU" else common.get("WeightedCapacity", 1),
    )


def _volumes(group: Item, kind: InstanceType | None) -> Iterator[Volume]:
    """The volumes beside the root: those requested, else the ones that EMR attaches to types without disks."""
    for each in group.get("EbsBlockDevices", ()):
        volume = each["VolumeSpecification"]
        # gp3's price includes 3000 IOPS; what more costs is left out, as throughput is.
        yield Volume(volume["VolumeType"], volume["SizeInGB"], volume.get("Iops", 0))
    if kind and not group.get("EbsBlockDevices"):
        yield from (Volume("gp2", kind.volume_gb) for _ in range(kind.volumes))


def _bid(group: Item) -> float | None:
    """A BidPrice that is a number."""
    try:
        return float(group["BidPrice"])
    except (KeyError, ValueError):
        return None


def _used(instance: Item, kinds: Mapping[tuple[str, str], Used]) -> Used:
    group, name = instance.get("InstanceGroupId") or instance["InstanceFleetId"], instance["InstanceType"]
    common = kinds.get((group, name)) or Used("", group, "", name, "", 0.0)
    began, ended = _times(instance, "CreationDateTime")
    return replace(common, id=instance["Id"], market=instance["Market"], began=began or 0.0, ended=ended)


def _ran(steps: Iterable[Item]) -> Iterator[Ran]:
    for each in steps:
        began, ended = _times(each, "StartDateTime")
        if began is not None:
            yield Ran(each["Id"], each["Name"], each["Status"]["State"], began, ended)


def _times(item: Item, begin: str) -> tuple[float | None, float | None]:
    """Epoch seconds of the begin and the end."""
    timeline = item["Status"].get("Timeline", {})
    began, ended = timeline.get(begin), timeline.get("EndDateTime")
    return _epoch(began), _epoch(ended)


def _epoch(at: datetime | None) -> float | None:
    return None if at is None else at.timestamp()


def _all(emr: Any, operation: str, member: str, cluster_id: str) -> Iterator[Item]:
    for page in emr.get_paginator(operation).paginate(ClusterId=cluster_id):
        yield from page[member]
