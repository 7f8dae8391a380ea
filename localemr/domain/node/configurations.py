"""Merging the layers of configurations and rendering their files.

Order, the later one wins by property: the application's defaults, contributions of other applications, cluster
Configurations, group Configurations (EMR's order). A `…-env` classification has its variables in a nested
classification `export`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Any

from localemr.domain.model.application import Application, Classification, Facts
from localemr.domain.node.formats import FORMATS

EXPORT = "export"
RENDERED = 200
"""Texts that are kept: instances of a group differ in few files."""
Documents = Iterable[Mapping[str, Any]]


def merge(documents: Documents) -> dict[str, dict[str, str]]:
    """Properties by classification, from EMR's nested documents. Later documents win. Keys may be lower camel case."""
    merged: dict[str, dict[str, str]] = {}
    for document in documents:
        name, properties, nested = _parts(document)
        target = merged.setdefault(name, {})
        target.update(properties)
        for inner in nested:
            inner_name, inner_properties, _ = _parts(inner)
            if inner_name == EXPORT:
                target.update(inner_properties)
    return merged


def _parts(document: Mapping[str, Any]) -> tuple[str, Mapping[str, str], Documents]:
    lowered = {key.lower(): value for key, value in document.items()}
    return (
        str(lowered.get("classification", "")),
        lowered.get("properties") or {},
        lowered.get("configurations") or (),
    )


def changed(before: Documents, after: Documents) -> tuple[str, ...]:
    """The classifications whose properties differ between the two."""
    old, new = merge(before), merge(after)
    return tuple(sorted(name for name in old.keys() | new.keys() if old.get(name, {}) != new.get(name, {})))


def overlay(below: Documents, above: Documents) -> tuple[dict[str, Any], ...]:
    """One document for each classification of the two layers, including nested ones. `above` wins by property."""
    found: dict[str, dict[str, Any]] = {}
    for document in (*below, *above):
        name, properties, nested = _parts(document)
        entry = found.setdefault(name, {"Classification": name, "Properties": {}, "Configurations": ()})
        entry["Properties"] = {**entry["Properties"], **properties}
        entry["Configurations"] = overlay(entry["Configurations"], nested)
    return tuple(found.values())


def files(applications: Iterable[Application], facts: Facts) -> dict[str, str]:
    """Path → text of every configuration file of the applications, on the instance that `facts` describe."""
    used = list(applications)
    return {
        classification.path: render(classification, properties_of(name, classification, used, facts))
        for application in used
        for name, classification in application.classifications.items()
        if classification.path is not None and (name in facts.requested or not classification.on_request)
    }


def properties_of(
    name: str, classification: Classification, applications: Iterable[Application], facts: Facts
) -> dict[str, str]:
    """A classification's properties: its defaults, other applications' contributions in their order, and the users'
    own."""
    properties = dict(classification.defaults(facts))
    for application in applications:
        if contribute := application.contributes.get(name):
            for key, value in contribute(facts).items():
                properties[key] = value if isinstance(value, str) else value.to(properties.get(key, ""))
    return {**properties, **facts.requested.get(name, {})}


def render(classification: Classification, properties: Mapping[str, str]) -> str:
    """The text of one file. Raises KeyError for an unknown format, which is a fault of the application's record."""
    return _rendered(classification.format, tuple(properties.items()))


@lru_cache(RENDERED)
def _rendered(format_: str, properties: tuple[tuple[str, str], ...]) -> str:
    return FORMATS[format_].render(dict(properties))
