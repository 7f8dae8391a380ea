"""Clusters with three primaries in requests of RunJobFlow: what EMR requires of them, and what it changes. Pure.

Sources: EMR's management guide, "Launch a cluster with multiple primary nodes" and "Considerations and best practices".
Where EMR's text is not known, the text is LocalEMR's.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import installed
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import GroupSpec
from localemr.domain.model.primaries import PRIMARIES
from localemr.domain.model.records import CORE, MASTER
from localemr.domain.model.release import Release

FEATURE = "three-primaries"
SINGLE = "A master instance group must specify a single instance"


def check_masters(groups: Sequence[GroupSpec], release: Release) -> None:
    """Raise ValidationException for a number of masters that the release does not have."""
    masters = next(group for group in groups if group.role == MASTER)
    if masters.count == 1:
        return
    if not release.has(FEATURE):
        raise ValidationException(SINGLE)
    if masters.count != PRIMARIES:
        raise ValidationException("Master instance group must have exactly 3 instances for HA clusters.")
    if masters.market != "ON_DEMAND":
        raise ValidationException("The master instance group of an HA cluster must be on demand.")
    if not any(group.role == CORE for group in groups):
        raise ValidationException("An HA cluster must have a core instance group.")


def check_three(request: Mapping[str, Any], names: Iterable[str], catalog: Catalog) -> None:
    """Raise ValidationException for what a cluster with three primaries cannot have. `names` are its applications."""
    instances = request["Instances"]
    if not catalog.keeps_addresses:
        raise ValidationException("LocalEMR does not run clusters with three master instances on Kubernetes yet.")
    if not (instances.get("Ec2SubnetId") or instances.get("Ec2SubnetIds")):
        raise ValidationException("Ec2SubnetId is required for HA clusters.")
    used = [] if catalog.simulated else installed(names, catalog.applications)
    if lacking := [each.name for each in used if not (each.with_three_primaries or each.everywhere)]:
        raise ValidationException(
            f"LocalEMR does not run {', '.join(lacking)} on clusters with three master instances yet."
        )


def needed(names: Iterable[str], software: Release, catalog: Catalog) -> tuple[str, ...]:
    """The applications that a cluster with three primaries has beside these."""
    there = set(names)
    found = (each for each in catalog.applications.values() if each.needed_by_three and each.name not in there)
    return tuple(each.name for each in found if software.version(each.name))


def placement(request: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The request's PlacementGroupConfigs as EMR completes them."""
    return [{"PlacementStrategy": "SPREAD", **each} for each in request.get("PlacementGroupConfigs", ())]
