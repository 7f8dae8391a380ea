"""The EBS volumes in requests for instance groups and fleets. Pure. LocalEMR makes no volumes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from localemr.domain.model.errors import ValidationException

_IOPS = {"io1": (100, 20000), "io2": (100, 64000), "gp3": (3000, 16000)}
"""Lowest and highest IOPS by type, for types with configurable IOPS: io1's from EMR's error catalogue, the others
EC2's."""

MAX_VOLUMES = 25
"""Per instance (emr-behaviour §5.1)."""

_IOPS_NEEDED = ("io1", "io2")


def check_volumes(ebs: Mapping[str, Any]) -> None:
    """Check an EbsConfiguration.

    Raises ValidationException, with EMR's texts for IOPS that the type cannot have, with LocalEMR's for volumes without
    a size, and for too many of them.
    """
    configs = ebs.get("EbsBlockDeviceConfigs", ())
    counts = [config.get("VolumesPerInstance", 1) for config in configs]
    if any(count < 1 for count in counts) or sum(counts) > MAX_VOLUMES:
        raise ValidationException(
            f"An instance can have at most {MAX_VOLUMES} EBS volumes, and at least one of a kind."
        )
    for config in configs:
        if config["VolumeSpecification"]["SizeInGB"] < 1:
            raise ValidationException("The size of an EBS volume must be at least 1 GB.")
        _check_iops(config["VolumeSpecification"])


def _check_iops(volume: Mapping[str, Any]) -> None:
    kind, iops = volume["VolumeType"], volume.get("Iops")
    if iops is None:
        if kind in _IOPS_NEEDED:
            raise ValidationException("IOPS setting is required for volume type.")
        return
    if kind not in _IOPS:
        raise ValidationException("IOPS setting is not supported for volume type")
    least, most = _IOPS[kind]
    if iops < least:
        raise ValidationException(f"The iops is less than minimum value({least}).")
    if iops > most:
        raise ValidationException(f"The iops is more than maximum value({most}).")
