"""Names that follow from others: host names of instances and ARNs, as EMR forms them."""

from __future__ import annotations


def private_dns(address: str, region: str) -> str:
    """EC2's private DNS name of an address: `ip-10-213-0-11.ec2.internal` in us-east-1, elsewhere with the region.

    >>> private_dns("10.213.0.11", "eu-west-1")
    'ip-10-213-0-11.eu-west-1.compute.internal'
    """
    domain = "ec2.internal" if region == "us-east-1" else f"{region}.compute.internal"
    return f"ip-{address.replace('.', '-')}.{domain}"


def partition(region: str) -> str:
    """The AWS partition that the region belongs to."""
    if region.startswith("cn-"):
        return "aws-cn"
    return "aws-us-gov" if region.startswith("us-gov-") else "aws"


def cluster_arn(cluster_id: str, region: str, account: str) -> str:
    """The cluster's ARN, `arn:aws:elasticmapreduce:<region>:<account>:cluster/<cluster id>`."""
    return emr_arn("cluster", cluster_id, region, account)


def emr_arn(kind: str, resource_id: str, region: str, account: str) -> str:
    """The ARN of what EMR keeps; `kind` is cluster, studio or notebook-execution."""
    return f"arn:{partition(region)}:elasticmapreduce:{region}:{account}:{kind}/{resource_id}"
