"""The release of a request, what of it clusters can have here, and the features that began with a label. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from localemr.domain.model.catalog import Catalog
from localemr.domain.model.errors import EmrError, ValidationException
from localemr.domain.model.release import Release, nearest

SETTING = "LOCALEMR_NEAREST_RELEASE=1"

REFUSALS = {
    "auto-termination": "Auto-termination is not available for this account when using this release of EMR",
    "custom-ami": "Custom AMI is not allowed",
    "instance-fleets": "Instance fleets are not available for the release.",
}
"""Feature → EMR's text for a label before it (EMR's error catalogue)."""

NAMES = {
    "advanced-scaling": "The scaling strategy ADVANCED",
    "managed-scaling": "Managed scaling",
    "reconfiguration": "Reconfiguring an instance group",
    "step-concurrency": "A step concurrency level above 1",
}
"""Feature → how LocalEMR's own text names it, where EMR's is not known."""


def choose_release(request: Mapping[str, Any], catalog: Catalog) -> Release:
    """The requested release. For a HadoopVersion alone, from programs older than release labels, the default one.

    Raises ValidationException for an unknown label, for none at all, and for AMI versions.
    """
    label, ami = request.get("ReleaseLabel"), request.get("AmiVersion")
    if ami is not None:
        _refuse_ami(ami, label, request)
    if label is None and "HadoopVersion" not in request["Instances"]:
        raise ValidationException(
            "Must specify exactly one of the following: release label, AMI version, or Hadoop version."
        )
    if request.get("SupportedProducts") or request.get("NewSupportedProducts"):
        raise ValidationException(
            "Cannot specify supported products when release label is used. Specify applications instead."
        )
    return find_release(label or catalog.default_release, catalog, ValidationException)


def _refuse_ami(ami: str, label: str | None, request: Mapping[str, Any]) -> NoReturn:
    if label is not None:
        raise ValidationException(
            f"Only one AMI version and release label may be specified. Provided AMI: {ami}, release label: {label}."
        )
    if request.get("Applications"):
        raise ValidationException(
            "Cannot specify applications when AMI version is used. Specify supported products or new supported "
            "products instead."
        )
    if "CustomAmiId" in request:
        raise ValidationException(REFUSALS["custom-ami"])
    raise ValidationException("The supplied ami version is invalid.")


def find_release(label: str, catalog: Catalog, error: type[EmrError]) -> Release:
    """The release with this label, or `error` with EMR's text."""
    release = catalog.releases.get(label)
    if release is None:
        raise error(f"The supplied release label is invalid: {label}.")
    return release


def choose_software(release: Release, applications: Iterable[str], catalog: Catalog) -> Release:
    """The release that runs when this one is requested with these applications: itself, or the nearest.

    Simulated clusters have every release and application. Real ones have releases that run and applications with a
    record; the others are refused unless the installation permits the nearest. Raises ValidationException.
    """
    if catalog.simulated:
        return release
    absent = [name for name in applications if name not in catalog.applications]
    if release.runs and not absent:
        return release
    found = release if release.runs else nearest_release(release.label, catalog)
    if not catalog.nearest:
        lacks = [] if release.runs else [f"cannot run release label {release.label}"]
        lacks += [f"does not have {', '.join(absent)}"] if absent else []
        without = f", without {', '.join(absent)}" if absent else ""
        raise ValidationException(
            f"LocalEMR {' and '.join(lacks)} yet. With the setting {SETTING} it runs the nearest: "
            f"{found.label}{without}."
        )
    return found


def nearest_release(label: str, catalog: Catalog) -> Release:
    """The release that runs here and is nearest to a label."""
    return catalog.releases[nearest(label, [each.label for each in catalog.releases.values() if each.runs])]


def require(feature: str, release: Release | None, error: type[EmrError] = ValidationException) -> None:
    """Raise `error` when the release, if it is known, is older than a feature."""
    if release is None or release.has(feature):
        return
    own = f"{NAMES.get(feature)} is not supported on release label {release.label}. Supported from "
    raise error(REFUSALS.get(feature) or f"{own}{' and '.join(release.lacks[feature])} on.")
