"""Policies of clusters and instance groups: auto-termination, managed scaling, automatic scaling.

Every error is a ValidationException, also for unknown clusters: these operations declare no errors, and Terraform
expects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localemr.domain.accept.policies import check_auto_scaling, check_managed_scaling, read_auto_termination
from localemr.domain.accept.releases import require
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import InstanceGroup
from localemr.domain.model.records import Cluster, ClusterSpec, Event
from localemr.emr import views
from localemr.emr.lookup import by_cluster_id, check_modifiable
from localemr.emr.registry import Context, Effect, Request, Response, operation


@operation("PutAutoTerminationPolicy", Effect.REAL)
def put_auto_termination_policy(context: Context, request: Request) -> Response:
    """End the cluster once it has been idle for `IdleTimeout` seconds, counted from now at the earliest, with the
    code USER_REQUEST: no step, no YARN application, less than 10 % of HDFS used.

    60 to 604800 seconds, default 3600. Web pages in use, notebooks and sessions outside YARN do not count. Protected
    clusters are not terminated, nor ones of which nothing has been measured for 60 s. See
    [scaling](scaling.md#automatic-termination). Refused for clusters that are ending.
    """
    cluster = _modifiable(context, request)
    require("auto-termination", context.catalog.releases.get(cluster.spec.release_label))
    policy = read_auto_termination(request.get("AutoTerminationPolicy", {}), context.now())
    return _store(context, cluster, replace(cluster.spec, auto_termination=policy))


@operation("GetAutoTerminationPolicy", Effect.REAL)
def get_auto_termination_policy(context: Context, request: Request) -> Response:
    """The cluster's policy, also of an ended cluster.

    `{}` without one.
    """
    policy = by_cluster_id(context, request["ClusterId"], ValidationException).spec.auto_termination
    return {"AutoTerminationPolicy": {"IdleTimeout": policy.idle_timeout}} if policy else {}


@operation("RemoveAutoTerminationPolicy", Effect.REAL)
def remove_auto_termination_policy(context: Context, request: Request) -> Response:
    """Remove the cluster's policy; no effect on a cluster without one.

    Refused for clusters that are ending.
    """
    cluster = _modifiable(context, request)
    return _store(context, cluster, replace(cluster.spec, auto_termination=None))


@operation("PutManagedScalingPolicy", Effect.REAL)
def put_managed_scaling_policy(context: Context, request: Request) -> Response:
    """Set or replace the cluster's policy. The requested counts of its core and task groups, or the targets of its
    fleets, follow the load of YARN within the limits.

    Units are `Instances` or `VCPU`, of fleets `InstanceFleetUnits`; not beside automatic scaling. See
    [scaling](scaling.md). Refused for clusters that are ending.
    """
    cluster = _modifiable(context, request)
    policy, release = request["ManagedScalingPolicy"], context.catalog.releases.get(cluster.spec.release_label)
    require("managed-scaling", release)
    if policy.get("ScalingStrategy") == "ADVANCED":
        require("advanced-scaling", release)
    check_managed_scaling(policy, [group.spec for group in context.store.groups(cluster.id)])
    return _store(context, cluster, replace(cluster.spec, managed_scaling=policy))


@operation("GetManagedScalingPolicy", Effect.REAL)
def get_managed_scaling_policy(context: Context, request: Request) -> Response:
    """The policy as it was sent, of ended clusters too.

    `{}` without one.
    """
    cluster = by_cluster_id(context, request["ClusterId"], ValidationException)
    return {"ManagedScalingPolicy": cluster.spec.managed_scaling}


@operation("RemoveManagedScalingPolicy", Effect.REAL)
def remove_managed_scaling_policy(context: Context, request: Request) -> Response:
    """Remove the cluster's policy: its groups stay as they are. No effect on a cluster without one.

    Refused for clusters that are ending.
    """
    cluster = _modifiable(context, request)
    return _store(context, cluster, replace(cluster.spec, managed_scaling=None))


@operation("PutAutoScalingPolicy", Effect.REAL)
def put_auto_scaling_policy(context: Context, request: Request) -> Response:
    """Set or replace an instance group's policy, shown by `ListInstanceGroups`. The group's requested count follows the
    alarms of its rules on metrics in [CloudWatch](cloudwatch.md).

    Core and task groups; not beside managed scaling; no `AutoScalingRole` is needed. See
    [scaling](scaling.md#automatic-scaling). Refused for clusters that are ending.
    """
    cluster = _modifiable(context, request)
    group = _group(context, cluster, request["InstanceGroupId"])
    policy = request["AutoScalingPolicy"]
    check_auto_scaling(policy, group.spec.role, managed=cluster.spec.managed_scaling is not None)
    _store_scaling(context, group, policy)
    return {
        "ClusterId": cluster.id,
        "InstanceGroupId": group.id,
        "AutoScalingPolicy": views.auto_scaling(policy, cluster.id, "PENDING"),
        "ClusterArn": views.arn(cluster),
    }


@operation("RemoveAutoScalingPolicy", Effect.REAL)
def remove_auto_scaling_policy(context: Context, request: Request) -> Response:
    """Remove an instance group's policy: the group stays as it is. No effect on a group without one.

    Refused for clusters that are ending.
    """
    cluster = _modifiable(context, request)
    _store_scaling(context, _group(context, cluster, request["InstanceGroupId"]), None)
    return {}


def _modifiable(context: Context, request: Request) -> Cluster:
    cluster = by_cluster_id(context, request["ClusterId"], ValidationException)
    check_modifiable(cluster)
    return cluster


def _group(context: Context, cluster: Cluster, group_id: str) -> InstanceGroup:
    for group in context.store.groups(cluster.id):
        if group.id == group_id and group.spec.fleet is None:
            return group
    raise ValidationException(f"Instance group id '{group_id}' is not valid.")


def _store(context: Context, cluster: Cluster, spec: ClusterSpec) -> Response:
    if spec != cluster.spec:
        context.store.set_cluster_spec(cluster.id, spec)
        context.wake(cluster.id)
    return {}


def _store_scaling(context: Context, group: InstanceGroup, policy: Mapping[str, Any] | None) -> None:
    if policy != group.spec.auto_scaling:
        spec, state = replace(group.spec, auto_scaling=policy), group.status.state
        states = ["DETACHED"] if policy is None else dict.fromkeys(("PENDING", views.scaling_state(state)))
        events = [Event(context.now(), group.cluster_id, "policy", group.id, each) for each in states]
        context.store.set_group_specs(group.cluster_id, {group.id: spec}, events)
        context.wake(group.cluster_id)
