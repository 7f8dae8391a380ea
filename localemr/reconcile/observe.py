"""The observation of a pass: the runtime's view of a cluster, and the reports of its instances."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from localemr.domain.model.observed import Observed, SeenInstance, Trouble
from localemr.reconcile.reports import Reports
from localemr.runtime.base import RUNNING, ListedInstance, Runtime


async def observe(
    runtime: Runtime, reports: Reports, cluster_id: str, services: Collection[str], trouble: Mapping[str, Trouble]
) -> Observed:
    """Observe one cluster, which may have to reach these services.

    Raises RuntimeUnavailable when the runtime does not answer. The cluster may exist all the same.
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
        instance.killed,
        reports.followed(instance.name),
        instance.why,
    )
