"""Clusters: create, describe, list, terminate."""

from __future__ import annotations

from dataclasses import replace

from localemr.domain.accept.cluster import accept
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.records import Records
from localemr.domain.model.states import ENDED
from localemr.emr import views
from localemr.emr.host_memory import check_room_for_cluster
from localemr.emr.lookup import NOT_EXISTING, by_cluster_id, by_job_flow_ids
from localemr.emr.paging import PAGE, cut, page, read_marker
from localemr.emr.registry import Context, Effect, Request, Response, operation
from localemr.emr.security_configurations import check_known, check_runtime_role

MAX_TERMINATED_AT_ONCE = 10


def _accepted(context: Context, request: Request) -> Records:
    """The records of a new cluster. Raises ValidationException; nothing is stored."""
    check_known(context, request.get("SecurityConfiguration"))
    records = accept(
        request,
        now=context.now(),
        cluster_id=context.new_cluster_id(),
        region=context.region,
        account=context.account,
        catalog=context.catalog,
    )
    if "StepExecutionRoleArn" in request:
        check_runtime_role(context, records.cluster, request["StepExecutionRoleArn"])
    check_room_for_cluster(context, records.cluster, [group.spec for group in records.groups])
    return records


@operation("RunJobFlow", Effect.REAL, check=_accepted)
def run_job_flow(context: Context, request: Request) -> Response:
    """Accept a cluster with its groups and steps, or refuse it and store nothing. Containers are created afterwards.

    See [RunJobFlow](operations.md#runjobflow).
    """
    records = _accepted(context, request)
    context.store.add_cluster(records)
    context.wake(records.cluster.id)
    return {"JobFlowId": records.cluster.id, "ClusterArn": views.arn(records.cluster)}


@operation("DescribeCluster", Effect.REAL)
def describe_cluster(context: Context, request: Request) -> Response:
    """A cluster in full, from the store alone.

    `MasterPublicDnsName` from BOOTSTRAPPING on, the private DNS name; `LogUri` with EMR's scheme `s3n`; `ErrorDetails`
    when a bootstrap action has failed on the master, without `public-doc`.
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    instances = context.store.instances(cluster.id)
    return {"Cluster": views.cluster_details(cluster, instances, context.catalog, context.now())}


@operation("ListClusters", Effect.REAL)
def list_clusters(context: Context, request: Request) -> Response:
    """Clusters, newest first, 50 a page, by state and time (both times exclusive).

    Clusters are deleted `LOCALEMR_RETENTION_DAYS` (62) after their end.
    """
    found = context.store.clusters(
        states=request.get("ClusterStates", ()),
        created_after=request.get("CreatedAfter"),
        created_before=request.get("CreatedBefore"),
        before=read_marker("ListClusters", request.get("Marker"), (float, str)),
        limit=PAGE + 1,
    )
    shown, marker = cut("ListClusters", found, lambda cluster: (float(cluster.created), cluster.id))
    now, instances = context.now(), context.store.instances_of([cluster.id for cluster in shown])
    summaries = [views.cluster_summary(each, instances[each.id], context.catalog, now) for each in shown]
    return {"Clusters": summaries, "Marker": marker}


@operation("TerminateJobFlows", Effect.REAL)
def terminate_job_flows(context: Context, request: Request) -> Response:
    """Terminate clusters, at most 10 a call.

    All or none: an unknown, repeated or protected id refuses the whole call. Ended clusters are ignored.
    """
    cluster_ids = request["JobFlowIds"]
    if len(cluster_ids) > MAX_TERMINATED_AT_ONCE:
        raise ValidationException(f"At most {MAX_TERMINATED_AT_ONCE} job flows can be terminated at once.")
    clusters = by_job_flow_ids(context, cluster_ids, unknown=NOT_EXISTING)
    live = [cluster for cluster in clusters if cluster.status.state not in ENDED]
    if any(cluster.spec.termination_protected for cluster in live):
        raise ValidationException("Could not shut down one or more job flows since they are termination protected.")
    for cluster in live:
        context.store.set_cluster_spec(cluster.id, replace(cluster.spec, terminate=True))
        context.wake(cluster.id)
    return None


@operation("ListBootstrapActions", Effect.REAL)
def list_bootstrap_actions(context: Context, request: Request) -> Response:
    """The cluster's bootstrap actions in the order in which they run.

    One page: EMR allows 16.
    """
    cluster = by_cluster_id(context, request["ClusterId"])
    numbered = list(enumerate(cluster.spec.bootstrap_actions))
    shown, marker = page("ListBootstrapActions", numbered, lambda each: each[0], request.get("Marker"))
    return {"BootstrapActions": [views.command(action) for _, action in shown], "Marker": marker}
