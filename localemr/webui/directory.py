"""Which web pages clusters have now, and where the controller reaches them. Nothing else is ever connected to."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import time

from localemr.domain.model.application import Catalog, with_dependencies
from localemr.domain.model.names import private_dns
from localemr.domain.model.records import CORE, MASTER, TASK, Cluster, Instance
from localemr.domain.model.states import ENDED
from localemr.store import Store
from localemr.webui.links import PREFIX
from localemr.webui.tickets import Tickets, with_ticket

Reach = Callable[[str, str, int], tuple[str, int] | None]
"""Host and port at which the controller reaches a port of a cluster's instance (ids); None: it is not served now."""


@dataclass(frozen=True)
class Page:
    """The start page of a daemon: its application's name for it, and where it is inside the cluster."""

    name: str
    instance: Instance
    host: str
    port: int

    def path(self, cluster_id: str) -> str:
        """Where the controller serves it."""
        return f"{PREFIX}/{cluster_id}/{self.host}/{self.port}/"


class Directory:
    """The web pages of all clusters."""

    def __init__(
        self, store: Store, catalog: Catalog, reach: Reach, gate: Tickets | None, now: Callable[[], float] = time
    ) -> None:
        """With a gate, nobody sees a page without one of its tickets."""
        self._store = store
        self._catalog = catalog
        self._reach = reach
        self._now = now
        self.gate = gate

    def cluster(self, cluster_id: str) -> Cluster | None:
        """The cluster, if it is known."""
        return self._store.cluster(cluster_id)

    def hosts(self, cluster: Cluster) -> Mapping[str, str]:
        """Every name under which pages call a live instance → its id: host name, its first part, address, ids."""
        found: dict[str, str] = {}
        for each in self._live(cluster.id):
            host = private_dns(each.spec.host, cluster.spec.region)
            names = (host, each.spec.host, each.address, each.id, each.spec.ec2_id)
            found |= {name: each.id for name in names if name}
        return found

    def target(self, cluster_id: str, instance_id: str | None, port: int) -> tuple[str, int] | None:
        """Where the controller reaches the port; None when no page is served there."""
        return self._reach(cluster_id, instance_id, port) if instance_id else None

    def pages(self, cluster: Cluster) -> list[Page]:
        """The pages that are served now, the master's first."""
        live = self._live(cluster.id)
        found = []
        for application in with_dependencies(cluster.spec.applications, self._catalog.applications):
            for ui in application.web_uis:
                for each in live:
                    if self._reach(cluster.id, each.id, ui.port) is not None:
                        host = private_dns(each.spec.host, cluster.spec.region)
                        found.append(Page(ui.name, each, host, ui.port))
        return sorted(found, key=lambda page: (MASTER, CORE, TASK).index(page.instance.spec.role))

    def address(self, cluster: Cluster, instance: Instance, port: int, path: str) -> str | None:
        """Where the controller serves a path of an instance's page, without its own address; None: it does not."""
        if self._reach(cluster.id, instance.id, port) is None:
            return None
        address = f"{PREFIX}/{cluster.id}/{private_dns(instance.spec.host, cluster.spec.region)}/{port}{path}"
        return with_ticket(address, self.gate.issue(cluster.id, self._now())) if self.gate else address

    def _live(self, cluster_id: str) -> list[Instance]:
        return [each for each in self._store.instances(cluster_id) if each.status.state not in ENDED]
