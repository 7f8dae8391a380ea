"""All that is stored of a cluster, its history too: for tests. The product reads what it needs of it."""

from __future__ import annotations

from localemr.domain.model.records import Records
from localemr.domain.model.states import ENDED
from localemr.store import Store, executions


def whole(store: Store, cluster_id: str) -> Records:
    """The cluster with all its groups, instances and steps. Raises AssertionError when there is no such cluster."""
    cluster = store.cluster(cluster_id)
    assert cluster is not None
    found = () if cluster.status.state in ENDED else executions.active(store._db, cluster_id)
    steps = reversed(store.step_page(cluster_id, limit=1_000_000))
    return Records(
        cluster, tuple(store.groups(cluster_id)), tuple(store.instances(cluster_id)), tuple(steps), executions=found
    )
