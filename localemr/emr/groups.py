"""Instance groups: add, resize, reconfigure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from localemr.domain.accept.groups import accept_more_groups, check_total, new_groups
from localemr.domain.accept.policies import check_auto_scaling
from localemr.domain.accept.reconfiguration import accept_reconfiguration, reconfigures, resizes
from localemr.domain.accept.resize import accept_resize
from localemr.domain.accept.software import check_later
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import GroupSpec, InstanceGroup
from localemr.domain.model.records import Cluster, Instance
from localemr.domain.model.states import READY
from localemr.domain.node.sizing import least_count
from localemr.emr import views
from localemr.emr.host_memory import check_room_for_more
from localemr.emr.lookup import by_job_flow_id, check_collection, check_modifiable
from localemr.emr.registry import Context, Effect, Request, Response, operation


@operation("AddInstanceGroups", Effect.REAL)
def add_instance_groups(context: Context, request: Request) -> Response:
    """Add task groups to a RUNNING or WAITING cluster, all or none. Ids are in the order of the request; running steps
    continue.

    See [Resizing](operations.md#resizing).
    """
    cluster = by_job_flow_id(context, request["JobFlowId"])
    check_collection(cluster, False, "AddInstanceGroups", "AddInstanceFleet", ValidationException)
    check_modifiable(cluster)
    _check_ready(cluster, "added")
    there = context.store.groups(cluster.id)
    specs = accept_more_groups(
        _require_non_empty(request["InstanceGroups"]),
        [group.spec for group in there],
        cluster.spec.release_label,
        context.catalog,
    )
    for spec in specs:
        check_later(spec.configurations, cluster.spec, context.catalog)
        if spec.auto_scaling is not None:
            check_auto_scaling(spec.auto_scaling, spec.role, managed=cluster.spec.managed_scaling is not None)
    check_room_for_more(context, cluster, specs)
    groups = new_groups(cluster.id, specs, len(there) + 1, context.now())
    context.store.add_groups(cluster.id, groups)
    context.wake(cluster.id)
    return {
        "JobFlowId": cluster.id,
        "InstanceGroupIds": [group.id for group in groups],
        "ClusterArn": views.arn(cluster),
    }


@operation("ModifyInstanceGroups", Effect.REAL)
def modify_instance_groups(context: Context, request: Request) -> Response:
    """Resize or reconfigure groups of one RUNNING or WAITING cluster: all, or none when one entry is refused.

    See [Resizing](operations.md#resizing) and [configurations](configurations.md).
    """
    changes = _require_non_empty(request.get("InstanceGroups", ()))
    cluster = _cluster(context, request.get("ClusterId"), changes[0]["InstanceGroupId"])
    check_collection(cluster, False, "ModifyInstanceGroups", "ModifyInstanceFleet", ValidationException)
    _check_ready(cluster, "modified")
    groups = {group.id: group for group in context.store.groups(cluster.id)}
    instances = context.store.instances(cluster.id)
    specs: dict[str, GroupSpec] = {}
    for change in changes:
        group = _group(groups, change["InstanceGroupId"])
        if group.id in specs:
            raise ValidationException(f"Instance group id '{group.id}' is named more than once.")
        members = [each for each in instances if each.spec.group_id == group.id]
        specs[group.id] = _changed(context, change, cluster, group, members)
    check_total([specs.get(group.id, group.spec) for group in groups.values()], context.catalog)
    more = (grown(groups[id_].spec, spec) for id_, spec in specs.items())
    check_room_for_more(context, cluster, [each for each in more if each.count])
    context.store.set_group_specs(cluster.id, specs)
    context.wake(cluster.id)
    return None


def _changed(
    context: Context, change: Mapping[str, Any], cluster: Cluster, group: InstanceGroup, members: Sequence[Instance]
) -> GroupSpec:
    spec, now = group.spec, context.now()
    if resizes(change):
        spec = accept_resize(change, group, members, least_count(cluster.spec, spec, context.catalog), now)
    if reconfigures(change):
        spec = accept_reconfiguration(change, replace(group, spec=spec), cluster.spec, context.catalog, now)
    return spec


def _require_non_empty(groups: Sequence[Mapping[str, Any]]) -> Sequence[Mapping[str, Any]]:
    if not groups:
        raise ValidationException("At least one instance group must be specified.")
    return groups


def _cluster(context: Context, cluster_id: str | None, group_id: str) -> Cluster:
    """The named cluster; without a name the cluster of the group."""
    if cluster_id is None:
        cluster_id = context.store.cluster_of_group(group_id)
    if cluster_id is None:
        raise _unknown(group_id)
    return by_job_flow_id(context, cluster_id, "clusterId")


def _group(groups: Mapping[str, InstanceGroup], group_id: str) -> InstanceGroup:
    if group_id not in groups:
        raise _unknown(group_id)
    return groups[group_id]


def _unknown(group_id: str) -> ValidationException:
    return ValidationException(f"Instance group id '{group_id}' is not valid.")


def _check_ready(cluster: Cluster, verb: str) -> None:
    """Raise ValidationException, with EMR's text for ModifyInstanceGroups."""
    if cluster.spec.terminate or cluster.status.state not in READY:
        raise ValidationException(f"An instance group may only be {verb} when the cluster is running or waiting")


def grown(old: GroupSpec, new: GroupSpec) -> GroupSpec:
    """Instances that this change adds. Capacity released by other groups counts only once their instances are gone."""
    return replace(new, count=max(new.count - old.count, 0))
