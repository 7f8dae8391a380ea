"""What a pass sees: what the runtime has of a cluster, and what its instances reported."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from localemr.domain.model.observed import Observed, SeenInstance, Trouble
from localemr.reconcile.reports import Reports
from localemr.runtime.base import RUNNING, ListedInstance, Runtime


async def observe(
    runtime: Runtime, reports: Reports, cluster_id: str, services: Collection[str], trouble: Mapping[str, Trouble]
) -> Observed:
    """Look at one cluster, which may have to reach these services.

    Raises RuntimeUnavailable when it cannot be seen, which does not mean that nothing is there.
    """
    shared = await runtime.cluster(cluster_id, services)
    instances = await runtime.instances(cluster_id)
    reports.follow(cluster_id, [each.name for each in instances if each.state == RUNNING])
    return Observed(
        gateway=shared.host_address if shared else None,
        detached=shared.detached if shared else frozenset(),
        restarts=runtime.restarts,
        instances={each.name: _seen(each, reports) for each in instances},
        trouble=trouble,
    )


def _seen(instance: ListedInstance, reports: Reports) -> SeenInstance:
    return SeenInstance(
        instance.state,
        instance.exit_code,
        instance.ended,
        reports.runs(instance.name),
        instance.reach,
        instance.address,
        reports.measurements(instance.name),
    )
