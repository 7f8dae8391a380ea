"""Policies of clusters and instance groups: auto-termination, managed scaling, automatic scaling.

Every error is a ValidationException, unknown clusters' too: these operations declare none, and Terraform expects it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localemr.domain.errors import ValidationException
from localemr.domain.policies import check_auto_scaling, check_managed_scaling, read_auto_termination
from localemr.domain.records import Cluster, ClusterSpec, InstanceGroup
from localemr.operations import views
from localemr.operations.lookup import by_cluster_id, check_modifiable
from localemr.operations.registry import Context, Request, Response, operation


@operation("PutAutoTerminationPolicy")
def put_auto_termination_policy(context: Context, request: Request) -> Response:
    """End the cluster once it has been idle for IdleTimeout seconds, counted from now at the earliest."""
    cluster = _modifiable(context, request)
    policy = read_auto_termination(request.get("AutoTerminationPolicy", {}), context.now())
    return _store(context, cluster, replace(cluster.spec, auto_termination=policy))


@operation("GetAutoTerminationPolicy")
def get_auto_termination_policy(context: Context, request: Request) -> Response:
    """The cluster's AutoTerminationPolicy; nothing when it has none."""
    policy = by_cluster_id(context, request["ClusterId"], ValidationException).spec.auto_termination
    return {"AutoTerminationPolicy": {"IdleTimeout": policy.idle_timeout}} if policy else {}


@operation("RemoveAutoTerminationPolicy")
def remove_auto_termination_policy(context: Context, request: Request) -> Response:
    """Let the cluster be idle for as long as it likes; a cluster without a policy stays as it is."""
    cluster = _modifiable(context, request)
    return _store(context, cluster, replace(cluster.spec, auto_termination=None))


@operation("PutManagedScalingPolicy")
def put_managed_scaling_policy(context: Context, request: Request) -> Response:
    """Give the cluster a ManagedScalingPolicy, or another one."""
    cluster = _modifiable(context, request)
    policy = request["ManagedScalingPolicy"]
    check_managed_scaling(policy, [group.spec for group in context.store.groups(cluster.id)])
    return _store(context, cluster, replace(cluster.spec, managed_scaling=policy))


@operation("GetManagedScalingPolicy")
def get_managed_scaling_policy(context: Context, request: Request) -> Response:
    """The cluster's ManagedScalingPolicy; nothing when it has none."""
    cluster = by_cluster_id(context, request["ClusterId"], ValidationException)
    return {"ManagedScalingPolicy": cluster.spec.managed_scaling}


@operation("RemoveManagedScalingPolicy")
def remove_managed_scaling_policy(context: Context, request: Request) -> Response:
    """Take the cluster's ManagedScalingPolicy away; a cluster without one stays as it is."""
    cluster = _modifiable(context, request)
    return _store(context, cluster, replace(cluster.spec, managed_scaling=None))


@operation("PutAutoScalingPolicy")
def put_auto_scaling_policy(context: Context, request: Request) -> Response:
    """Give an instance group an AutoScalingPolicy, or another one."""
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


@operation("RemoveAutoScalingPolicy")
def remove_auto_scaling_policy(context: Context, request: Request) -> Response:
    """Take an instance group's AutoScalingPolicy away; a group without one stays as it is."""
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
        context.store.set_group_specs(group.cluster_id, {group.id: replace(group.spec, auto_scaling=policy)})
        context.wake(group.cluster_id)
