"""Networks of clusters on Docker: a /24 for each, addresses from host names, and attached services."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from typing import Any

import docker
import docker.errors

from localemr.runtime.base import ListedCluster, RuntimeFailure
from localemr.runtime.docker_client import APIClient

SPELLED = re.compile(r"ip-\d+-\d+-\d+-(\d+)")


@dataclass(frozen=True)
class Networks:
    """The networks of an installation: names, the range of their /24s, and the services' containers by the name under
    which clusters reach them."""

    pool: str
    services: Mapping[str, str]

    def ensure(
        self, api: APIClient, name: str, labels: Mapping[str, str], hosts: str, services: Collection[str]
    ) -> None:
        """Create the network, in the range `hosts` if that is free, and attach the services."""
        networks = api.networks()
        if not any(each["Name"] == name for each in networks):
            self._make(api, name, labels, hosts, networks)
        for service in sorted(services):
            try:
                api.connect_container_to_network(self.services[service], name, aliases=[service])
            except docker.errors.APIError as error:
                if "already exists in network" not in str(error):
                    raise

    def _make(
        self, api: APIClient, name: str, labels: Mapping[str, str], hosts: str, networks: list[dict[str, Any]]
    ) -> None:
        """Docker refuses overlapping ranges: the first free one is found by trying."""
        taken = [IPv4Network(each) for network in networks if ":" not in (each := subnet_of(network)) and each]
        for candidate in self._candidates(hosts):
            if any(candidate.overlaps(other) for other in taken):
                continue
            pool = docker.types.IPAMPool(subnet=str(candidate), gateway=str(candidate.network_address + 1))
            ipam = docker.types.IPAMConfig(pool_configs=[pool])
            try:
                api.create_network(name, driver="bridge", ipam=ipam, labels=dict(labels), check_duplicate=True)
                return
            except docker.errors.APIError as error:
                if "overlap" not in str(error):
                    raise
        raise RuntimeFailure(f"no free /24 is left in {self.pool} (LOCALEMR_SUBNETS)")

    def _candidates(self, hosts: str) -> Iterator[IPv4Network]:
        yield IPv4Network(hosts)
        yield from IPv4Network(self.pool).subnets(new_prefix=24)

    def look(self, api: APIClient, name: str, services: Collection[str]) -> ListedCluster | None:
        """The network's current state. None: it does not exist."""
        try:
            network = api.inspect_network(name)
        except docker.errors.NotFound:
            return None
        attached = {each["Name"] for each in (network.get("Containers") or {}).values()}
        missing = {each for each in services if self.services[each] not in attached}
        return ListedCluster(gateway_of(network), frozenset(each for each in missing if self._runs(api, each)))

    def _runs(self, api: APIClient, service: str) -> bool:
        try:
            return bool(api.inspect_container(self.services[service])["State"]["Running"])
        except docker.errors.NotFound:
            return False

    def remove(self, api: APIClient, name: str) -> None:
        """Detach remaining containers and remove the network."""
        try:
            for container in api.inspect_network(name)["Containers"] or {}:
                api.disconnect_container_from_network(container, name, force=True)
            api.remove_network(name)
        except docker.errors.NotFound:
            return


def address_for(subnet: str, host: str) -> str | None:
    """The address in the network for a host: with the last number that its name spells. None: any address."""
    if (found := SPELLED.match(host)) and (number := int(found[1])) < 255:
        return str(IPv4Network(subnet).network_address + number)
    return None


def subnet_of(network: Mapping[str, Any]) -> str:
    """The range of a network in Docker's description. Empty: it has none."""
    return str(_pool(network).get("Subnet", ""))


def gateway_of(network: Mapping[str, Any]) -> str:
    """The host's address in the network."""
    # Without a gateway in the description Docker uses the first address.
    return str(_pool(network).get("Gateway") or IPv4Network(subnet_of(network)).network_address + 1)


def _pool(network: Mapping[str, Any]) -> Mapping[str, Any]:
    pools: list[Mapping[str, Any]] = (network.get("IPAM") or {}).get("Config") or [{}]
    return pools[0]
