"""The applications and the configurations of a RunJobFlow request. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from localemr.domain.model.application import Application, Classification
from localemr.domain.model.catalog import Catalog
from localemr.domain.model.dependencies import switched_on, with_dependencies
from localemr.domain.model.errors import ValidationException
from localemr.domain.model.records import ClusterSpec
from localemr.domain.model.release import Release
from localemr.domain.node.configurations import merge
from localemr.domain.node.formats import FORMATS

DEFAULT_APPLICATIONS = ("Hadoop", "Spark")
"""What a cluster has when none was requested: the first that the release has."""

EXPORT = "export"
ON_OR_OFF = ("true", "false")
SECTIONS = {("container-executor", "docker")}
"""Nested classifications that are sections of a file (EMR's guide on Docker on YARN). They have no effect here."""
PRESTO, TRINO = "Presto", ("Trino", "PrestoSQL")


def choose_applications(requested: Iterable[Mapping[str, Any]], release: Release) -> tuple[str, ...]:
    """Names in EMR's spelling, without duplicates, in the order of the request. Hadoop when none was requested.

    Raises ValidationException for an application that the release does not have on EMR, and for both engines of
    Presto's name.
    """
    chosen = {_spelled(str(application.get("Name")), release): None for application in requested}
    for name in TRINO:
        if PRESTO in chosen and name in chosen:
            raise ValidationException(f"{PRESTO} and {name} cannot be installed on the same cluster.")
    return tuple(chosen) or next((name,) for name in DEFAULT_APPLICATIONS if name in release.applications)


def _spelled(name: str, release: Release) -> str:
    """EMR's spelling of an application's name. Raises ValidationException for one that the release does not have."""
    if name in release.applications:
        return name
    for known in release.applications:
        if known.lower() == name.lower():
            return known
    raise ValidationException(
        f"Application '{name}' is not supported by release label {release.label}. "
        f"Supported applications: {', '.join(sorted(release.applications))}."
    )


def choose_switched(
    layers: Iterable[Iterable[Mapping[str, Any]]], applications: Iterable[str], software: Release, catalog: Catalog
) -> tuple[str, ...]:
    """The applications that the configurations of a cluster, or those of one of its groups, add to these: of those that
    the release which runs has."""
    written = [merge(layer) for layer in layers if layer]
    if not written:
        return ()  # Only configurations add any.
    names = tuple(applications)
    known = {name: each for name, each in catalog.applications.items() if software.version(name)}
    return tuple(dict.fromkeys(name for layer in written for name in switched_on(names, layer, known)))


def check_later(configurations: Sequence[Mapping[str, Any]], cluster: ClusterSpec, catalog: Catalog) -> None:
    """Raise ValidationException for configurations of a group of a cluster that exists: as `check_configurations`, and
    for a switch of an application that the cluster was not started with."""
    check_configurations(configurations, cluster.release_label, cluster.applications, catalog)
    software = catalog.releases.get(cluster.software)
    added = choose_switched([configurations], cluster.installs, software, catalog) if software else ()
    if added:
        raise ValidationException(
            f"{added[0]} cannot be added to a cluster that exists. It is added by the configurations of RunJobFlow."
        )


def check_configurations(
    configurations: Sequence[Mapping[str, Any]], label: str, applications: Iterable[str], catalog: Catalog
) -> None:
    """Raise ValidationException for a classification that the release does not have, for a property with a character
    that the classification's file cannot hold, and for a switch that is neither on nor off.

    EMR checks against the release, not against the cluster's applications: what no application reads has no effect.
    `applications` are the cluster's; for a label that is gone only what they have is valid. Nested are
    `export`, in `…-env` classifications, and SECTIONS. Deeper nesting is invalid.
    """
    if not configurations:
        return
    release = catalog.releases.get(label)
    known = {
        name: classification
        for application in with_dependencies(release.applications if release else applications, catalog.applications)
        for name, classification in application.classifications.items()
        if release is None or name not in release.excluded
    }
    valid = known.keys() | (release.classifications if release else frozenset())
    for configuration in configurations:
        name = str(configuration.get("Classification", "null"))
        if name not in valid:
            raise _refusal(name, "null")
        for nested in configuration.get("Configurations", ()):
            inner = nested.get("Classification", "null")
            exports = inner == EXPORT and name.endswith("-env")
            if not exports and (name, inner) not in SECTIONS:
                raise _refusal(inner, name)
            for deeper in nested.get("Configurations", ()):
                raise _refusal(deeper.get("Classification", "null"), inner)
        if name in known:
            _check_characters(name, known[name], merge([configuration])[name])
    _check_switches(configurations, catalog.applications.values())


def _check_switches(configurations: Iterable[Mapping[str, Any]], applications: Iterable[Application]) -> None:
    """EMR's text is not known."""
    requested = merge(configurations)
    for switch in (each.switch for each in applications if each.switch):
        if switch.property in requested.get(switch.classification, {}) and switch.value(requested) not in ON_OR_OFF:
            value = requested[switch.classification][switch.property]
            raise ValidationException(
                f"Property '{switch.property}' of classification '{switch.classification}' is true or false, not "
                f"'{value}'."
            )


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
