"""Instance fleets: list, add, resize."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from localemr.domain.accept.fleets import accept_more_fleet, accept_new_targets
from localemr.domain.accept.groups import check_total, new_groups
from localemr.domain.accept.software import check_later
from localemr.domain.model.errors import InvalidRequestException, ValidationException
from localemr.domain.model.fleets import all_configurations, provisioned, remaining
from localemr.domain.model.groups import FleetSpec, GroupSpec, InstanceGroup
from localemr.domain.model.markets import ON_DEMAND, SPOT
from localemr.domain.model.records import Cluster, Instance
from localemr.domain.model.states import READY
from localemr.domain.node.sizing import least_count
from localemr.emr import views
from localemr.emr.host_memory import check_room_for_more
from localemr.emr.lookup import by_cluster_id, check_collection
from localemr.emr.paging import page
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.emr.views import View


@operation("ListInstanceFleets", Effect.REAL)
def list_instance_fleets(context: Context, request: Request) -> Response:
    """Instance fleets in the order of the request that made them: targets and provisioned capacities (what runs, in the
    fleet's units), state, types and specifications as sent.

    Only for clusters of fleets, as `ListInstanceGroups` only for clusters of groups: else EMR's error with its
    `ErrorCode`.
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    check_collection(cluster, True, "ListInstanceFleets", "ListInstanceGroups", InvalidRequestException)
    fleets = context.store.groups(cluster.id)
    shown, marker = page("ListInstanceFleets", fleets, lambda fleet: fleet.number, request.get("Marker"))
    instances = context.store.instances(cluster.id)
    return {"InstanceFleets": [fleet_details(each, instances) for each in shown], "Marker": marker}


@operation("AddInstanceFleet", Effect.REAL)
def add_instance_fleet(context: Context, request: Request) -> Response:
    """Add the task fleet to a RUNNING or WAITING cluster of fleets; running steps continue.

    See [Instance fleets](operations.md#instance-fleets).
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    check_collection(cluster, True, "AddInstanceFleet", "AddInstanceGroups", InvalidRequestException)
    _check_ready(cluster, "added")
    there = context.store.groups(cluster.id)
    with _as_invalid_request():
        fleets = [each.spec for each in there]
        spec = accept_more_fleet(request["InstanceFleet"], fleets, cluster.spec.release_label, context.catalog)
        for configurations in all_configurations(spec):
            check_later(configurations, cluster.spec, context.catalog)
        check_room_for_more(context, cluster, [spec])
    (fleet,) = new_groups(cluster.id, [spec], len(there) + 1, context.now())
    context.store.add_groups(cluster.id, [fleet])
    context.wake(cluster.id)
    return {"ClusterId": cluster.id, "InstanceFleetId": fleet.id, "ClusterArn": views.arn(cluster)}


@operation("ModifyInstanceFleet", Effect.REAL)
def modify_instance_fleet(context: Context, request: Request) -> Response:
    """Change the fleet's targets while the cluster is RUNNING or WAITING.

    Targets, `ResizeSpecifications` and `Context`; other `InstanceTypeConfigs` are refused. See [Instance
    fleets](operations.md#instance-fleets).
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    check_collection(cluster, True, "ModifyInstanceFleet", "ModifyInstanceGroups", InvalidRequestException)
    _check_ready(cluster, "modified")
    change = request["InstanceFleet"]
    fleets = {each.id: each for each in context.store.groups(cluster.id)}
    fleet = fleets.get(change["InstanceFleetId"])
    if fleet is None:
        raise InvalidRequestException(f"Instance fleet id '{change['InstanceFleetId']}' is not valid.")
    with _as_invalid_request():
        least = least_count(cluster.spec, fleet.spec, context.catalog)
        spec = accept_new_targets(change, fleet.spec, least, context.now())
        check_total([spec if each is fleet else each.spec for each in fleets.values()], context.catalog)
        if (more := _more(fleet.spec, spec)).count:
            check_room_for_more(context, cluster, [more])
    context.store.set_group_specs(cluster.id, {fleet.id: spec})
    context.wake(cluster.id)
    return None


def fleet_details(group: InstanceGroup, instances: Iterable[Instance]) -> View:
    """An InstanceFleet, as ListInstanceFleets shows it; `instances` are the cluster's."""
    fleet, instances = group.spec.fleet, list(instances)
    assert isinstance(fleet, FleetSpec)
    return {
        "Id": group.id,
        "Name": group.spec.name or "",
        "Status": views.group_status(group),
        "InstanceFleetType": group.spec.role,
        "TargetOnDemandCapacity": fleet.on_demand,
        "TargetSpotCapacity": fleet.spot,
        "ProvisionedOnDemandCapacity": provisioned(group, ON_DEMAND, instances),
        "ProvisionedSpotCapacity": provisioned(group, SPOT, instances),
        "InstanceTypeSpecifications": [_type(config) for config in fleet.configs],
        "LaunchSpecifications": fleet.launch,
        "ResizeSpecifications": fleet.resize,
        "Context": fleet.context,
    }


def _type(config: Mapping[str, Any]) -> View:
    """An InstanceTypeSpecification, with EMR's defaults for absent members."""
    shown = {name: value for name, value in config.items() if name != "EbsConfiguration"}
    ebs = config.get("EbsConfiguration", {})
    if "BidPrice" not in config:
        shown.setdefault("BidPriceAsPercentageOfOnDemandPrice", 100.0)
    return {
        "WeightedCapacity": 1,
        "Configurations": [],
        **shown,
        "EbsBlockDevices": views.block_devices(ebs),
        "EbsOptimized": ebs.get("EbsOptimized"),
    }


def _more(old: GroupSpec, new: GroupSpec) -> GroupSpec:
    """The instances that this change adds. New instances of one market start before those of the other are removed."""
    assert old.fleet is not None and new.fleet is not None
    return replace(new, count=new.count - remaining(old.fleet, new.fleet))


def _check_ready(cluster: Cluster, verb: str) -> None:
    """Raise InvalidRequestException, with EMR's text for ModifyInstanceFleet."""
    if cluster.spec.terminate or cluster.status.state not in READY:
        raise InvalidRequestException(f"An instance fleet may only be {verb} when the cluster is running or waiting")


@contextmanager
def _as_invalid_request() -> Iterator[None]:
    """Turn ValidationException, which RunJobFlow raises, into the operations' InvalidRequestException."""
    try:
        yield
    except ValidationException as error:
        raise InvalidRequestException(error.message) from error
