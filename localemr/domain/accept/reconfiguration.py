"""Changes of a group's configurations by ModifyInstanceGroups. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from localemr.domain.accept.releases import require
from localemr.domain.accept.software import check_later
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.groups import GroupSpec, InstanceGroup
from localemr.domain.model.records import ClusterSpec
from localemr.domain.model.versions import latest
from localemr.domain.node.configurations import overlay

RESIZING = ("InstanceCount", "EC2InstanceIdsToTerminate", "ShrinkPolicy")
MERGE = "MERGE"


def reconfigures(change: Mapping[str, Any]) -> bool:
    """Whether an entry of the request changes configurations."""
    return "Configurations" in change or "ReconfigurationType" in change


def resizes(change: Mapping[str, Any]) -> bool:
    """Whether an entry of the request changes instances. An entry that changes nothing counts as such."""
    return any(name in change for name in RESIZING) or not reconfigures(change)


def accept_reconfiguration(
    change: Mapping[str, Any], group: InstanceGroup, cluster: ClusterSpec, catalog: Catalog, now: float
) -> GroupSpec:
    """The group's new spec after one entry of the request: another version of its configurations.

    The new configurations replace the old ones (OVERWRITE, the default) or change them by property (MERGE). Raises
    ValidationException.
    """
    if "Configurations" not in change:
        raise ValidationException("Configurations must be specified together with ReconfigurationType.")
    requested = tuple(change["Configurations"])
    require("reconfiguration", catalog.releases.get(cluster.release_label))
    check_later(requested, cluster, catalog)
    below = latest(group).configurations if change.get("ReconfigurationType") == MERGE else ()
    return replace(
        group.spec,
        configurations=overlay(below, requested) if below else requested,
        version=latest(group).version + 1,
        changed=now,
    )
