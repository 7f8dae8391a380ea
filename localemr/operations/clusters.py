"""Clusters: made, shown, ended."""

from __future__ import annotations

from dataclasses import replace

from localemr.domain.accept import accept
from localemr.domain.errors import ValidationException
from localemr.domain.records import Records
from localemr.domain.sizing import cluster_mb
from localemr.domain.states import ENDED
from localemr.operations import views
from localemr.operations.lookup import NOT_EXISTING, by_cluster_id, by_job_flow_ids
from localemr.operations.paging import PAGE, cut, read_marker
from localemr.operations.registry import Context, Request, Response, operation

MAX_TERMINATED_AT_ONCE = 10


@operation("RunJobFlow")
def run_job_flow(context: Context, request: Request) -> Response:
    """Accept a cluster with its steps, or refuse it and store nothing."""
    records = accept(
        request,
        now=context.now(),
        cluster_id=context.new_cluster_id(),
        region=context.region,
        account=context.account,
        catalog=context.catalog,
    )
    _check_room(context, records)
    context.store.add_cluster(records)
    context.wake(records.cluster.id)
    return {"JobFlowId": records.cluster.id, "ClusterArn": views.arn(records.cluster)}


def _check_room(context: Context, records: Records) -> None:
    """Refuse what would not fit into the host's memory beside the clusters that have not ended."""
    total = context.host_memory_mb
    if total is None:
        return
    store, catalog = context.store, context.catalog
    needed = cluster_mb(catalog, records.groups)
    free = total - sum(cluster_mb(catalog, store.groups(each)) for each in store.unfinished())
    if needed > free:
        instances = ", ".join(f"{each.spec.count} x {each.spec.instance_type}" for each in records.groups)
        raise ValidationException(
            f"The cluster does not fit on this host: {instances} needs {needed} MiB of memory, {max(free, 0)} MiB of "
            f"{total} MiB are free. Use smaller instance types or fewer instances, terminate other clusters, let "
            f"instances take less memory (LOCALEMR_MEMORY_SCALE, now {catalog.memory_scale:g}), or let clusters take "
            "more of the host's (LOCALEMR_HOST_MEMORY_SHARE)."
        )


@operation("DescribeCluster")
def describe_cluster(context: Context, request: Request) -> Response:
    """A cluster in full."""
    cluster = by_cluster_id(context, request["ClusterId"])
    instances = context.store.instances(cluster.id)
    return {"Cluster": views.cluster_details(cluster, instances, context.catalog, context.now())}


@operation("ListClusters")
def list_clusters(context: Context, request: Request) -> Response:
    """Clusters, newest first; both times are exclusive."""
    found = context.store.clusters(
        states=request.get("ClusterStates", ()),
        created_after=request.get("CreatedAfter"),
        created_before=request.get("CreatedBefore"),
        before=read_marker("ListClusters", request.get("Marker"), (float, str)),
        limit=PAGE + 1,
    )
    shown, marker = cut("ListClusters", found, lambda cluster: (float(cluster.created), cluster.id))
    now = context.now()
    summaries = [views.cluster_summary(each, context.store.instances(each.id), context.catalog, now) for each in shown]
    return {"Clusters": summaries, "Marker": marker}


@operation("TerminateJobFlows")
def terminate_job_flows(context: Context, request: Request) -> Response:
    """Ask clusters to end: all of them, or none when one is unknown or protected. Ended ones are passed over."""
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


@operation("ListBootstrapActions")
def list_bootstrap_actions(context: Context, request: Request) -> Response:
    """The cluster's bootstrap actions in the order in which they run; EMR allows fewer than fit on a page."""
    cluster = by_cluster_id(context, request["ClusterId"])
    return {"BootstrapActions": [views.command(action) for action in cluster.spec.bootstrap_actions]}
