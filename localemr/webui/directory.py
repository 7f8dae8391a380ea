"""The current web pages of clusters, and their addresses for the controller. It never connects to other addresses."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import time

from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import installed
from localemr.domain.model.names import private_dns
from localemr.domain.model.records import CORE, MASTER, TASK, Cluster, Instance
from localemr.domain.model.states import ENDED
from localemr.store import Store
from localemr.webui.addresses import PREFIX, Place, short_name
from localemr.webui.tickets import Tickets, with_ticket

Reach = Callable[[str, str, int], tuple[str, int] | None]
"""Host and port at which the controller reaches a port of a cluster's instance (ids); None: the port is not served
now."""


@dataclass(frozen=True)
class Page:
    """A page that is served: an instance's private DNS name and port inside the cluster, and the host and port at which
    the controller reaches it. `name` is its application's name for it, where it is known."""

    instance: Instance
    host: str
    port: int
    target: tuple[str, int]
    name: str = ""


class ClusterPages:
    """The current pages of one cluster."""

    def __init__(self, cluster: Cluster, instances: list[Instance], reach: Reach) -> None:
        self.cluster = cluster
        self._reach = reach
        self._hosts = {each.id: private_dns(each.spec.host, cluster.spec.region) for each in instances}
        self._by_name: dict[str, Instance] = {}
        for each in instances:
            host, address = self._hosts[each.id], each.address or ""
            names = (host, short_name(host), address, short_name(address), each.id.lower(), each.spec.ec2_id)
            self._by_name |= {name: each for name in names if name}

    def find(self, name: str, port: int) -> Page | None:
        """The page at a port of an instance, by any of its names: host name, its first label, address, ids."""
        instance = self._by_name.get(name.lower())
        return self.of(instance, port) if instance else None

    def of(self, instance: Instance, port: int, name: str = "") -> Page | None:
        """The page at a port of an instance; None: none is served there now."""
        target = self._reach(self.cluster.id, instance.id, port)
        return Page(instance, self._hosts[instance.id], port, target, name) if target else None

    def place(self, page: Page) -> Place:
        """The place that the host name of the page's origin encodes."""
        return Place(self.cluster.id, short_name(page.host), page.port)

    def short_names(self) -> Mapping[str, str]:
        """All names in links to an instance → the short name of its host."""
        return {name: short_name(self._hosts[each.id]) for name, each in self._by_name.items()}


class Directory:
    """The web pages of all clusters."""

    def __init__(
        self, store: Store, catalog: Catalog, reach: Reach, tickets: Tickets | None, now: Callable[[], float] = time
    ) -> None:
        """With `tickets`, a page is shown only to clients that have one."""
        self._store = store
        self._catalog = catalog
        self._reach = reach
        self._now = now
        self.tickets = tickets

    def cluster(self, cluster_id: str) -> ClusterPages | None:
        """The pages of a cluster; None: unknown cluster."""
        cluster = self._store.cluster(cluster_id)
        return ClusterPages(cluster, self._live(cluster_id), self._reach) if cluster else None

    def pages(self, pages: ClusterPages) -> list[Page]:
        """The start pages of applications that are served now, the master's first."""
        live = self._live(pages.cluster.id)
        applications = installed(pages.cluster.spec.installs, self._catalog.applications)
        uis = [ui for application in applications for ui in application.web_uis]
        found = [page for ui in uis for each in live if (page := pages.of(each, ui.port, ui.name))]
        return sorted(found, key=lambda page: (MASTER, CORE, TASK).index(page.instance.spec.role))

    def address(self, cluster: Cluster, instance: Instance, port: int, path: str) -> str | None:
        """The controller's path for a path of an instance's page; None: the page is not served."""
        if self._reach(cluster.id, instance.id, port) is None:
            return None
        address = f"{PREFIX}/{cluster.id}/{private_dns(instance.spec.host, cluster.spec.region)}/{port}{path}"
        ticket = self.ticket(cluster.id)
        return with_ticket(address, ticket) if ticket else address

    def ticket(self, cluster_id: str) -> str:
        """A fresh ticket for a cluster; empty where no ticket is needed."""
        return self.tickets.issue(cluster_id, self._now()) if self.tickets else ""

    def _live(self, cluster_id: str) -> list[Instance]:
        return [each for each in self._store.instances(cluster_id) if each.status.state not in ENDED]
