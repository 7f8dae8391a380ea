"""What NetworkPolicies permit pods: for filters.py and services.py.

What is not known here (namespaceSelector, named ports) is an error.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from typing import Any

INGRESS, EGRESS = "Ingress", "Egress"


@dataclass(frozen=True)
class Peer:
    """Addresses within `network` and not within `but`."""

    network: str
    but: tuple[str, ...] = ()

    def has(self, address: str) -> bool:
        """Whether it is one of them."""
        found = ip_address(address)
        return found in ip_network(self.network) and not any(found in ip_network(each) for each in self.but)


@dataclass(frozen=True)
class Rule:
    """Peers that a pod may talk with, at these ports (protocol, port; none: at any)."""

    peers: tuple[Peer, ...]
    ports: tuple[tuple[str, int], ...]

    def has(self, address: str, protocol: str, port: int) -> bool:
        """Whether it permits that."""
        return any(each.has(address) for each in self.peers) and (not self.ports or (protocol, port) in self.ports)


Rules = Mapping[str, tuple[Rule, ...]]
"""By direction; a pod may do anything in a direction that is not there."""


class World:
    """What the policies of a cluster permit each pod."""

    def __init__(self, policies: Mapping[str, Any], pods: Mapping[str, Any]) -> None:
        """Both are answers of the API server."""
        self._pods = [each for each in pods["items"] if each.get("status", {}).get("podIP") and not _is_over(each)]
        self.rules: dict[str, Rules] = {
            each["status"]["podIP"]: self._rules(each, policies["items"])
            for each in self._pods
            if not each["spec"].get("hostNetwork")
        }

    def permits(self, source: str, target: str, port: int, protocol: str = "TCP") -> bool:
        """Whether an address may connect to another one. Any may that is no pod's, as a machine's."""
        outward = self.rules.get(source, {}).get(EGRESS)
        inward = self.rules.get(target, {}).get(INGRESS) if source in self.rules else None
        return all(
            rules is None or any(each.has(other, protocol, port) for each in rules)
            for rules, other in ((outward, target), (inward, source))
        )

    def _rules(self, pod: Mapping[str, Any], policies: Iterable[Mapping[str, Any]]) -> Rules:
        found: dict[str, tuple[Rule, ...]] = {}
        for policy in policies:
            space, spec = policy["metadata"]["namespace"], policy["spec"]
            if pod["metadata"]["namespace"] != space or not selected(pod, spec["podSelector"]):
                continue
            for direction, what, who in ((INGRESS, "ingress", "from"), (EGRESS, "egress", "to")):
                if direction in spec["policyTypes"]:
                    made = tuple(self._rule(each, space, who) for each in spec.get(what) or ())
                    found[direction] = found.get(direction, ()) + made
        return found

    def _rule(self, rule: Mapping[str, Any], space: str, who: str) -> Rule:
        peers = tuple(peer for each in rule.get(who) or () for peer in self._peers(each, space))
        if not rule.get(who):
            peers = (Peer("0.0.0.0/0"),)
        return Rule(peers, tuple((each.get("protocol", "TCP"), int(each["port"])) for each in rule.get("ports") or ()))

    def _peers(self, peer: Mapping[str, Any], space: str) -> Iterator[Peer]:
        if block := peer.get("ipBlock"):
            yield Peer(block["cidr"], tuple(block.get("except") or ()))
            return
        if peer.keys() != {"podSelector"}:
            raise ValueError(f"a peer that is not known here: {peer}")
        for pod in self._pods:
            if pod["metadata"]["namespace"] == space and selected(pod, peer["podSelector"]):
                yield Peer(f"{pod['status']['podIP']}/32")


def selected(pod: Mapping[str, Any], selector: Mapping[str, Any]) -> bool:
    """Whether a selector means the pod."""
    labels = pod["metadata"].get("labels") or {}
    for each in selector.get("matchExpressions") or ():
        if each["operator"] != "Exists":
            raise ValueError(f"an operator that is not known here: {each}")
        if each["key"] not in labels:
            return False
    return all(labels.get(name) == value for name, value in (selector.get("matchLabels") or {}).items())


def _is_over(pod: Mapping[str, Any]) -> bool:
    return pod["status"].get("phase") in ("Failed", "Succeeded")
