"""Block public access."""

from __future__ import annotations

from typing import Any

import pytest

from tests.contract.endpoint import START, Endpoint
from tests.contract.requests import invalid, refusal

ROOT = "arn:aws:iam::123456789012:root"
DEFAULT = {
    "BlockPublicSecurityGroupRules": True,
    "PermittedPublicSecurityGroupRuleRanges": [{"MinRange": 22, "MaxRange": 22}],
}


def read(emr: Any) -> tuple[Any, float, str]:
    found = emr.get_block_public_access_configuration()
    metadata = found["BlockPublicAccessConfigurationMetadata"]
    at: float = metadata["CreationDateTime"].timestamp()
    return found["BlockPublicAccessConfiguration"], at, metadata["CreatedByArn"]


def test_the_default(emr: Any) -> None:
    configuration, at, by = read(emr)
    assert (configuration, by) == (DEFAULT, ROOT)
    assert 0 < at < START


@pytest.mark.shows("emr", "GetBlockPublicAccessConfiguration", "PutBlockPublicAccessConfiguration")
def test_what_was_put_stands_for_its_region_alone(endpoint: Endpoint, emr: Any) -> None:
    ranges = [{"MinRange": 23}, {"MinRange": 100, "MaxRange": 101}, {"MinRange": -1, "MaxRange": -1}]
    wanted = {"BlockPublicSecurityGroupRules": True, "PermittedPublicSecurityGroupRuleRanges": ranges}
    emr.put_block_public_access_configuration(BlockPublicAccessConfiguration=wanted)
    assert read(emr) == (wanted, START, ROOT)
    endpoint.now += 60
    emr.put_block_public_access_configuration(BlockPublicAccessConfiguration={"BlockPublicSecurityGroupRules": False})
    off = {"BlockPublicSecurityGroupRules": False, "PermittedPublicSecurityGroupRuleRanges": []}
    assert read(emr) == (off, START + 60, ROOT)
    assert read(endpoint.client("cn-north-1"))[::2] == (DEFAULT, "arn:aws-cn:iam::123456789012:root")


@pytest.mark.parametrize(("least", "most"), [(23, 22), (0, -1)])
def test_a_range_that_ends_before_it_starts(emr: Any, least: int, most: int) -> None:
    ranges = [{"MinRange": 1, "MaxRange": 2}, {"MinRange": least, "MaxRange": most}]
    wanted = {"BlockPublicSecurityGroupRules": False, "PermittedPublicSecurityGroupRuleRanges": ranges}
    message = f"Invalid port range: MinRange {least} is greater than MaxRange {most}."
    call = emr.put_block_public_access_configuration
    assert refusal(call, BlockPublicAccessConfiguration=wanted) == invalid(message)
    assert read(emr)[0] == DEFAULT


def test_ports_that_are_none(emr: Any) -> None:
    ranges = [{"MinRange": 65536}]
    wanted = {"BlockPublicSecurityGroupRules": False, "PermittedPublicSecurityGroupRuleRanges": ranges}
    _, code, message = refusal(emr.put_block_public_access_configuration, BlockPublicAccessConfiguration=wanted)
    assert code == "ValidationException"
    assert "less than or equal to 65535" in message
