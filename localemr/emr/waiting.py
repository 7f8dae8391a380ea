"""The states that the SDKs' waiters wait for, computed from the store alone.

A waiter's call does not name the waiter, so an answer is delayed only while it could end neither `cluster_running` nor
`cluster_terminated`: while the cluster starts, and once its termination is requested. A cluster that is ready is shown
at once, as that ends `cluster_running`; `cluster_terminated` then polls at the SDK's pace. No state of clients is
stored, so a program that polls with a waiter's mark sees every state in time.
"""

from __future__ import annotations

from localemr.aws.registry import Request
from localemr.aws.service import Awaited
from localemr.domain.model.states import ACTIVE_STEPS, ENDED, STARTING_UP, ClusterState
from localemr.store import Store


def awaited(store: Store, operation: str, request: Request) -> Awaited | None:
    """What a marked call of the operation waits for; None for one that is answered at once."""
    if operation == "DescribeCluster":
        return _cluster(store, request["ClusterId"])
    if operation == "DescribeStep":
        return _step(store, request["ClusterId"], request["StepId"])
    return None


def _cluster(store: Store, cluster_id: str) -> Awaited | None:
    cluster = store.cluster(cluster_id)
    if cluster is None or cluster.status.state in ENDED:
        return None

    def state() -> ClusterState | None:
        found = store.cluster(cluster_id)
        return found.status.state if found else None

    if cluster.spec.terminate or cluster.status.state == ClusterState.TERMINATING:
        return cluster_id, lambda: state() not in {None, *ENDED}
    if cluster.status.state in STARTING_UP:
        return cluster_id, lambda: state() in STARTING_UP
    return None


def _step(store: Store, cluster_id: str, step_id: str) -> Awaited:
    def active() -> bool:
        step = store.step(cluster_id, step_id)
        return step is not None and step.status.state in ACTIVE_STEPS

    return cluster_id, active
