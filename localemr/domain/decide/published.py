"""The metrics of a cluster as EMR publishes them in CloudWatch (docs/cloudwatch.md). Pure.

Sources: EMR's management guide, "Monitor CloudWatch metrics" and "Understanding managed scaling metrics".
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from localemr.domain.model.catalog import Catalog
from localemr.domain.model.fleets import requested_count, units
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.metrics import ACTIVE, in_use, is_missing
from localemr.domain.model.observed import Measured
from localemr.domain.model.records import CORE, MASTER, TASK, Instance, Records
from localemr.domain.model.states import ENDED, READY, UNDER_WAY, InstanceState

COUNT, PERCENT, NO_UNIT = "Count", "Percent", "None"
GIB = 1 << 30

YARN: Mapping[str, str] = {
    "AppsPending": "yarn-apps-pending",
    "AppsRunning": "yarn-apps-running",
    "ContainerAllocated": "yarn-containers-allocated",
    "ContainerReserved": "yarn-containers-reserved",
    "ContainerPending": "yarn-containers-pending",
    "MemoryTotalMB": "yarn-mb-total",
    "MemoryAvailableMB": "yarn-mb-available",
    "MemoryAllocatedMB": "yarn-mb-allocated",
    "MRActiveNodes": "yarn-nodes-active",
    "MRLostNodes": "yarn-nodes-lost",
    "MRUnhealthyNodes": "yarn-nodes-unhealthy",
    "MRDecommissionedNodes": "yarn-nodes-decommissioned",
    "MissingBlocks": "hdfs-blocks-missing",
    "CorruptBlocks": "hdfs-blocks-corrupt",
    "UnderReplicatedBlocks": "hdfs-blocks-under-replicated",
}
"""EMR's metric → the measurement of the master that it is; all have the unit Count."""
AVAILABLE = ("yarn-nodes-active", "yarn-nodes-unhealthy", "yarn-nodes-decommissioning")
"""The nodes of MRTotalNodes: those that terminated drop out."""


@dataclass(frozen=True)
class Published:
    """A metric of a cluster, with CloudWatch's unit."""

    name: str
    value: float
    unit: str = COUNT


def every_five_minutes(records: Records, measured: Mapping[str, Measured], now: float) -> list[Published]:
    """The metrics of a cluster's state and load. Empty unless it is RUNNING or WAITING. Without looks at its load only
    those that the records have."""
    if records.cluster.status.state not in READY:
        return []
    values = {} if is_missing(measured, now) else {name: each.value for name, each in measured.items()}
    nodes = [each for role in (CORE, TASK) for each in _nodes(records, role)]
    return [Published("IsIdle", _idle(records, values), NO_UNIT), *nodes, *_masters(records), *_load(values)]


def every_minute(records: Records, measured: Mapping[str, Measured], now: float, catalog: Catalog) -> list[Published]:
    """The capacities of a cluster with managed scaling or automatic termination that is RUNNING or WAITING. They are of
    core and task instances, as the limits of a policy."""
    spec = records.cluster.spec
    if records.cluster.status.state not in READY or not (spec.managed_scaling or spec.auto_termination):
        return []
    found = [each for role in (CORE, TASK) for each in _capacity(records, role, catalog)]
    total: dict[str, float] = {}
    for each in found:
        name = "Total" + each.name.removeprefix("Core").removeprefix("Task")
        total[name] = total.get(name, 0.0) + each.value
    found += [Published(name, value) for name, value in total.items()]
    if spec.auto_termination:
        values = {} if is_missing(measured, now) else {name: each.value for name, each in measured.items()}
        idle = 0.0 if in_use(values) else _idle(records, values)
        found.append(Published("AutoTerminationIsClusterIdle", idle, NO_UNIT))
    return found


def _idle(records: Records, values: Mapping[str, float]) -> float:
    active = any(each.status.state in UNDER_WAY for each in records.steps)
    return 0.0 if active or any(values.get(name) for name in ACTIVE) else 1.0


