"""Names derived from other values: host names of instances and ARNs, in EMR's form.

Host names are LocalEMR's and fixed before an instance exists. Addresses are the runtime's. A name spells an address, as
EC2's do: the runtime is requested to assign that address, but everything works when it cannot.
"""

from __future__ import annotations

import hashlib
from ipaddress import IPv4Network


def private_dns(host: str, region: str) -> str:
    """EC2's private DNS name of a host: `ip-10-213-0-11.ec2.internal` in us-east-1, elsewhere with the region.

    >>> private_dns("ip-10-213-0-11", "eu-west-1")
    'ip-10-213-0-11.eu-west-1.compute.internal'
    """
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"{host}.{domain}"


def host_name(address: str) -> str:
    """The host name that spells an address.

    >>> host_name("10.213.0.11")
    'ip-10-213-0-11'
    """
    return f"ip-{address.replace('.', '-')}"


def spelled_address(host: str) -> str:
    """The address that a host name spells.

    >>> spelled_address("ip-10-213-0-11")
    '10.213.0.11'
    """
    return host.removeprefix("ip-").replace("-", ".")


def cluster_range(cluster_id: str, pool: str, number: int = 0) -> str:
    """The /24 of `pool` (CIDR) that the host names of a cluster spell. Two clusters may have the same. `number` counts
    the further ones of a large cluster."""
    index = int.from_bytes(hashlib.sha256(cluster_id.encode()).digest()[:8], "big") + number
    return f"{IPv4Network(pool).network_address + 256 * (index % ranges(pool))}/24"


def ranges(pool: str) -> int:
    """How many /24 a range of addresses has.

    >>> ranges("10.213.0.0/16"), ranges("10.213.7.0/24")
    (256, 1)
    """
    return int(2 ** max(24 - IPv4Network(pool).prefixlen, 0))


def partition(region: str) -> str:
    """The AWS partition that the region belongs to."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def cluster_arn(cluster_id: str, region: str, account: str) -> str:
    """The cluster's ARN, `arn:aws:elasticmapreduce:<region>:<account>:cluster/<cluster id>`."""
    return emr_arn("cluster", cluster_id, region, account)


def emr_arn(kind: str, resource_id: str, region: str, account: str) -> str:
    """The ARN of an object of EMR. `kind` is cluster, studio or notebook-execution."""
    return f"arn:{partition(region)}:elasticmapreduce:{region}:{account}:{kind}/{resource_id}"
