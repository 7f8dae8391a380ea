"""What a pass sees: containers by label, the network, and what the instances reported."""

from __future__ import annotations

from collections.abc import Mapping

from localemr.domain.model.observed import Observed, SeenInstance, Trouble
from localemr.reconcile.containers import INSTANCE_LABEL, Naming
from localemr.reconcile.reports import Reports
from localemr.runtime.base import Container, Runtime


async def observe(
    runtime: Runtime, reports: Reports, naming: Naming, cluster_id: str, trouble: Mapping[str, Trouble]
) -> Observed:
    """Look at one cluster. Raises RuntimeUnavailable when it cannot be seen: that is not 'nothing is there'."""
    labels = naming.labels(cluster_id)
    networks = await runtime.networks(labels)
    containers = await runtime.containers(labels)
    reports.keep(cluster_id, [container.name for container in containers])
    for container in containers:
        if container.state == "running":
            reports.follow(container.name, cluster_id)
        else:
            reports.forget(container.name)
    return Observed(
        subnet=networks.get(naming.network(cluster_id)),
        instances={each.labels[INSTANCE_LABEL]: _seen(each, reports) for each in containers},
        trouble=trouble,
    )


def _seen(container: Container, reports: Reports) -> SeenInstance:
    runs = reports.runs(container.name)
    return SeenInstance(container.state, container.exit_code, container.exited_at, runs, container.ports)
