"""Finding the cluster that a request names, with the error that EMR gives to each kind of operation."""

from __future__ import annotations

from collections.abc import Iterable

from localemr.domain import ids
from localemr.domain.errors import InvalidRequestException, ValidationException
from localemr.domain.records import Cluster
from localemr.domain.states import ENDED, ClusterState
from localemr.operations.registry import Context

NOT_EXISTING = "Specified job flow ID does not exist."
NOT_VALID = "Specified job flow ID not valid"
NOT_MODIFIABLE = "A job flow that is shutting down, terminated, or finished may not be modified."


def by_cluster_id(context: Context, cluster_id: str) -> Cluster:
    """The cluster, for Describe*, List*, CancelSteps and the tag operations."""
    if not ids.CLUSTER.fullmatch(cluster_id):
        raise ValidationException(f"clusterId '{cluster_id}' is not valid.")
    cluster = context.store.cluster(cluster_id)
    if cluster is None:
        raise InvalidRequestException(f"Cluster id '{cluster_id}' is not valid.")
    return cluster


def by_job_flow_id(context: Context, cluster_id: str, member: str = "jobFlowId") -> Cluster:
    """The cluster, for AddJobFlowSteps, AddInstanceGroups and ModifyInstanceGroups, which call its id `member`."""
    if not ids.CLUSTER.fullmatch(cluster_id):
        raise ValidationException(f"{member} '{cluster_id}' is not valid.")
    cluster = context.store.cluster(cluster_id)
    if cluster is None:
        raise ValidationException(NOT_EXISTING)
    return cluster


def by_job_flow_ids(context: Context, cluster_ids: Iterable[str], unknown: str = NOT_VALID) -> list[Cluster]:
    """The clusters, each once named and all known, for TerminateJobFlows and Set*; `unknown` is the text for an id that
    is well formed but nobody's."""
    wanted = list(cluster_ids)
    if not wanted:
        raise ValidationException("The JobFlowId list cannot be empty")
    if len(set(wanted)) < len(wanted):
        raise ValidationException("The JobFlowId list cannot contain duplicates")
    found = []
    for cluster_id in wanted:
        if not ids.CLUSTER.fullmatch(cluster_id):
            raise ValidationException(NOT_VALID)
        cluster = context.store.cluster(cluster_id)
        if cluster is None:
            raise ValidationException(unknown)
        found.append(cluster)
    return found


def check_modifiable(cluster: Cluster) -> None:
    """Raise ValidationException for a cluster that is ending, or is asked to."""
    if cluster.spec.terminate or cluster.status.state in {ClusterState.TERMINATING, *ENDED}:
        raise ValidationException(NOT_MODIFIABLE)
