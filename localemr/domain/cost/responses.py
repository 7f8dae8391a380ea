"""What a bill is made from, read from the responses of EMR's API. Pure. Times are datetimes or epoch seconds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from localemr.domain.cost.usage import Ran, Usage, Used, Volume, root_volume
from localemr.domain.model.instance_types import InstanceType

Item = dict[str, Any]


@dataclass(frozen=True)
class Responses:
    """Members of responses: DescribeCluster's Cluster, all entries of ListInstanceGroups or ListInstanceFleets, of
    ListInstances and of ListSteps (newest first), and GetManagedScalingPolicy's response."""

    cluster: Item
    groups: list[Item]
    instances: list[Item]
    steps: list[Item]
    scaling: Item


def usage(found: Responses, types: Mapping[str, InstanceType]) -> Usage:
    """What the bill of the cluster is made from."""
    cluster = found.cluster
    limits = (found.scaling.get("ManagedScalingPolicy") or {}).get("ComputeLimits", {})
    root = root_volume(cluster.get("ReleaseLabel", ""), cluster.get("EbsRootVolumeSize"))
    unit = limits.get("UnitType", "")
    kinds = {
        (group, common["InstanceType"]): _kind(group, role, common, root, types.get(common["InstanceType"]), unit)
        for group, role, common in _groups(found.groups)
    }
    began, ended = _times(cluster, "CreationDateTime")
    return Usage(
        cluster["Id"],
        cluster["Name"],
        cluster["Status"]["State"],
        began or 0.0,
        ended,
        tuple(_used(each, kinds) for each in found.instances),
        tuple(reversed(list(_ran(found.steps)))),
        limits.get("MaximumCapacityUnits"),
    )


def _groups(found: Iterable[Item]) -> Iterator[tuple[str, str, Item]]:
    """Id and role of each group, with what its instances have in common; of each fleet once for each of its types."""
    for each in found:
        if "InstanceFleetType" in each:
            for common in each["InstanceTypeSpecifications"]:
                yield each["Id"], each["InstanceFleetType"], common
        else:
            yield each["Id"], each["InstanceGroupType"], each


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


def _epoch(at: datetime | float | None) -> float | None:
    return at.timestamp() if isinstance(at, datetime) else at
