"""Instances and instance groups."""

from __future__ import annotations

from localemr.domain.model.errors import InvalidRequestException
from localemr.domain.model.records import Cluster
from localemr.emr import views
from localemr.emr.lookup import EXCLUSIVE, by_cluster_id, check_collection, wrong_collection
from localemr.emr.paging import PAGE, cut, page, read_marker
from localemr.emr.registry import Context, Effect, Request, Response, operation


@operation("ListInstances", Effect.REAL)
def list_instances(context: Context, request: Request) -> Response:
    """All instances that the cluster ever had, oldest first, 50 a page, by group or fleet, role and state.

    Instances have no public names, as in a private subnet.
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    _check_filters(cluster, request)
    group_id = request.get("InstanceFleetId" if cluster.spec.fleets else "InstanceGroupId")
    if group_id is not None and group_id not in {group.id for group in context.store.groups(cluster.id)}:
        raise InvalidRequestException(
            f"Instance {'fleet' if cluster.spec.fleets else 'group'} id '{group_id}' is not valid."
        )
    fleet_roles = [request["InstanceFleetType"]] if "InstanceFleetType" in request else []
    roles, states = request.get("InstanceGroupTypes", fleet_roles), request.get("InstanceStates", [])
    after = read_marker("ListInstances", request.get("Marker"), (int,)) or (0,)
    found = context.store.instance_page(
        cluster.id, group_id=group_id, roles=roles, states=states, after=after[0], limit=PAGE + 1
    )
    shown, marker = cut("ListInstances", found, lambda each: (each.spec.number,))
    return {"Instances": [views.instance_details(each, cluster.spec.region) for each in shown], "Marker": marker}


def _check_filters(cluster: Cluster, request: Request) -> None:
    """Raise InvalidRequestException for filters by group on a cluster of fleets, and the other way round."""
    groups, fleets = ("InstanceGroupId", "InstanceGroupTypes"), ("InstanceFleetId", "InstanceFleetType")
    wrong, right = (groups, fleets) if cluster.spec.fleets else (fleets, groups)
    if any(name in request for name in wrong):
        used = "fleets" if cluster.spec.fleets else "groups"
        text = f"{EXCLUSIVE} instance {used}. Use {' or '.join(right)} instead."
        raise InvalidRequestException(text, wrong_collection(cluster))


@operation("ListInstanceGroups", Effect.REAL)
def list_instance_groups(context: Context, request: Request) -> Response:
    """Instance groups in the order of the request that made them: requested and running counts, state, configurations,
    volumes, scaling policy (ATTACHED once the group runs, though policies do not act yet).

    Volumes are shown as requested; none is created.
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    check_collection(cluster, False, "ListInstanceGroups", "ListInstanceFleets", InvalidRequestException)
    groups = context.store.groups(cluster.id)
    shown, marker = page("ListInstanceGroups", groups, lambda group: group.number, request.get("Marker"))
    instances = context.store.instances(cluster.id)
    return {"InstanceGroups": [views.group_details(group, instances) for group in shown], "Marker": marker}
