"""EC2's capacity as tests limit it, beside what other clusters have of it."""

from __future__ import annotations

from collections.abc import Iterable

from localemr.domain.model.limits import Limit, without
from localemr.domain.model.places import place_of
from localemr.domain.model.states import ENDED
from localemr.store import Store


def limits_for(cluster_id: str, limits: Iterable[Limit], store: Store) -> tuple[Limit, ...]:
    """What the limits leave to a cluster and its own instances."""
    limits = tuple(limits)
    if all(each.count is None for each in limits):
        return limits
    others = [cluster for id_ in store.unfinished() if id_ != cluster_id and (cluster := store.cluster(id_))]
    instances = store.instances_of([each.id for each in others])
    used = (
        (each.spec, place_of(cluster))
        for cluster in others
        for each in instances[cluster.id]
        if each.status.state not in ENDED
    )
    return without(limits, used)