def _groups(records: Records, role: str) -> list[InstanceGroup]:
    return [each for each in records.groups if each.spec.role == role and each.status.state not in ENDED]


def _members(records: Records, group: InstanceGroup) -> list[Instance]:
    """The group's live instances that are not leaving."""
    return [
        each
        for each in records.instances
        if each.spec.group_id == group.id and each.status.state not in ENDED and each.status.leaving is None
    ]


def _running(records: Records, group: InstanceGroup) -> list[Instance]:
    return [
        each
        for each in records.instances
        if each.spec.group_id == group.id and each.status.state == InstanceState.RUNNING
    ]


def _requested(records: Records, groups: Iterable[InstanceGroup]) -> int:
    return sum(requested_count(each, _members(records, each)) for each in groups)


def _nodes(records: Records, role: str) -> Iterator[Published]:
    """Running and requested nodes, while the cluster has a group of the role."""
    if groups := _groups(records, role):
        running = sum(len(_running(records, each)) for each in groups)
        requested = _requested(records, groups)
        yield Published(f"{role.title()}NodesRunning", running)
        yield Published(f"{role.title()}NodesPending", max(requested - running, 0))


def _masters(records: Records) -> Iterator[Published]:
    groups = _groups(records, MASTER)
    requested = sum(each.spec.count for each in groups)
    if requested > 1:
        running, name = sum(len(_running(records, each)) for each in groups), "MultiMasterInstanceGroupNodes"
        yield Published(f"{name}Running", running)
        yield Published(f"{name}Requested", requested)
        yield Published(f"{name}RunningPercentage", running / requested, PERCENT)


def _load(values: Mapping[str, float]) -> Iterator[Published]:
    """What YARN and HDFS measure of themselves; nothing of what was not measured."""
    for name, source in YARN.items():
        if source in values:
            yield Published(name, values[source])
    if "yarn-containers-pending" in values:
        pending, allocated = values["yarn-containers-pending"], values.get("yarn-containers-allocated", 0)
        yield Published("ContainerPendingRatio", pending / allocated if allocated else pending)
    if values.get("yarn-mb-total") and "yarn-mb-available" in values:
        share = 100 * values["yarn-mb-available"] / values["yarn-mb-total"]
        yield Published("YARNMemoryAvailablePercentage", share, PERCENT)
    if "yarn-nodes-active" in values:
        yield Published("MRTotalNodes", sum(values.get(name, 0) for name in AVAILABLE))
    if values.get("hdfs-bytes-total") and "hdfs-bytes-used" in values:
        share = 100 * values["hdfs-bytes-used"] / values["hdfs-bytes-total"]
        yield Published("HDFSUtilization", share, PERCENT)
    if "hdfs-bytes-remaining" in values:
        yield Published("CapacityRemainingGB", values["hdfs-bytes-remaining"] / GIB)


def _capacity(records: Records, role: str, catalog: Catalog) -> Iterator[Published]:
    requested, running = dict.fromkeys(("Nodes", "VCPU", "Units"), 0.0), dict.fromkeys(("Nodes", "VCPU", "Units"), 0.0)
    kinds = catalog.instance_types
    for group in _groups(records, role):
        fleet, there, count = group.spec.fleet, _running(records, group), _requested(records, [group])
        requested["Nodes"] += count
        requested["VCPU"] += count * kinds[group.spec.instance_type].yarn_vcores
        requested["Units"] += fleet.on_demand + fleet.spot if fleet else count
        running["Nodes"] += len(there)
        running["VCPU"] += sum(kinds[each.spec.instance_type].yarn_vcores for each in there)
        running["Units"] += sum(units(group, there).values())
    for name in requested:
        if name != "Units" or records.cluster.spec.fleets:
            yield Published(f"{role.title()}{name}Requested", requested[name])
            yield Published(f"{role.title()}{name}Running", running[name])
