"""Host names and ARNs."""

from __future__ import annotations

import pytest

from localemr.domain.model.names import cluster_arn, private_dns


@pytest.mark.parametrize(
    ("region", "name"),
    [
        ("us-east-1", "ip-10-213-0-11.ec2.internal"),
        ("us-east-2", "ip-10-213-0-11.us-east-2.compute.internal"),
        ("eu-west-1", "ip-10-213-0-11.eu-west-1.compute.internal"),
    ],
)
def test_private_dns(region: str, name: str) -> None:
    assert private_dns("ip-10-213-0-11", region) == name


@pytest.mark.parametrize(
    ("region", "arn"),
    [
        ("us-east-1", "arn:aws:elasticmapreduce:us-east-1:123456789012:cluster/j-1"),
        ("cn-north-1", "arn:aws-cn:elasticmapreduce:cn-north-1:123456789012:cluster/j-1"),
        ("us-gov-west-1", "arn:aws-us-gov:elasticmapreduce:us-gov-west-1:123456789012:cluster/j-1"),
    ],
)
def test_cluster_arn(region: str, arn: str) -> None:
    assert cluster_arn("j-1", region, "123456789012") == arn
