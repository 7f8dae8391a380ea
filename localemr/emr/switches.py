"""Changes of existing clusters: the Set operations and ModifyCluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from localemr.domain.accept.releases import require
from localemr.domain.accept.steps import read_step_concurrency
from localemr.domain.model.errors import InvalidRequestException
from localemr.domain.model.records import ClusterSpec
from localemr.emr.lookup import by_cluster_id, by_job_flow_ids, check_modifiable
from localemr.emr.registry import Context, Effect, Request, Response, operation


@operation("SetTerminationProtection", Effect.REAL)
def set_termination_protection(context: Context, request: Request) -> Response:
    """Enable or disable the protection of clusters from `TerminateJobFlows`.

    Refused for clusters that are ending.
    """
    return _set(context, request, lambda spec: replace(spec, termination_protected=request["TerminationProtected"]))


@operation("SetKeepJobFlowAliveWhenNoSteps", Effect.REAL)
def set_keep_job_flow_alive_when_no_steps(context: Context, request: Request) -> Response:
    """Let clusters wait for further steps after the last one, or end.

    Refused for clusters that are ending.
    """
    return _set(context, request, lambda spec: replace(spec, keep_alive=request["KeepJobFlowAliveWhenNoSteps"]))


@operation("SetVisibleToAllUsers", Effect.STATEFUL)
def set_visible_to_all_users(context: Context, request: Request) -> Response:
    """Store who may see clusters, for `DescribeCluster`.

    No effect: there are no users here, and EMR has ignored it since 2020. Refused for clusters that are
    ending.
    """
    return _set(context, request, lambda spec: _shown(spec, VisibleToAllUsers=request["VisibleToAllUsers"]))


@operation("SetUnhealthyNodeReplacement", Effect.REAL)
def set_unhealthy_node_replacement(context: Context, request: Request) -> Response:
    """Have core and task instances that YARN calls unhealthy for 45 minutes replaced, or not.

    An instance whose container has ended is always replaced. Refused for clusters that are ending.
    """
    requested = request["UnhealthyNodeReplacement"]
    return _set(context, request, lambda spec: replace(spec, unhealthy_node_replacement=requested))


def _set(context: Context, request: Request, change: Callable[[ClusterSpec], ClusterSpec]) -> Response:
    """Change all clusters of the request, or none when one is unknown or ending."""
    clusters = by_job_flow_ids(context, request["JobFlowIds"])
    for cluster in clusters:
        check_modifiable(cluster)
    for cluster in clusters:
        context.store.set_cluster_spec(cluster.id, change(cluster.spec))
        context.wake(cluster.id)
    return None


@operation("ModifyCluster", Effect.REAL)
def modify_cluster(context: Context, request: Request) -> Response:
    """`StepConcurrencyLevel`: a higher one starts pending steps at once, a lower one does not stop running steps.
    Returns the current values.

    1 to 256; `ExtendedSupport` is shown and has no effect. Refused for clusters that are ending.
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    level = request.get("StepConcurrencyLevel", cluster.spec.step_concurrency)
    if level > 1:
        require("step-concurrency", context.catalog.releases.get(cluster.spec.release_label), InvalidRequestException)
    spec = replace(cluster.spec, step_concurrency=read_step_concurrency(level, InvalidRequestException))
    if "ExtendedSupport" in request:
        spec = _shown(spec, ExtendedSupport=request["ExtendedSupport"])
    check_modifiable(cluster, InvalidRequestException)
    if spec != cluster.spec:
        context.store.set_cluster_spec(cluster.id, spec)
        context.wake(cluster.id)
    return {"StepConcurrencyLevel": spec.step_concurrency, "ExtendedSupport": spec.echo.get("ExtendedSupport")}


def _shown(spec: ClusterSpec, **members: Any) -> ClusterSpec:
    """The spec with members that have no effect and that DescribeCluster shows."""
    return replace(spec, echo={**spec.echo, **members})
