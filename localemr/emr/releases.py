"""Available release labels, their applications, instance types."""

from __future__ import annotations

from typing import Any

from localemr.domain.accept.releases import find_release, nearest_release
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import with_dependencies
from localemr.domain.model.errors import InvalidRequestException
from localemr.domain.model.instance_types import InstanceType
from localemr.domain.model.release import Release, label_version
from localemr.domain.model.stand_ins import stand_ins
from localemr.emr.paging import page
from localemr.emr.registry import Context, Effect, Request, Response, operation

MAX_LABELS = 100


@operation("ListReleaseLabels", Effect.REAL)
def list_release_labels(context: Context, request: Request) -> Response:
    """Available release labels, newest first, by prefix and application (`spark`, `spark@3.5.6`).

    At most 100 a page.
    """
    filters = request.get("Filters", {})
    places = {label: -place for place, label in enumerate(sorted(context.catalog.releases, key=label_version))}
    labels = [
        label
        for label in sorted(places, key=lambda each: places[each])
        if label.startswith(filters.get("Prefix", "")) and _has(context.catalog, label, filters.get("Application", ""))
    ]
    size = request.get("MaxResults", MAX_LABELS)
    token = request.get("NextToken")
    shown, token = page("ListReleaseLabels", labels, lambda label: places[label], token, size, "NextToken")
    return {"ReleaseLabels": shown, "NextToken": token}


def _has(catalog: Catalog, label: str, requested: str) -> bool:
    """Whether the release has the application, `spark` or `spark@3.5.6`."""
    name, _, version = requested.partition("@")
    return not requested or any(
        each.lower() == name.lower() and version in ("", found_version)
        for each, found_version in catalog.releases[label].applications.items()
    )


@operation("DescribeReleaseLabel", Effect.REAL)
def describe_release_label(context: Context, request: Request) -> Response:
    """A release's applications with upstream versions; of the default release when none is named.

    All of EMR's, with EMR's versions. Always one page, as on EMR: `MaxResults` has no effect. `AvailableOSReleases` has
    no releases of Amazon Linux; for a label that does not run exactly it has one sentence of LocalEMR's, with its
    [stand-ins](releases.md) or the nearest label.
    """
    label = request.get("ReleaseLabel", context.catalog.default_release)
    release = find_release(label, context.catalog, InvalidRequestException)
    found = release.applications
    own = _remark(release, context.catalog)
    return {
        "ReleaseLabel": release.label,
        "Applications": [{"Name": name, "Version": found[name]} for name in sorted(found, key=str.lower)],
        "AvailableOSReleases": [{"Label": own}] if own else [],
    }


def _remark(release: Release, catalog: Catalog) -> str:
    """How the label runs here, where that is not as on EMR."""
    if catalog.simulated:
        return ""
    if not release.runs:
        return f"LocalEMR: data only, the nearest that runs is {nearest_release(release.label, catalog).label}"
    names = [each.name for each in with_dependencies(release.applications, catalog.applications)]
    found = stand_ins(release, release, names)
    return f"LocalEMR: {', '.join(found)}" if found else ""


@operation("ListSupportedInstanceTypes", Effect.REAL)
def list_supported_instance_types(context: Context, request: Request) -> Response:
    """The [types](instance-types.md) that EMR lists for the release, with its figures, in its order, 50 a page.

    RunJobFlow and the operations for groups and fleets accept these, and some that EC2 has retired.
    """
    release = find_release(request["ReleaseLabel"], context.catalog, InvalidRequestException)
    kinds = [kind for kind in context.catalog.instance_types.values() if kind.listed(release.label)]
    places = {kind.name: place for place, kind in enumerate(kinds)}
    shown, marker = page("ListSupportedInstanceTypes", kinds, lambda kind: places[kind.name], request.get("Marker"))
    return {"SupportedInstanceTypes": [_instance_type(kind) for kind in shown], "Marker": marker}


def _instance_type(kind: InstanceType) -> dict[str, Any]:
    """A SupportedInstanceType, before the installation's scale. As on EMR, VCPU is YARN's number of vcores."""
    return {
        "Type": kind.name,
        "MemoryGB": round((kind.usable_mb or kind.memory_mb) / 1024, 2),
        "StorageGB": kind.storage_gb,
        "VCPU": kind.yarn_vcores,
        "Is64BitsOnly": "i386" not in kind.architectures,
        "InstanceFamilyId": kind.family,
        "EbsOptimizedAvailable": kind.ebs_optimized != "no",
        "EbsOptimizedByDefault": kind.ebs_optimized == "default",
        "NumberOfDisks": kind.disks,
        "EbsStorageOnly": kind.disks == 0,
        "Architecture": "AARCH64" if "arm64" in kind.architectures else "X86_64",
    }
