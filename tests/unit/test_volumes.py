"""EBS volumes that are requested: how many, how large; their IOPS are in EMR's error catalogue (contract tests)."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.test_accept import group, refused, run


def disks(*configs: tuple[str, int, int]) -> dict[str, Any]:
    """Instances with EBS volumes: type, size and number of each kind."""
    wanted = [
        {"VolumeSpecification": {"VolumeType": kind, "SizeInGB": size}, "VolumesPerInstance": number}
        for kind, size, number in configs
    ]
    return {"InstanceGroups": [group("MASTER", EbsConfiguration={"EbsBlockDeviceConfigs": wanted})]}


@pytest.mark.parametrize("configs", [[("gp2", 1, 26)], [("gp2", 1, 20), ("gp3", 1, 6)], [("gp2", 1, 2**31 - 1)],
                                     [("gp2", 1, 0)], [("gp2", 1, 2), ("gp2", 1, -1)]])  # fmt: skip
def test_numbers_of_volumes_that_are_refused(configs: list[tuple[str, int, int]]) -> None:
    assert refused(disks(*configs)) == "An instance can have at most 25 EBS volumes, and at least one of a kind."


def test_volumes() -> None:
    assert refused(disks(("gp2", 0, 1))) == "The size of an EBS volume must be at least 1 GB."
    wanted = disks(("gp2", 1, 24), ("standard", 1, 1))
    assert run(wanted).groups[0].spec.echo == {"EbsConfiguration": wanted["InstanceGroups"][0]["EbsConfiguration"]}
