"""The release, the applications and the configurations of a RunJobFlow request. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NoReturn

from localemr.domain.model.application import Catalog, Classification, with_dependencies
from localemr.domain.model.errors import EmrError, ValidationException
from localemr.domain.model.release import Release
from localemr.domain.node.configurations import merge
from localemr.domain.node.formats import FORMATS

DEFAULT_APPLICATION = "Hadoop"
EXPORT = "export"


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
        raise ValidationException("Custom AMI is not allowed")
    raise ValidationException("The supplied ami version is invalid.")


def find_release(label: str, catalog: Catalog, error: type[EmrError]) -> Release:
    """The release with this label, or `error` with EMR's text."""
    release = catalog.releases.get(label)
    if release is None:
        raise error(f"The supplied release label is invalid: {label}.")
    return release


def offered(release: Release, catalog: Catalog) -> dict[str, str]:
    """The applications that clusters of this release can have, with their versions."""
    return {name: version for name, version in release.applications.items() if name in catalog.applications}


def choose_applications(requested: Iterable[Mapping[str, Any]], release: Release, catalog: Catalog) -> tuple[str, ...]:
    """Names in EMR's spelling, without duplicates, in the order of the request. Hadoop when none was requested.

    Raises ValidationException for an application that the release does not have.
    """
    spelling = {name.lower(): name for name in offered(release, catalog)}
    chosen: dict[str, None] = {}
    for application in requested:
        name = str(application.get("Name"))
        if name.lower() not in spelling:
            raise ValidationException(
                f"Application '{name}' is not supported by release label {release.label}. "
                f"Supported applications: {', '.join(sorted(spelling.values()))}."
            )
        chosen[spelling[name.lower()]] = None
    return tuple(chosen) or (DEFAULT_APPLICATION,)


def check_configurations(
    configurations: Sequence[Mapping[str, Any]], applications: Iterable[str], catalog: Catalog
) -> None:
    """Raise ValidationException for a classification that no installed application knows, and for a property with a
    character that the classification's file cannot hold.

    Only `…-env` classifications have a nested one, `export`. Deeper nesting is invalid.
    """
    if not configurations:
        return
    known = {
        name: classification
        for application in with_dependencies(applications, catalog.applications)
        for name, classification in application.classifications.items()
    }
    for configuration in configurations:
        name = str(configuration.get("Classification", "null"))
        if name not in known:
            raise _refusal(name, "null")
        for nested in configuration.get("Configurations", ()):
            inner = nested.get("Classification", "null")
            if inner != EXPORT or not name.endswith("-env"):
                raise _refusal(inner, name)
            for deeper in nested.get("Configurations", ()):
                raise _refusal(deeper.get("Classification", "null"), inner)
        _check_characters(name, known[name], merge([configuration])[name])


def _check_characters(name: str, classification: Classification, properties: Mapping[str, str]) -> None:
    """EMR accepts such characters, and the daemons that read the file do not start."""
    forbidden = FORMATS[classification.format].forbidden
    for key, value in properties.items():
        if found := forbidden.search(key) or forbidden.search(value):
            raise ValidationException(
                f"Property '{key.encode('unicode_escape').decode()}' of classification '{name}' has the character "
                f"U+{ord(found[0]):04X}, which its file cannot have."
            )


def _refusal(name: str, parent: str) -> ValidationException:
    return ValidationException(f"Classification '{name}' is not valid for parent classification '{parent}'.")
