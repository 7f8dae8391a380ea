"""`python -m tests.kubernetes.filters KUBECONFIG HOST NAMESPACE…`: NetworkPolicies with effect on network namespaces.

Connections between pods are judged by the kernel's packet filter, which gets the pods' rules twice a second; those to a
Service by services.py, because they come from HOST then.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from ipaddress import IPv4Network
from pathlib import Path

from tests.kubernetes.policies import EGRESS, INGRESS, Peer, Rule, World
from tests.kubernetes.processes import run
from tests.kubernetes.services import LOOK, PODS, POLICIES, Api

CHAIN = "POLICIES"
REFUSE = "REJECT --reject-with icmp-admin-prohibited"
BRIDGED = "net.bridge.bridge-nf-call-iptables=1"
"""Has the packet filter see what pods of one machine send each other."""


def filters(found: World, proxies: Iterable[str] = ()) -> str:
    """The packet filter's rules, for iptables-restore. From `proxies`, which judge themselves, everything comes in."""
    lines = ["*filter", f":{CHAIN} - [0:0]"]
    jumps, own = list[str](), list[str]()
    for number, (address, rules) in enumerate(sorted(found.rules.items())):
        for direction, of_pod, of_other in ((INGRESS, "-d", "-s"), (EGRESS, "-s", "-d")):
            if direction not in rules:
                continue
            chain = f"{CHAIN}-{direction[0]}{number}"
            lines.append(f":{chain} - [0:0]")
            jumps.append(f"-A {CHAIN} {of_pod} {address} -j {chain}")
            if direction == INGRESS:
                own += [f"-A {chain} -s {each} -j RETURN" for each in proxies]
            own += [f"-A {chain} {each}" for rule in rules[direction] for each in _permitted(rule, of_other)]
            own.append(f"-A {chain} -j {REFUSE}")
    established = f"-A {CHAIN} -m conntrack --ctstate ESTABLISHED,RELATED -j RETURN"
    return "\n".join([*lines, established, *jumps, *own, "COMMIT", ""])


def _permitted(rule: Rule, of_other: str) -> Iterator[str]:
    ports = [f" -p {protocol.lower()} --dport {port}" for protocol, port in rule.ports] or [""]
    for peer in rule.peers:
        if peer.but:
            # A list of what is left of the network: the packet filter has no word for "but".
            for each in _without(peer):
                yield from (f"{of_other} {each}{port} -j RETURN" for port in ports)
        else:
            yield from (f"{of_other} {peer.network}{port} -j RETURN" for port in ports)


def _without(peer: Peer) -> Iterator[str]:
    left = [IPv4Network(peer.network)]
    for each in map(IPv4Network, peer.but):
        left = [part for whole in left for part in (whole.address_exclude(each) if each.subnet_of(whole) else [whole])]
    return map(str, left)


def enforce(namespace: str, rules: str) -> None:
    """Have a network namespace follow these rules. Raises CalledProcessError."""
    inside = ["nsenter", f"--net=/run/netns/{namespace}"]
    run(*inside, "sysctl", "-qw", BRIDGED)
    subprocess.run([*inside, "iptables-restore", "--noflush"], input=rules, text=True, check=True)
    if f"-A FORWARD -j {CHAIN}" not in run(*inside, "iptables", "-S", "FORWARD"):
        run(*inside, "iptables", "-I", "FORWARD", "-j", CHAIN)


def main() -> None:
    """Follow the policies until the process ends."""
    api, proxies, namespaces = Api(Path(sys.argv[1])), [sys.argv[2]], sys.argv[3:]
    before = ""
    while True:
        try:
            rules = filters(World(api.list(POLICIES), api.list(PODS)), proxies)
            if rules != before:
                for each in namespaces:
                    enforce(each, rules)
                before = rules
        except (OSError, subprocess.CalledProcessError) as error:
            print(error, file=sys.stderr, flush=True)
        time.sleep(LOOK)


if __name__ == "__main__":
    main()
