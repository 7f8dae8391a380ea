"""Finds the cluster or other resource that a request names. Errors are EMR's."""

from __future__ import annotations

import re
from collections.abc import Iterable

from localemr.aws.lookup import known
from localemr.domain.model import ids
from localemr.domain.model.errors import EmrError, InvalidRequestException, ValidationException
from localemr.domain.model.records import Cluster
from localemr.domain.model.states import ENDED, READY, ClusterState
from localemr.emr.registry import Context
from localemr.store import Resource

NOT_EXISTING = "Specified job flow ID does not exist."
EXCLUSIVE = "Instance fleets and instance groups are mutually exclusive. The EMR cluster specified in the request uses"
NOT_VALID = "Specified job flow ID not valid"
NOT_MODIFIABLE = "A job flow that is shutting down, terminated, or finished may not be modified."


def by_cluster_id(context: Context, cluster_id: str, unknown: type[EmrError] = InvalidRequestException) -> Cluster:
    """The cluster, for the operations that call it ClusterId or ResourceId; `unknown` is the error for an id that is
    well formed but unknown."""
    if not ids.CLUSTER.fullmatch(cluster_id):
        raise ValidationException(f"clusterId '{cluster_id}' is not valid.")
    return known(context.store.cluster(cluster_id), unknown(f"Cluster id '{cluster_id}' is not valid."))


def by_job_flow_id(context: Context, cluster_id: str, member: str = "jobFlowId") -> Cluster:
    """The cluster, for AddJobFlowSteps, AddInstanceGroups and ModifyInstanceGroups, which call its id `member`."""
    if not ids.CLUSTER.fullmatch(cluster_id):
        raise ValidationException(f"{member} '{cluster_id}' is not valid.")
    return known(context.store.cluster(cluster_id), ValidationException(NOT_EXISTING))


def by_job_flow_ids(context: Context, cluster_ids: Iterable[str], unknown: str = NOT_VALID) -> list[Cluster]:
    """The clusters, without duplicates and all known, for TerminateJobFlows and Set*; `unknown` is the text for an id
    that is well formed but unknown."""
    requested = list(cluster_ids)
    if not requested:
        raise ValidationException("The JobFlowId list cannot be empty")
    if len(set(requested)) < len(requested):
        raise ValidationException("The JobFlowId list cannot contain duplicates")
    found = []
    for cluster_id in requested:
        if not ids.CLUSTER.fullmatch(cluster_id):
            raise ValidationException(NOT_VALID)
        found.append(known(context.store.cluster(cluster_id), ValidationException(unknown)))
    return found


def check_modifiable(cluster: Cluster, error: type[EmrError] = ValidationException) -> None:
    """Raise `error` for a cluster that is ending, or whose termination is requested."""
    if cluster.spec.terminate or cluster.status.state in {ClusterState.TERMINATING, *ENDED}:
        raise error(NOT_MODIFIABLE)


def check_collection(cluster: Cluster, fleets: bool, operation: str, instead: str, error: type[EmrError]) -> None:
    """Raise `error`, with EMR's text and code, for a cluster that has fleets where the operation is for groups, or the
    other way round (`fleets`). EMR's text is known for ListInstanceGroups; the others mirror it."""
    if cluster.spec.fleets != fleets:
        used = "fleets" if cluster.spec.fleets else "groups"
        raise error(
            f"{EXCLUSIVE} instance {used}. The {operation} operation does not support clusters that use instance "
            f"{used}. Use the {instead} operation instead.",
            wrong_collection(cluster),
        )


def wrong_collection(cluster: Cluster) -> str:
    """The ErrorCode of a request for fleets where there are groups, and the other way round."""
    return f"API_DOES_NOT_SUPPORT_INSTANCE_{'FLEET' if cluster.spec.fleets else 'GROUP'}_CLUSTERS"


def by_ready_cluster_id(context: Context, cluster_id: str) -> Cluster:
    """The cluster, for operations that use its applications: it has to be RUNNING or WAITING."""
    cluster = by_cluster_id(context, cluster_id)
    if cluster.status.state not in READY:
        raise InvalidRequestException(
            f"Cluster '{cluster_id}' must be in state RUNNING or WAITING; it is in state {cluster.status.state}."
        )
    return cluster


def check_id(form: re.Pattern[str], member: str, value: str) -> None:
    """Raise ValidationException for a malformed id of this kind; `member` is its name in EMR's texts."""
    if not form.fullmatch(value):
        raise ValidationException(f"{member} '{value}' is not valid.")


def by_key(context: Context, kind: str, key: str, unknown: str) -> Resource:
    """The resource of this kind; InvalidRequestException with the text `unknown` when there is none."""
    return known(context.store.resources.get(kind, key), InvalidRequestException(unknown))
