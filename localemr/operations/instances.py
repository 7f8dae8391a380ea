"""Instances and instance groups."""

from __future__ import annotations

from localemr.domain.errors import InvalidRequestException
from localemr.operations import views
from localemr.operations.lookup import by_cluster_id
from localemr.operations.paging import PAGE, cut, page, read_marker
from localemr.operations.registry import Context, Request, Response, operation


@operation("ListInstances")
def list_instances(context: Context, request: Request) -> Response:
    """Instances in the order of their making, ended ones too; by group, by role, by state."""
    cluster = by_cluster_id(context, request["ClusterId"])
    if "InstanceFleetId" in request or "InstanceFleetType" in request:
        raise InvalidRequestException(
            "Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in the request uses "
            "instance groups. Use InstanceGroupId or InstanceGroupTypes instead."
        )
    group_id = request.get("InstanceGroupId")
    if group_id is not None and group_id not in {group.id for group in context.store.groups(cluster.id)}:
        raise InvalidRequestException(f"Instance group id '{group_id}' is not valid.")
    roles, states = request.get("InstanceGroupTypes", []), request.get("InstanceStates", [])
    after = read_marker("ListInstances", request.get("Marker"), (int,)) or (0,)
    found = context.store.instance_page(
        cluster.id, group_id=group_id, roles=roles, states=states, after=after[0], limit=PAGE + 1
    )
    shown, marker = cut("ListInstances", found, lambda each: (each.spec.number,))
    return {"Instances": [views.instance_details(each, cluster.spec.region) for each in shown], "Marker": marker}


@operation("ListInstanceGroups")
def list_instance_groups(context: Context, request: Request) -> Response:
    """Instance groups in the order of the request that made them."""
    cluster = by_cluster_id(context, request["ClusterId"])
    groups = context.store.groups(cluster.id)
    shown, marker = page("ListInstanceGroups", groups, lambda group: group.number, request.get("Marker"))
    instances = context.store.instances(cluster.id)
    return {"InstanceGroups": [views.group_details(group, instances) for group in shown], "Marker": marker}
